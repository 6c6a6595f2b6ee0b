package import Memory

/// The worth of a segment by its features: w = V tanh(W f + b) + c, two values.
package struct WriteNetwork: Sendable {
  private static let width = 16

  private let first: [Float]  // [width, features]
  private let firstBias: [Float]  // [width]
  private let last: [Float]  // [2, width]
  private let lastBias: [Float]  // [2]

  /// - Parameter own: the weights in an adapter; without them, those that come with the program.
  /// - Throws: `MemoryError.malformed` for weights of another shape.
  package init(tensors own: [String: ParameterTensor]) throws(MemoryError) {
    let tensors =
      own.keys.contains { $0.hasPrefix("write.") } ? own : try RetentionNetwork.standard()
    func values(_ part: String, _ shape: [Int]) throws(MemoryError) -> [Float] {
      guard let tensor = tensors["write.\(part)"], tensor.shape == shape else {
        throw .malformed(
          path: "the module's slow weights",
          what: "the weights of the write policy are missing or of another shape",
          expected: "\(RetentionRecord.featureCount) features and \(Self.width) hidden values")
      }
      return tensor.values
    }
    first = try values("first.weight", [Self.width, RetentionRecord.featureCount])
    firstBias = try values("first.bias", [Self.width])
    last = try values("last.weight", [2, Self.width])
    lastBias = try values("last.bias", [2])
  }

  /// How much a segment is worth whole rather than compressed, and compressed rather than not at all.
  package func worth(_ features: [Float]) -> SegmentWorth {
    let hidden = (0..<Self.width).map { unit in
      features.indices.reduce(firstBias[unit]) {
        $0 + first[unit * features.count + $1] * features[$1]
      }.hyperbolicTangent
    }
    let values = (0..<2).map { output in
      hidden.indices.reduce(lastBias[output]) {
        $0 + last[output * Self.width + $1] * hidden[$1]
      }
    }
    return SegmentWorth(whole: values[0], compressed: values[1])
  }
}
