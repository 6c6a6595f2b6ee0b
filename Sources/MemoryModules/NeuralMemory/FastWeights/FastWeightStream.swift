import ModelFiles
import Transformer

/// Committed tokens that no step has been taken on, as the texts they stand in.
package struct FastWeightStream: Sendable, Equatable {
  /// Tokens before the first learned one that a text keeps as its context.
  static let reach = 32

  /// A stretch of one text.
  package struct Text: Sendable, Equatable {
    /// Which conversation or reading it belongs to.
    var conversation: ByteString
    /// The position in the session after its last token.
    var end = 0
    var tokens: [Int32] = []
    /// Per token, whether it is to be predicted from those before it.
    var isLearned: [Bool] = []
    /// Per token its place in the journal, -1 where it has none.
    var journal: [Int] = []

    /// The learned tokens.
    var learned: Int { isLearned.count(where: \.self) }

    /// The learned tokens, and the first of a session before them, of which nothing can be learned: so that windows of a
    /// context of as many tokens as several chunks leave none open.
    var counted: Int {
      let begins = end == tokens.count && isLearned.dropFirst().first == true
      return learned + (begins ? 1 : 0)
    }

    mutating func append(_ token: Int32, isLearned: Bool, journal: Int) {
      tokens.append(token)
      // Nothing comes before a text's first token.
      self.isLearned.append(isLearned && tokens.count > 1)
      self.journal.append(journal)
      end += 1
    }

    /// Drops tokens at the beginning that serve as context alone and lie too far back.
    mutating func trim() {
      let lead = isLearned.firstIndex(of: true) ?? tokens.count
      let surplus = lead - FastWeightStream.reach
      guard surplus > 0 else { return }
      tokens.removeFirst(surplus)
      isLearned.removeFirst(surplus)
      journal.removeFirst(surplus)
    }

    /// What follows after a step: the last tokens, as context.
    var continuation: Text {
      var next = Text(conversation: conversation, end: end)
      next.tokens = Array(tokens.suffix(FastWeightStream.reach))
      next.isLearned = next.tokens.map { _ in false }
      next.journal = next.tokens.map { _ in -1 }
      return next
    }
  }

  package var texts: [Text] = []

  /// The learned tokens of all texts.
  package var learned: Int { texts.reduce(0) { $0 + $1.learned } }

  /// What a chunk's length is compared with.
  var counted: Int { texts.reduce(0) { $0 + $1.counted } }

  /// The sequences of a step; the loss is the mean over all learned tokens.
  var sequences: [GradientSequence] {
    let weight = 1 / Float(max(1, learned))
    return texts.filter { $0.learned > 0 }.map { text in
      GradientSequence(
        tokens: text.tokens,
        targets: text.tokens.indices.filter { text.isLearned[$0] }.map {
          GradientTarget(row: $0 - 1, weight: weight, goal: .token(text.tokens[$0]))
        })
    }
  }

  /// Begins a new text unless the tokens before a commit are those of the last one.
  ///
  /// - Parameters:
  ///   - context: the session's tokens before the commit.
  mutating func prepare(_ conversation: ByteString, after context: ArraySlice<Int32>) {
    if let last = texts.last, last.conversation == conversation, last.end == context.endIndex,
      context.suffix(last.tokens.count).elementsEqual(last.tokens)
    {
      return
    }
    // A text of which nothing is to be learned is nobody's context any more.
    if texts.last?.learned == 0 { texts.removeLast() }
    var text = Text(conversation: conversation, end: context.endIndex)
    text.tokens = Array(context.suffix(Self.reach))
    text.isLearned = text.tokens.map { _ in false }
    text.journal = text.tokens.map { _ in -1 }
    texts.append(text)
  }

  /// The journal was compacted.
  mutating func remapJournal(_ newIndex: (Int) -> Int?) {
    for index in texts.indices {
      texts[index].journal = texts[index].journal.map { $0 < 0 ? -1 : newIndex($0) ?? -1 }
    }
  }

  /// What follows after a step.
  mutating func continueAfterStep() { texts = texts.suffix(1).map(\.continuation) }
}
