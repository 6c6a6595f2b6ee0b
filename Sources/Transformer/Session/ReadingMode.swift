/// How memories read a session's tokens: as plain text or as an answer to a question. The tokens do not show it, so the
/// caller states it.
public enum ReadingMode: Sendable, Equatable {
  /// A stream of text, predicted token by token.
  case text
  /// A prompt, and the answer to it from a position on.
  ///
  /// A memory decides from the question alone whether it is in scope.
  ///
  /// - `from`: the position of the answer's first token; the tokens before it are the prompt.
  /// - `question`: the positions of the question: the words of the last message, without the template's control tokens
  ///   and without the generation prompt; in a prompt without a template, all but the begin of sequence.
  case answer(from: Int, question: Range<Int>)

  /// The position of the answer's first token; nil in a stream of text.
  public var answerStart: Int? {
    if case .answer(let start, _) = self { start } else { nil }
  }

  /// Whether the mode is `.answer`.
  public var isAnswer: Bool { answerStart != nil }

  /// The tokens of the question that are in the session and before the answer; empty in a stream of text.
  public func question(in tokens: [Int32]) -> ArraySlice<Int32> {
    guard case .answer(let start, let question) = self else { return [] }
    return tokens[question.clamped(to: 0..<max(0, min(start, tokens.count)))]
  }
}

/// A prompt that an answer follows.
public struct Prompt: Sendable, Equatable {
  /// The tokens.
  public let tokens: [Int32]
  /// Which of them are the question, as offsets; see `ReadingMode.answer`.
  public let question: Range<Int>

  /// A prompt from its parts; what lies outside the tokens is no part of the question.
  public init(tokens: [Int32], question: Range<Int>) {
    self.tokens = tokens
    self.question = question.clamped(to: 0..<tokens.count)
  }

  /// A prompt without a template: the question is all of it but the begin of sequence, where it begins with one.
  public init(text tokens: [Int32], bos: Int32?) {
    let start = bos != nil && tokens.first == bos ? 1 : 0
    self.init(tokens: tokens, question: start..<tokens.count)
  }

  /// The reading mode for the prompt when it follows `position` other tokens.
  public func mode(after position: Int) -> ReadingMode {
    .answer(
      from: position + tokens.count,
      question: position + question.lowerBound..<position + question.upperBound)
  }
}
