import Foundation
import MnemeEvaluation
import Testing

@Suite("Copy and recall")
struct CopyAndRecallTests {
  @Test("Cue and answer together are a list that was told, as often as the kind says")
  func copy() throws {
    let options = SuiteOptions(seed: 8)
    let episodes = try SuiteWork.episodes("copy", options).episodes
    var kinds: Set<String> = []
    for episode in episodes {
      for question in episode.questions {
        let kind = try #require(question.kind)
        kinds.insert(kind)
        let list = question.prompt + " " + question.answers[0]
        #expect(question.prompt.split(separator: " ").count == 4)
        let words = list.split(separator: " ")
        #expect(Set(words).count == words.count)
        #expect(kind.hasPrefix("copy \(words.count)"))
        let told = SuiteWork.told(episode)
        let repeats = kind.contains("repeat 3x") ? 3 : 1
        #expect(told.components(separatedBy: list + ".").count == repeats + 1)
        let expected = kind.contains("gap 4x") ? 4096 : kind.contains("gap 1x") ? 1024 : 0
        let behind = told.components(separatedBy: list + ".").last ?? ""
        #expect(options.countTokens(behind) >= expected)
        #expect(try #require(question.length) < expected + expected / 10 + 300)
        #expect(question.isRaw)
      }
    }
    #expect(
      kinds == [
        "copy 16", "copy 64", "copy 16, gap 1x", "copy 64, gap 1x", "copy 16, gap 4x",
        "copy 16, repeat 3x",
      ])
  }

  @Test("Other lengths; the window is never longer than 1,024 tokens")
  func copyOptions() throws {
    let episodes = try SuiteWork.episodes(
      "copy", SuiteOptions(lengths: [1, 12, 1_000_000], context: 131_072)
    ).episodes
    let kinds = Set(episodes.flatMap(\.questions).compactMap(\.kind))
    #expect(kinds.contains("copy 8") && kinds.contains("copy 12"))
    #expect(kinds.contains("copy \(CopyWords.all.count)"))
    let longest = try #require(episodes.flatMap(\.questions).compactMap(\.length).max())
    #expect(longest < 4 * 1024 + 1500)
  }

  @Test("Words to copy are different and plain")
  func words() {
    #expect(Set(CopyWords.all).count == CopyWords.all.count)
    #expect(CopyWords.all.count > 150)
    #expect(CopyWords.all.allSatisfy { $0.allSatisfy { $0.isASCII && $0.isLowercase } })
  }

  @Test("Every pair is told once, up to eight are asked once; keys and values differ")
  func recall() throws {
    let episodes = try SuiteWork.episodes("recall", SuiteOptions(seed: 9)).episodes
    #expect(
      episodes.map(\.sessions[0].count) == [4, 16, 64].flatMap { Array(repeating: $0, count: 4) })
    for episode in episodes {
      let told = episode.sessions[0].map(\.text)
      let asked = min(told.count, 8)
      #expect(episode.questions.count == asked)
      let kind = try #require(episode.questions[0].kind)
      #expect(kind == "\(told.count) pairs")
      #expect(Set(told.map { $0.split(separator: " ").last }).count == told.count)
      #expect(Set(episode.questions.map(\.prompt)).count == asked)
      let values = episode.questions.map { $0.answers[1] }
      #expect(Set(values).count == asked)
      // From the first facts to the last ones.
      #expect(Set(episode.questions.compactMap(\.depth)).count >= 4)
      for question in episode.questions {
        let value = question.answers[1]
        let place = try #require(told.firstIndex { AnswerText.contains($0, [value]) })
        #expect(told.filter { AnswerText.contains($0, [value]) }.count == 1)
        #expect(AnswerText.contains(question.answers[0], [value]))
        // The statement is about what is asked: all but the first words of the question are in it.
        let asked = AnswerText.words(question.prompt).dropFirst(2).filter { $0 != "called" }
        #expect(AnswerText.contains(told[place], [asked.joined(separator: " ")]))
        let depth = try #require(question.depth)
        #expect(abs(depth - Double(place) / Double(told.count - 1)) <= 0.125)
      }
    }
  }

  @Test("Questions of a kind have one length, close to what was told")
  func lengths() throws {
    for name in ["copy", "recall"] {
      let options = SuiteOptions(seed: 3)
      var lengths: [String: Set<Int>] = [:]
      for episode in try SuiteWork.episodes(name, options).episodes {
        let told = episode.sessions.joined().reduce(0) { $0 + options.countTokens($1.text) }
        for question in episode.questions {
          let length = try #require(question.length)
          #expect(abs(length - told) <= told / 10)
          lengths[question.kind ?? "", default: []].insert(length)
        }
      }
      #expect(lengths.values.allSatisfy { $0.count == 1 })
    }
  }

  @Test("Any fact may be asked for, one of each eighth of what was told")
  func places() {
    var random = SuiteRandom(11, "places")
    for count in [0, 1, 8] { #expect(RecallSuite.places(count, &random) == Array(0..<count)) }
    for count in [9, 16, 64, 67] {
      var seen: Set<Int> = []
      for _ in 0..<400 {
        let places = RecallSuite.places(count, &random)
        #expect(places.count == 8 && Set(places).count == 8)
        #expect(places.enumerated().allSatisfy { $0.element * 8 / count <= $0.offset })
        #expect(places == places.sorted())
        seen.formUnion(places)
      }
      #expect(seen == Set(0..<count))
    }
  }

  @Test("Queries come early rather than late, as a power law with a = 0.01 has them")
  func order() {
    var first = 0
    var random = SuiteRandom(10, "order")
    for _ in 0..<4000 {
      let order = RecallSuite.order(4, &random)
      #expect(order.sorted() == [0, 1, 2, 3])
      if order[0] == 0 { first += 1 }
    }
    // The first key draws its place before the others, and the first place has about 30 % of the weight: it is asked first in
    // more than a quarter of the cases. With a = 1 places are equal, and so are keys.
    #expect(first > 1200, "\(first)")
    var equal = 0
    for _ in 0..<4000 where RecallSuite.order(4, power: 1, &random)[0] == 0 { equal += 1 }
    #expect((880...1120).contains(equal), "\(equal)")
    #expect(RecallSuite.order(0, &random).isEmpty)
  }
}
