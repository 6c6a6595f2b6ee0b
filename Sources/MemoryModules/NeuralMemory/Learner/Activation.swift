import Foundation
import Tensors

extension NeuralConfiguration.Activation {
  /// The function and its derivative at each value; in place, so that nothing is copied.
  ///
  /// SiLU (arXiv 1702.03118) runs on the kernels, the others and `Reference` in plain Swift.
  package func apply(_ z: [Float]) -> (value: [Float], slope: [Float]) {
    var value = z
    var slope = [Float](repeating: 0, count: z.count)
    switch self {
    case .silu:
      LinearAlgebra.silu(&value, slope: &slope, count: z.count)
    case .gelu:
      for index in z.indices { (value[index], slope[index]) = Self.gelu(z[index]) }
    case .relu:
      for index in z.indices {
        value[index] = max(0, z[index])
        slope[index] = z[index] > 0 ? 1 : 0
      }
    }
    return (value, slope)
  }

  /// The function alone.
  package func value(_ z: [Float]) -> [Float] { apply(z).value }

  /// x Phi(x) and Phi(x) + x phi(x).
  private static func gelu(_ x: Float) -> (Float, Float) {
    let share = 0.5 * (1 + erf(x * 0.707_106_77))
    let density = 0.398_942_3 * exp(-0.5 * x * x)
    return (x * share, share + x * density)
  }
}
