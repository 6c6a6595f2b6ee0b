import Transformer

/// A question about a fact, as the model that has the fact before it answers it.
struct FactLesson: Sendable {
  /// The fact's handle; nil for what concerns no fact.
  let handle: String?
  /// The question as the model reads it with nothing retrieved, tokens.
  let prompt: [Int32]
  /// The answer, with the token that ends it.
  let answer: [Int32]
  /// The teacher's final hidden states before each token of the answer, [answer, width]; empty where it was not asked.
  let states: [Float]

  init(handle: String?, prompt: [Int32], answer: [Int32], states: [Float] = []) {
    self.handle = handle
    self.prompt = prompt
    self.answer = answer
    self.states = states
  }

  /// What the fast weights learn: the answer's tokens, and the teacher's predictions.
  ///
  /// - Parameters:
  ///   - tokens: the weight of the tokens' surprisal, against that of the divergence from the teacher.
  ///   - weight: of the lesson.
  func sequence(tokens: Float, weight: Float, width: Int) -> GradientSequence {
    let first = prompt.count - 1
    let share = weight / Float(max(1, answer.count))
    let tokens = states.isEmpty ? 1 : tokens
    var targets: [GradientTarget] = []
    for (index, token) in answer.enumerated() {
      if tokens > 0 {
        targets.append(
          GradientTarget(row: first + index, weight: share * tokens, goal: .token(token)))
      }
      if tokens < 1 {
        targets.append(
          GradientTarget(
            row: first + index, weight: share * (1 - tokens),
            goal: .prediction(hidden: Array(states[index * width..<(index + 1) * width]))))
      }
    }
    return GradientSequence(tokens: prompt + answer.dropLast(), targets: targets)
  }
}
