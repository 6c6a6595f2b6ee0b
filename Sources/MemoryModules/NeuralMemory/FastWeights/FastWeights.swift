import Foundation
import Tensors
package import Transformer

/// Low-rank weights with what their optimiser keeps. A value: a copy is a snapshot.
package struct FastWeights: Sendable, Equatable {
  /// One matrix' A and B, with the moments of their gradients.
  package struct Matrix: Sendable, Equatable {
    package let point: ProjectionPoint
    /// Extents of the frozen matrix.
    let outputs: Int, inputs: Int
    package var down: [Float]  // A, [rank, inputs]
    package var up: [Float]  // B, [outputs, rank]
    var downMoments: Moments
    var upMoments: Moments
  }

  /// Decayed means of a gradient and of its square.
  package struct Moments: Sendable, Equatable {
    var first: [Float]
    /// Empty for optimisers without one.
    var second: [Float]

    init(count: Int, hasSecond: Bool) {
      first = [Float](repeating: 0, count: count)
      second = hasSecond ? first : []
    }
  }

  package let plan: FastWeightPlan
  package var matrices: [Matrix]
  /// Steps taken.
  package var steps = 0
  /// The longest gradient of the steps so far, after shortening.
  var longest: Float = 0

  /// A of small random numbers and B = 0: the plain model.
  package init(_ plan: FastWeightPlan, model: TransformerModel) {
    self.plan = plan
    var random = SplitMix64(seed: plan.seed)
    let hasSecond = plan.optimiser == .adam
    matrices = plan.points(in: model).compactMap { point in
      guard let shape = model.shape(of: point) else { return nil }
      let bound = 1 / Float(shape.inputs).squareRoot()
      let down = (0..<plan.rank * shape.inputs).map { _ in
        // The upper 24 bits as a number in -1..<1.
        (Float(random.next() >> 40) / 8_388_608 - 1) * bound
      }
      return Matrix(
        point: point, outputs: shape.outputs, inputs: shape.inputs, down: down,
        up: [Float](repeating: 0, count: shape.outputs * plan.rank),
        downMoments: Moments(count: down.count, hasSecond: hasSecond),
        upMoments: Moments(count: shape.outputs * plan.rank, hasSecond: hasSecond))
    }
    roundToStorage()
  }

  /// Begins with an optimiser that has seen nothing, or without one: such weights are only read.
  package mutating func resetMoments(keepsThem: Bool = true) {
    let hasSecond = keepsThem && plan.optimiser == .adam
    for index in matrices.indices {
      let (down, up) = (matrices[index].down.count, matrices[index].up.count)
      matrices[index].downMoments = Moments(count: keepsThem ? down : 0, hasSecond: hasSecond)
      matrices[index].upMoments = Moments(count: keepsThem ? up : 0, hasSecond: hasSecond)
    }
    longest = 0
  }

  /// The updates for a forward pass.
  package var updates: [ProjectionPoint: LowRankUpdate] {
    var result: [ProjectionPoint: LowRankUpdate] = [:]
    for matrix in matrices {
      result[matrix.point] = LowRankUpdate(rank: plan.rank, down: matrix.down, up: matrix.up)
    }
    return result
  }

  var byteCount: Int {
    matrices.reduce(0) { sum, matrix in
      let moments = [matrix.downMoments, matrix.upMoments].reduce(0) {
        $0 + $1.first.count + $1.second.count
      }
      return sum + 4 * (matrix.down.count + matrix.up.count + moments)
    }
  }
}
