import Foundation

/// Adam (arXiv 1412.6980) with decay of the weights apart from the gradient (AdamW, arXiv 1711.05101).
struct Adam {
  private static let (firstRate, secondRate): (Float, Float) = (0.9, 0.999)

  private var first: [Float]
  private var second: [Float]
  private var steps = 0

  /// - Parameter count: how many parameters there are.
  init(count: Int) {
    first = [Float](repeating: 0, count: count)
    second = first
  }

  /// The step of each parameter against its gradient, of about one where gradients keep their sign; to be multiplied by a rate.
  mutating func direction(_ gradient: [Float]) -> [Float] {
    steps += 1
    let (a, b) = (1 - pow(Self.firstRate, Float(steps)), 1 - pow(Self.secondRate, Float(steps)))
    return gradient.indices.map { index in
      let slope = gradient[index]
      first[index] += (1 - Self.firstRate) * (slope - first[index])
      second[index] += (1 - Self.secondRate) * (slope * slope - second[index])
      return first[index] / a / ((second[index] / b).squareRoot() + 1e-8)
    }
  }

  mutating func step(
    _ parameters: [Float], _ gradient: [Float], rate: Float, decay: Float
  ) -> [Float] {
    zip(parameters, direction(gradient)).map { $0 - rate * ($1 + decay * $0) }
  }
}
