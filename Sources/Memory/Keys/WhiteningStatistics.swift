import Foundation
import Tensors
public import Transformer

/// Mean and covariance of activations, accumulated in Float64.
public struct WhiteningStatistics: Sendable {
  /// Values per activation.
  public let columns: Int
  /// Activations seen.
  public private(set) var count = 0
  private var sum: [Double]  // [columns]
  private var products: [Double]  // [columns, columns], lower triangle used

  /// Starts without data.
  public init(columns: Int) {
    self.columns = columns
    sum = [Double](repeating: 0, count: columns)
    products = [Double](repeating: 0, count: columns * columns)
  }

  /// Adds rows [rows, columns].
  public mutating func add(_ values: [Float]) {
    let rows = values.count / max(1, columns)
    guard rows > 0 else { return }
    // One Float32 product per batch, summed in Float64: batches are small, so little is lost.
    let batch = LinearAlgebra.libraryProduct(
      values, values, m: columns, n: columns, k: rows, transposeA: true)
    for index in products.indices { products[index] += Double(batch[index]) }
    for row in 0..<rows {
      for column in 0..<columns { sum[column] += Double(values[row * columns + column]) }
    }
    count += rows
  }

  /// The mean, [columns].
  public var mean: [Float] { sum.map { Float($0 / Double(max(1, count))) } }

  /// A matrix W with W Wᵀ close to the inverse covariance, [columns, columns], applied as (x - mean) W.
  ///
  /// The inverse transposed Cholesky factor of C + ridge I. Any such W gives the same dot products between keys, so no
  /// eigenvectors are needed. The ridge is 1e-3 of the largest eigenvalue (found by power iteration): directions that
  /// hardly vary are not blown up.
  ///
  /// - Returns: nil when there is no variation at all or a value is not finite.
  public func transform() -> [Float]? {
    guard count > 1 else { return nil }
    let n = columns
    let scale = 1 / Double(count)
    var covariance = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0..<n {
        covariance[i * n + j] = products[i * n + j] * scale - sum[i] * scale * sum[j] * scale
      }
    }
    let largest = Self.largestEigenvalue(covariance, n)
    guard largest.isFinite, largest > 1e-20 else { return nil }
    for i in 0..<n { covariance[i * n + i] += 1e-3 * largest }
    guard let lower = Self.cholesky(covariance, n) else { return nil }
    return Self.inverseTransposed(lower, n).map { Float($0) }
  }

  /// The mean and whitening, as the part of a key that is read at a point.
  ///
  /// - Throws: `MemoryError.calibrationFailed` when there is no variation at all or a value is not finite.
  public func part(at point: HookPoint) throws(MemoryError) -> KeyTransform.Part {
    guard let whitening = transform(),
      let part = KeyTransform.Part(point: point, mean: mean, whitening: whitening)
    else {
      throw .calibrationFailed(reason: "its activations do not vary or are not finite")
    }
    return part
  }

  private static func largestEigenvalue(_ matrix: [Double], _ n: Int) -> Double {
    var vector = (0..<n).map { 1 + 0.01 * Double($0 % 7) }
    var value = 0.0
    for _ in 0..<100 {
      var next = [Double](repeating: 0, count: n)
      for i in 0..<n {
        var total = 0.0
        for j in 0..<n { total += matrix[i * n + j] * vector[j] }
        next[i] = total
      }
      let length = next.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard length > 0, length.isFinite else { return length }
      let change = abs(length - value)
      value = length
      vector = next.map { $0 / length }
      if change < 1e-6 * length { break }
    }
    return value
  }

  /// L with L Lᵀ = matrix, or nil when it is not positive definite.
  package static func cholesky(_ matrix: [Double], _ n: Int) -> [Double]? {
    var lower = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0...i {
        var total = matrix[i * n + j]
        for k in 0..<j { total -= lower[i * n + k] * lower[j * n + k] }
        if i == j {
          guard total > 0, total.isFinite else { return nil }
          lower[i * n + i] = total.squareRoot()
        } else {
          lower[i * n + j] = total / lower[j * n + j]
        }
      }
    }
    return lower
  }

  /// (L^-1)ᵀ for a lower-triangular L.
  private static func inverseTransposed(_ lower: [Double], _ n: Int) -> [Double] {
    var result = [Double](repeating: 0, count: n * n)  // result[j, i] = inverse[i, j]
    for j in 0..<n {
      result[j * n + j] = 1 / lower[j * n + j]
      for i in stride(from: j + 1, to: n, by: 1) {
        var total = 0.0
        for k in j..<i { total += lower[i * n + k] * result[j * n + k] }
        result[j * n + i] = -total / lower[i * n + i]
      }
    }
    return result
  }
}
