import Memory
import ModelFiles
package import Transformer

/// How much each weight matters to what it holds: elastic weight consolidation (EWC, Kirkpatrick et al. 2017, arXiv
/// 1612.00796), in its online form with one sum over all tasks (Schwarz et al. 2018, arXiv 1805.06370).
///
/// The importance of a weight is the mean square of its gradients on what was learned, the diagonal of the empirical Fisher
/// information, over its mean over all weights: 1 is the average weight.
package struct WeightImportance: Sendable, Equatable {
  /// Per matrix, in the order of `FastWeights.matrices`: of A, [rank, inputs], and of B, [outputs, rank].
  private(set) var values: [Pair]

  struct Pair: Sendable, Equatable {
    var down: [Float]
    var up: [Float]
  }

  /// Nothing matters yet.
  package init(like weights: FastWeights) {
    values = weights.matrices.map {
      Pair(
        down: [Float](repeating: 0, count: $0.down.count),
        up: [Float](repeating: 0, count: $0.up.count))
    }
  }

  /// Adds gradients of something that was learned.
  package mutating func add(
    _ gradients: [ProjectionPoint: LowRankGradient], of weights: FastWeights
  ) {
    for (index, matrix) in weights.matrices.enumerated() {
      guard let gradient = gradients[matrix.point] else { continue }
      Self.addSquares(of: gradient.down, to: &values[index].down)
      Self.addSquares(of: gradient.up, to: &values[index].up)
    }
  }

  private static func addSquares(of gradient: [Float], to sum: inout [Float]) {
    for index in sum.indices { sum[index] += gradient[index] * gradient[index] }
  }

  /// The same with a mean of 1; as it is where nothing matters or a value is not finite.
  package var normalised: WeightImportance {
    var total = 0.0
    var count = 0
    for pair in values {
      for value in pair.down { total += Double(value) }
      for value in pair.up { total += Double(value) }
      count += pair.down.count + pair.up.count
    }
    let mean = Float(total / Double(max(1, count)))
    guard mean.isFinite, mean > 0 else { return self }
    var result = self
    for index in values.indices {
      for place in values[index].down.indices { result.values[index].down[place] /= mean }
      for place in values[index].up.indices { result.values[index].up[place] /= mean }
    }
    return result
  }

  /// The sum of two, `share` of this one.
  package func added(to other: WeightImportance, share: Float) -> WeightImportance {
    var result = other
    guard values.count == other.values.count else { return other }
    for index in values.indices {
      for place in values[index].down.indices {
        result.values[index].down[place] += share * values[index].down[place]
      }
      for place in values[index].up.indices {
        result.values[index].up[place] += share * values[index].up[place]
      }
    }
    return result
  }

  /// Adds the gradient of strength / 2 sum F (w - w*)^2, which holds weights where they stood.
  package func pull(
    _ gradients: inout [ProjectionPoint: LowRankGradient], of weights: FastWeights,
    to anchor: FastWeights, strength: Float
  ) {
    for (index, matrix) in weights.matrices.enumerated() {
      guard var gradient = gradients.removeValue(forKey: matrix.point) else { continue }
      let held = anchor.matrices[index]
      let pair = values[index]
      for place in pair.down.indices {
        gradient.down[place] +=
          strength * pair.down[place] * (matrix.down[place] - held.down[place])
      }
      for place in pair.up.indices {
        gradient.up[place] += strength * pair.up[place] * (matrix.up[place] - held.up[place])
      }
      gradients[matrix.point] = gradient
    }
  }

  // MARK: - File

  /// BF16 is enough: an importance is an estimate of a size.
  func save(as prefix: String, _ weights: FastWeights, into writer: inout SafetensorsWriter) {
    for (matrix, pair) in zip(weights.matrices, values) {
      let name = "\(prefix).\(matrix.point.name)"
      writer.add(
        "\(name).A.importance", bfloats: pair.down, shape: [weights.plan.rank, matrix.inputs])
      writer.add(
        "\(name).B.importance", bfloats: pair.up, shape: [matrix.outputs, weights.plan.rank])
    }
  }

  /// What a file holds; nil where it holds none.
  init?(
    _ prefix: String, _ weights: FastWeights, from file: SafetensorsFile
  ) throws(ModelFileError) {
    guard let first = weights.matrices.first,
      file.tensor("\(prefix).\(first.point.name).A.importance") != nil
    else { return nil }
    values = []
    for matrix in weights.matrices {
      let name = "\(prefix).\(matrix.point.name)"
      let down = try file.floats(
        "\(name).A.importance", shape: [weights.plan.rank, matrix.inputs])
      let up = try file.floats(
        "\(name).B.importance", shape: [matrix.outputs, weights.plan.rank])
      guard (down + up).allSatisfy({ $0 >= 0 }) else {
        throw .malformed(
          path: file.path, what: "\(name) has a negative importance", offset: nil,
          expected: "numbers from 0 on")
      }
      values.append(Pair(down: down, up: up))
    }
  }
}
