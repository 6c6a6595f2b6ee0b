package import Memory
import Transformer

/// What a memory of rows knows of a session that reads it.
package struct RowView: Equatable {
  /// Whether an answer is made, and not a text read.
  package let isAnswer: Bool
  /// The tokens up to the answer: template, conversation, question. Empty in a text.
  package let prompt: [Int32]
  /// Which of the prompt's tokens are the question.
  package let question: Range<Int>
  /// The tokens that were committed and still stand in the context.
  let context: ArraySlice<Int32>

  /// The state of a session.
  package init(_ session: SessionView) {
    isAnswer = session.mode.isAnswer
    context = session.tokens.prefix(session.committed)
    guard case .answer(from: _, let question) = session.mode else {
      prompt = []
      self.question = 0..<0
      return
    }
    prompt = Array(session.tokensAsked)
    self.question = question.clamped(to: 0..<prompt.count)
  }

  package init(isAnswer: Bool, prompt: [Int32] = [], question: Range<Int>? = nil) {
    self.isAnswer = isAnswer
    self.prompt = prompt
    self.question = question ?? 0..<prompt.count
    context = []
  }

  /// The first position whose query sees the rows: an answer's question begins there. The first token of a text, an attention
  /// sink, sees none, so its activations stay the plain model's.
  var visibleFrom: Int { max(1, question.isEmpty ? 0 : question.lowerBound) }
}
