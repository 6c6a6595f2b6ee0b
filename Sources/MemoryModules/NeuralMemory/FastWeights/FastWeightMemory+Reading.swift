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
    guard state.shown != nil else { return none }
    let beside = beside(for: text.tokens.count)
    guard let hidden = beside.hidden(text) else { return none }
    let rows = text.positions.count
    let vocabulary = model.configuration.vocabularySize
    let logits = [Float](unsafeUninitializedCapacity: rows * vocabulary) { buffer, count in
      hidden.withUnsafeBufferPointer { hidden in
        guard let start = buffer.baseAddress, let hidden = hidden.baseAddress else { return }
        model.unembed(hidden, rows: rows, into: start)
        count = rows * vocabulary
      }
    }
    return (0..<rows).map { row -> Reading? in
      let values = logits[row * vocabulary..<(row + 1) * vocabulary]
      let sum = values.withUnsafeBufferPointer { values in
        values.baseAddress.map { LinearAlgebra.logSumExp($0, count: vocabulary) } ?? .nan
      }
      guard sum.isFinite else { return nil }
      var reading = Reading(
        distribution: .dense(logProbabilities: values.map { $0 - sum }), features: [], opening: 1)
      reading.isWhole = true
      return reading
    }
  }

  private func beside(for length: Int) -> TextBeside {
    if let beside, beside.contextLength >= length { return beside }
    let made = TextBeside(self, contextLength: max(length, model.configuration.contextLength))
    beside = made
    return made
  }
}

/// The text that was read last, as the model with the fast weights reads it.
final class TextBeside {
  private let session: TransformerSession
  private let width: Int
  /// Final hidden states of the session's tokens, [tokens, width]: a few rows of logits are made of them at a time.
  private var states: [Float] = []

  var contextLength: Int { session.contextLength }

  init(_ weights: FastWeightMemory, contextLength: Int) {
    session = TransformerSession(model: weights.model, contextLength: contextLength)
    width = weights.model.configuration.width
    for point in weights.points {
      _ = session.hooks.updateWeights(of: point) { [weak weights] in weights?.update(of: point) }
    }
    _ = session.hooks.read([.lnFinal]) { [weak self] _, rows in
      rows.withUnsafeBufferPointer { self?.states.append(contentsOf: $0) }
    }
  }

  /// Final hidden states at some rows of a text, [rows, width]; nil where it does not fit into the context.
  func hidden(_ text: TextWindow) -> [Float]? {
    let common = session.tokens.commonPrefix(with: text.tokens)
    if common < session.tokens.count {
      session.truncate(to: common)
      states.removeSubrange((common * width)...)
    }
    if common < text.tokens.count {
      guard (try? session.forward(Array(text.tokens[common...]), logits: .none)) != nil
      else { return nil }
    }
    return text.positions.flatMap { states[$0 * width..<($0 + 1) * width] }
  }
}
