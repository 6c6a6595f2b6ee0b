import Memory
import Tensors
import Transformer

extension FastWeightMemory {
  /// The predictions with the fast weights at some rows of a text; nil while there are none.
  ///
  /// The text is read in a session of its own, beside the one that reads it without them. So what other memories read and
  /// learn are the plain model's activations, and the host can weigh both predictions by how well they did in this text:
  /// after a novel was learned another kind of text may be predicted worse with it.
  func readings(_ text: TextWindow) -> [Reading?] {
    let none = [Reading?](repeating: nil, count: text.positions.count)
    guard state.shown != nil, let first = text.positions.first, let last = text.positions.last
    else { return none }
    let tokens = text.tokens[...last]
    let session = session(for: tokens.count)
    var common = 0
    while common < min(first, session.tokens.count), session.tokens[common] == tokens[common] {
      common += 1
    }
    session.truncate(to: common)
    guard
      let logits = try? session.forward(
        Array(tokens[common...]), logits: text.positions.count == 1 ? .last : .all)
    else { return none }
    return text.positions.map { position in
      let row = text.positions.count == 1 ? 0 : position - common
      return logits.withRow(row) { values -> Reading? in
        guard let start = values.baseAddress else { return nil }
        let sum = LinearAlgebra.logSumExp(start, count: values.count)
        guard sum.isFinite else { return nil }
        var reading = Reading(
          distribution: .dense(logProbabilities: values.map { $0 - sum }), features: [],
          opening: 1)
        reading.isWhole = true
        return reading
      }
    }
  }

  private func session(for length: Int) -> TransformerSession {
    if let beside, beside.contextLength >= length { return beside }
    let made = TransformerSession(
      model: model, contextLength: max(length, model.configuration.contextLength))
    for point in points {
      _ = made.hooks.updateWeights(of: point) { [weak self] in self?.update(of: point) }
    }
    beside = made
    return made
  }
}
