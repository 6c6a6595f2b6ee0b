import Tokenization

/// The marks between which a model writes its reasoning, before the answer.
package struct ReasoningMarks: Sendable, Equatable {
  /// `<think>`
  package let open: String
  /// `</think>`
  package let close: String
  /// The tokens of which a text stream shows nothing, with the mark each of them is.
  private let hidden: [Int32: String]
  /// The marks' tokens, where the vocabulary has some.
  let tokens: Set<Int32>

  /// The pairs that published models use.
  private static let pairs = [
    ("<think>", "</think>"), ("[THINK]", "[/THINK]"), ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<seed:think>", "</seed:think>"), ("<|begin_of_thought|>", "<|end_of_thought|>"),
  ]

  /// The pair that a model's template names or its vocabulary has tokens for; nil for a model that reasons nowhere but in
  /// its answer.
  init?(template: String, tokenizer: any Tokenizer) {
    func token(_ piece: String) -> Int32? {
      tokenizer.id(ofPiece: piece).flatMap { id in
        let kind = tokenizer.kind(of: id)
        return kind == .control || kind == .userDefined ? id : nil
      }
    }
    guard
      let (open, close) = Self.pairs.first(where: { open, close in
        template.contains(open) || template.contains(close)
          || token(open) != nil && token(close) != nil
      })
    else { return nil }
    self.open = open
    self.close = close
    var hidden: [Int32: String] = [:]
    var tokens: Set<Int32> = []
    for mark in [open, close] {
      guard let id = token(mark) else { continue }
      tokens.insert(id)
      if tokenizer.bytes(of: id, renderSpecial: false).isEmpty { hidden[id] = mark }
    }
    self.hidden = hidden
    self.tokens = tokens
  }

  /// The text of a generated token: also that of a mark which a stream does not show.
  package func text(of token: Int32, shown: String) -> String {
    hidden[token].map { shown + $0 } ?? shown
  }

  /// Whether reasoning goes on after a text that announces a reply: some templates open it themselves, and some write an
  /// empty one.
  package func isOpen(after text: String) -> Bool {
    guard let opened = text.ranges(of: open).last else { return false }
    guard let closed = text.ranges(of: close).last else { return true }
    return opened.lowerBound >= closed.upperBound
  }
}
