/// Rotates queries and keys of a model to any position (RoPE), for memories that compute attention themselves.
package struct RowRotation {
  private let rotary: RotaryEmbedding
  private let local: RotaryEmbedding?
  private let configuration: TransformerConfiguration

  /// The rotation of a model's blocks, as sessions of the model's own context length have it.
  package init(_ configuration: TransformerConfiguration) {
    self.configuration = configuration
    let context = configuration.contextLength
    rotary = RotaryEmbedding(configuration: configuration, context: context, isLocal: false)
    local =
      configuration.traits?.window?.ropeBase == nil
      ? nil : RotaryEmbedding(configuration: configuration, context: context, isLocal: true)
  }

  /// Rotates rows of one head, [positions.count, head dimension], each to its position.
  package func rotate(_ rows: inout [Float], to positions: [Int], layer: Int) {
    let rotary = configuration.window(layer: layer) == nil ? self.rotary : local ?? self.rotary
    let dimension = configuration.headDimension
    precondition(rows.count == positions.count * dimension, "a position for each row")
    rows.withUnsafeMutableBufferPointer { rows in
      guard let start = rows.baseAddress else { return }
      for (row, position) in positions.enumerated() {
        rotary.rotateAnywhere(start + row * dimension, heads: 1, position: position)
      }
    }
  }
}
