import Foundation
import Tensors
package import Transformer

/// Runs tokens through the plain model and keeps the activations at some hook points.
package final class ActivationRecorder {
  package let points: [HookPoint]
  private let session: TransformerSession
  package private(set) var rows: [[Float]]
  private var handles: [HookHandle] = []

  package init(model: TransformerModel, points: [HookPoint], contextLength: Int) {
    self.points = points
    session = TransformerSession(model: model, contextLength: contextLength)
    rows = points.map { _ in [] }
    for (index, point) in points.enumerated() {
      handles.append(
        session.hooks.read([point]) { [weak self] _, values in
          guard let self else { return }
          values.withUnsafeBufferPointer { self.rows[index].append(contentsOf: $0) }
        })
    }
  }

  /// The longest input.
  var contextLength: Int { session.contextLength }

  /// Per point the rows of a text that starts in an empty context, [tokens, columns].
  package func record(_ tokens: [Int32]) throws(TransformerError) -> [[Float]] {
    session.reset()
    for index in rows.indices { rows[index].removeAll(keepingCapacity: true) }
    _ = try session.forward(tokens, logits: .none)
    return rows
  }

  /// Text the model itself writes, for models that come without any.
  func sample(
    _ length: Int, start: Int32, temperature: Float,
    generator: inout SplitMix64
  ) throws(TransformerError) -> [Int32] {
    session.reset()
    var tokens = [start]
    while tokens.count < length {
      let last = tokens[tokens.count - 1]
      let logits = try session.forward([last], logits: .last)
      var probabilities = logits.last
      let top = probabilities.max() ?? 0
      var total: Float = 0
      for index in probabilities.indices {
        probabilities[index] = exp((probabilities[index] - top) / temperature)
        total += probabilities[index]
      }
      var draw = Float(generator.next() >> 40) * 0x1p-24 * total
      var chosen = 0
      for index in probabilities.indices {
        chosen = index
        draw -= probabilities[index]
        if draw < 0 { break }
      }
      tokens.append(Int32(chosen))
    }
    return tokens
  }
}
