import Memory
import Tensors

/// How a fast weight matrix learns a pair.
package enum FastWeightRule: String, ConfigurationChoice {
  /// W += v phi(k)ᵀ: what is written adds up (linear attention).
  case sum
  /// W += beta (v - W phi(k)) phi(k)ᵀ: what the key stood for is replaced (Schlag et al. 2021, arXiv 2102.11174).
  case delta
  /// The delta rule on a matrix that has decayed first: W <- alpha W (I - beta phi phiᵀ) + beta v phiᵀ (gated DeltaNet, Yang
  /// et al. 2024, arXiv 2412.06464).
  case gated
}

/// A matrix that is programmed by pairs of key and value: a fast weight programmer's memory.
package struct FastWeightMatrix: Sendable, Equatable {
  package let rule: FastWeightRule
  package let features: FastWeightFeatures
  /// Values per key, and per value.
  package let keyColumns: Int
  package let valueColumns: Int
  /// What is learned: [value columns, features].
  package internal(set) var weights: [Float]
  /// The sum of all features written, [features], by which the sum rule's readings are divided (linear attention's
  /// normaliser).
  package internal(set) var total: [Float]

  /// An empty matrix.
  package init(
    rule: FastWeightRule, features: FastWeightFeatures, keyColumns: Int, valueColumns: Int
  ) {
    self.rule = rule
    self.features = features
    self.keyColumns = keyColumns
    self.valueColumns = valueColumns
    let columns = features.columns(of: keyColumns)
    weights = [Float](repeating: 0, count: valueColumns * columns)
    total = [Float](repeating: 0, count: columns)
  }

  /// Columns of the matrix.
  package var columns: Int { total.count }

  /// The features of a key as the rule takes them, [columns]: positive ones with a sum of 1 for the delta rules, others of
  /// length 1.
  package func normalized(_ key: [Float]) -> [Float] {
    var phi = features(key)
    if features.isPositive {
      guard rule != .sum else { return phi }
      let sum = phi.reduce(0, +)
      return sum > 1e-12 ? phi.map { $0 / sum } : phi
    }
    LinearAlgebra.normalize(&phi, count: phi.count)
    return phi
  }

  /// Writes a pair.
  ///
  /// - Parameters:
  ///   - key: [key columns].
  ///   - value: [value columns].
  ///   - rate: beta, 0...1; the sum rule takes none.
  ///   - decay: alpha, 0...1, of the gated rule.
  package mutating func write(_ key: [Float], value: [Float], rate: Float = 1, decay: Float = 1) {
    let phi = normalized(key)
    let columns = columns
    var change = value
    if rule != .sum {
      if rule == .gated, decay < 1 {
        for index in weights.indices { weights[index] *= decay }
      }
      let held = product(phi)
      for index in change.indices { change[index] = rate * (value[index] - held[index]) }
    }
    weights.withUnsafeMutableBufferPointer { weights in
      guard let start = weights.baseAddress else { return }
      for row in change.indices {
        LinearAlgebra.axpy(change[row], phi, start + row * columns, count: columns)
      }
    }
    for index in phi.indices { total[index] += phi[index] }
  }

  /// What a key stands for, [value columns]: W phi(q), which the sum rule with positive features divides by the sum of the
  /// features' products with all that were written.
  package func read(_ query: [Float]) -> [Float] {
    let phi = normalized(query)
    let value = product(phi)
    guard rule == .sum, features.isPositive else { return value }
    let sum = LinearAlgebra.dot(total, phi, count: phi.count)
    return sum > 1e-12 ? value.map { $0 / sum } : value
  }

  /// W phi, [value columns].
  private func product(_ phi: [Float]) -> [Float] {
    [Float](unsafeUninitializedCapacity: valueColumns) { buffer, filled in
      if let start = buffer.baseAddress {
        LinearAlgebra.gemv(weights, phi, start, rows: valueColumns, columns: columns)
      }
      filled = valueColumns
    }
  }
}

extension FastWeightMatrix {
  /// `write` as loops over the equation, in plain Swift: the form that tests compare with.
  package mutating func plainWrite(
    _ key: [Float], value: [Float], rate: Float = 1, decay: Float = 1
  ) {
    let phi = normalized(key)
    let old = weights
    let alpha = rule == .gated ? decay : 1
    for row in 0..<valueColumns {
      var held: Float = 0
      for column in 0..<columns { held += alpha * old[row * columns + column] * phi[column] }
      for column in 0..<columns {
        let kept = alpha * old[row * columns + column]
        weights[row * columns + column] =
          rule == .sum
          ? kept + value[row] * phi[column]
          : kept + rate * (value[row] - held) * phi[column]
      }
    }
    for column in 0..<columns { total[column] += phi[column] }
  }
}
