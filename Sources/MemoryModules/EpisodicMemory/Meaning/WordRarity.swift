import Foundation
import Memory

/// How much a word says about what a sentence is about: its inverse document frequency over the facts of a memory and
/// over everyday sentences (`TalkSentences`), so that it is known for a memory of one fact, too.
package struct WordRarity {
  /// The number of facts.
  let facts: Int

  /// The everyday sentences, each as its words.
  private static let everyday: [Set<String>] = TalkSentences.all.map {
    Set(WordSplitter.stems(of: $0))
  }

  /// The number of everyday sentences with each word.
  private static let words: [String: Int] = everyday.joined().reduce(into: [:]) {
    $0[$1, default: 0] += 1
  }

  /// The number of everyday sentences with each concept.
  private static let concepts: [Int] = Concepts.members.map { members in
    everyday.count { sentence in members.contains { sentence.contains($0) } }
  }

  /// Words that hold sentences together say little, however rare they are among a few sentences.
  private static let functionWords: Set<String> = Set(
    WordSplitter.stems(
      of: """
        what which who whom whose where when why how do does did is are am was were be been being \
        can could will would shall should may might must have has had having a an the of to in on \
        at for from with by and or but not no it its this that these those there here as if so \
        than then any some i me my mine we us our you your he she him her his they them their \
        i'm i've i'd i'll we've we're we'll you've you're they've they're it'll what're whats tell \
        about please get got go going
        """))
  private static let functionShare: Float = 0.3
  /// Words for what is asked of a thing rather than for the thing.
  private static let attributes: Set<String> = Set(
    WordSplitter.stems(of: "name number called call kind type time day date place thing"))
  private static let attributeShare: Float = 0.6
  /// A word that only belongs to the same concept counts less than the word itself.
  private static let conceptShare: Float = 0.7

  /// The worth of a word that two sentences share, nats.
  ///
  /// - Parameter count: how many facts contain it.
  func word(_ word: String, count: Int) -> Float {
    let share =
      Self.functionWords.contains(word)
      ? Self.functionShare : Self.attributes.contains(word) ? Self.attributeShare : 1
    return idf(count + (Self.words[word] ?? 0)) * share
  }

  /// Whether a word holds sentences together.
  package static func isFunctionWord(_ stem: String) -> Bool { functionWords.contains(stem) }

  /// Whether a word occurs in everyday sentences or holds sentences together: at their beginning it is no name.
  package static func isCommon(_ stem: String) -> Bool {
    words[stem] != nil || functionWords.contains(stem) || Concepts.ofWord[stem] != nil
  }

  /// The worth of a concept that two sentences share without sharing a word of it, nats.
  func concept(_ concept: Int, count: Int) -> Float {
    idf(count + Self.concepts[concept]) * Self.conceptShare
  }

  /// idf = log((N + 1) / (n + 1/2)).
  private func idf(_ count: Int) -> Float {
    log(Float(facts + TalkSentences.all.count + 1) / (Float(count) + 0.5))
  }
}
