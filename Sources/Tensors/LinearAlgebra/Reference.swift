import Foundation

/// The operations of `LinearAlgebra` in plain Swift with Float64 sums: slow, obvious, and what the kernels are tested
/// against.
public enum Reference {
  /// op(A) [m, k] times op(B) [k, n], densely stored.
  public static func product(
    _ a: [Float], _ b: [Float], m: Int, n: Int, k: Int, transposeA: Bool = false,
    transposeB: Bool = false
  ) -> [Float] {
    var c = [Float](repeating: 0, count: m * n)
    for i in 0..<m {
      for j in 0..<n {
        var sum = 0.0
        for p in 0..<k {
          sum +=
            Double(transposeA ? a[p * m + i] : a[i * k + p])
            * Double(transposeB ? b[j * k + p] : b[p * n + j])
        }
        c[i * n + j] = Float(sum)
      }
    }
    return c
  }

  /// The sum of products of two vectors.
  public static func dot(_ a: [Float], _ b: [Float]) -> Float {
    Float(zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) })
  }

  /// log(sum(exp(x))).
  public static func logSumExp(_ x: [Float]) -> Float {
    guard let best = x.max(), best > -.infinity else { return -.infinity }
    return Float(Double(best) + log(x.reduce(0.0) { $0 + exp(Double($1) - Double(best)) }))
  }

  /// exp(x) / sum(exp(x)).
  public static func softmax(_ x: [Float]) -> [Float] {
    guard let best = x.max() else { return [] }
    let powers = x.map { exp(Double($0) - Double(best)) }
    let sum = powers.reduce(0, +)
    return powers.map { Float($0 / sum) }
  }

  /// x / rms(x) * weight.
  public static func rmsNorm(_ x: [Float], weight: [Float], epsilon: Float) -> [Float] {
    let mean = x.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(1, x.count))
    let scale = 1 / (mean + Double(epsilon)).squareRoot()
    return zip(x, weight).map { Float(Double($0) * scale * Double($1)) }
  }

  /// (x - mean) / deviation * weight + bias.
  public static func layerNorm(
    _ x: [Float], weight: [Float], bias: [Float], epsilon: Float
  ) -> [Float] {
    let count = Double(max(1, x.count))
    let mean = x.reduce(0.0) { $0 + Double($1) } / count
    let variance = x.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
    let scale = 1 / (variance + Double(epsilon)).squareRoot()
    return x.indices.map {
      Float((Double(x[$0]) - mean) * scale * Double(weight[$0]) + Double(bias[$0]))
    }
  }

  /// gelu(gate) * up, by the tanh form; without the factor where `up` is nil.
  public static func geluMultiply(_ gate: [Float], up: [Float]?) -> [Float] {
    gate.indices.map { index in
      let x = Double(gate[index])
      let value = 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
      return Float(value * Double(up?[index] ?? 1))
    }
  }

  /// limit tanh(x / limit).
  public static func softCap(_ x: [Float], limit: Float) -> [Float] {
    x.map { Float(Double(limit) * tanh(Double($0) / Double(limit))) }
  }

  /// silu(gate) * up.
  public static func siluMultiply(_ gate: [Float], up: [Float]) -> [Float] {
    zip(gate, up).map { Float(Double($0) / (1 + exp(-Double($0))) * Double($1)) }
  }

  /// silu(x) and its derivative.
  public static func silu(_ x: [Float]) -> (value: [Float], slope: [Float]) {
    let shares = x.map { 1 / (1 + exp(-Double($0))) }
    return (
      zip(x, shares).map { Float(Double($0) * $1) },
      zip(x, shares).map { Float($1 * (1 + Double($0) * (1 - $1))) }
    )
  }

  /// log(exp(a) + exp(b + shift)).
  public static func logAdd(_ a: [Float], _ b: [Float], shift: Float) -> [Float] {
    zip(a, b).map { a, b in
      let (x, y) = (Double(a), Double(b + shift))
      let high = max(x, y)
      return Float(high + log1p(exp(min(x, y) - high)))
    }
  }
}
