import Tensors

/// What both machines' heads do with a memory of rows.
enum RowAddressing {
  /// Softmax over the rows of strength times cosine of the key and each row (NTM equations 5 and 6; DNC's C(M, k, beta)).
  ///
  /// - Parameters:
  ///   - memory: [rows, columns].
  ///   - key: [columns].
  ///   - mask: a weight of each column in the comparison, on both sides (arXiv 1904.10278, equation 1); nil for all alike.
  ///   - least: what is added to the product of lengths, so that an empty row is like nothing.
  ///   - keeping: the largest weights that are kept, by which they then sum to one; 0 for all.
  static func content(
    _ memory: [Float], columns: Int, key: [Float], strength: Float, mask: [Float]? = nil,
    least: Float, keeping: Int = 0
  ) -> [Float] {
    var weights = scores(
      memory, columns: columns, key: key, strength: strength, mask: mask, least: least)
    _ = LinearAlgebra.softmax(&weights, count: weights.count)
    return largest(weights, keeping, normal: true)
  }

  /// Strength times cosine of the key and each row, [rows]; parameters as of `content`.
  static func scores(
    _ memory: [Float], columns: Int, key: [Float], strength: Float = 1, mask: [Float]? = nil,
    least: Float
  ) -> [Float] {
    let rows = memory.count / columns
    var masked = key
    if let mask { for column in 0..<columns { masked[column] *= mask[column] } }
    let length = LinearAlgebra.dot(masked, masked, count: columns).squareRoot()
    var weights = [Float](repeating: 0, count: rows)
    for row in 0..<rows {
      var (product, square): (Float, Float) = (0, 0)
      for column in 0..<columns {
        let value = memory[row * columns + column] * (mask?[column] ?? 1)
        product += masked[column] * value
        square += value * value
      }
      // Under a mask the square root is kept away from zero as well, where its slope has no bound.
      if mask != nil { square += least * least }
      weights[row] = strength * product / (length * square.squareRoot() + least)
    }
    return weights
  }

  /// The largest of some weights; the others are zero.
  static func largest(_ weights: [Float], _ count: Int, normal: Bool) -> [Float] {
    guard count > 0, count < weights.count else { return weights }
    let kept = weights.indices.sorted { (weights[$0], $1) > (weights[$1], $0) }.prefix(count)
    let total = normal ? kept.reduce(Float(0)) { $0 + weights[$1] } : 1
    var few = [Float](repeating: 0, count: weights.count)
    for index in kept { few[index] = weights[index] / total }
    return few
  }

  /// wᵀM: what is read with some weights, [columns].
  static func read(_ memory: [Float], columns: Int, weights: [Float]) -> [Float] {
    var read = [Float](repeating: 0, count: columns)
    for (row, weight) in weights.enumerated() where weight != 0 {
      for column in 0..<columns { read[column] += weight * memory[row * columns + column] }
    }
    return read
  }

  /// Softmax of a few values.
  static func softmax(_ values: [Float]) -> [Float] {
    var values = values
    _ = LinearAlgebra.softmax(&values, count: values.count)
    return values
  }
}
