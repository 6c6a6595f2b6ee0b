import Generation
import Tokenization

/// A reply as text, token by token: its reasoning and its answer.
struct ReplyText {
  private let marks: ReasoningMarks?
  private var reader: ReasoningReader
  private var stream: TextStream

  init(tokenizer: any Tokenizer, marks: ReasoningMarks?, _ reader: ReasoningReader) {
    self.marks = marks
    self.reader = reader
    stream = TextStream(tokenizer: tokenizer)
  }

  /// Whether the answer has begun.
  var isAnswering: Bool { reader.isAnswering }

  /// The text that is complete with one more token.
  mutating func append(_ token: Int32) -> [ReasoningReader.Piece] {
    let shown = stream.append(token)
    return reader.pass(marks?.text(of: token, shown: shown) ?? shown)
  }

  /// What was held back, once the reply has ended.
  mutating func finish() -> [ReasoningReader.Piece] { reader.finish() }
}

extension ChatSession {
  /// What a reply says.
  struct SaidText {
    var answer = ""
    /// Nil when there is none.
    var reasoning: String?
    /// How many tokens come before the answer.
    var reasoningCount = 0
  }

  /// What tells the reasoning from the answer in a reply to a prompt.
  func reader(after prompt: EncodedPrompt) -> ReasoningReader {
    ReasoningReader(marks: encoder.template.reasoning, isOpen: prompt.opensReasoning)
  }

  /// What the tokens of a reply say, without the white space that the answer begins with.
  func said(_ tokens: [Int32], by reader: ReasoningReader) -> SaidText {
    var reply = ReplyText(tokenizer: model.tokenizer, marks: encoder.template.reasoning, reader)
    var said = SaidText()
    func take(_ pieces: [ReasoningReader.Piece]) {
      for piece in pieces {
        switch piece {
        case .answer(let text): said.answer += text
        case .reasoning(let text): said.reasoning = (said.reasoning ?? "") + text
        }
      }
    }
    for token in tokens {
      take(reply.append(token))
      // Without reasoning every token is the answer's, white space at its beginning included.
      if !reply.isAnswering { said.reasoningCount += 1 }
    }
    take(reply.finish())
    if said.reasoning == nil { said.reasoningCount = 0 }
    return said
  }
}

extension ChatStreamEvent {
  /// The event that brings a piece of a reply.
  init(_ piece: ReasoningReader.Piece) {
    self =
      switch piece {
      case .reasoning(let text): .reasoning(text)
      case .answer(let text): .text(text)
      }
  }
}
