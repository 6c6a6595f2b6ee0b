import ModelFiles
import Tensors

/// Looks tensors up by name, checks their shapes, and remembers which were requested.
final class WeightLoader {
  let file: ModelFile
  private var found: Set<ByteString> = []

  init(file: ModelFile) { self.file = file }

  /// The tensor as a matrix of `rows` outputs and `columns` inputs.
  func matrix(_ name: String, rows: Int, columns: Int) throws(TransformerError) -> WeightMatrix {
    let tensor = try find(name, shape: [columns, rows])
    guard
      let matrix = WeightMatrix(
        rows: rows, columns: columns, type: tensor.type, bytes: tensor.bytes, owner: tensor.owner)
    else { throw wrong(tensor, expected: "[\(columns), \(rows)]") }
    return matrix
  }

  /// The tensor as `count` Float32 values.
  func vector(_ name: String, count: Int) throws(TransformerError) -> [Float] {
    let tensor = try find(name, shape: [count])
    guard
      let matrix = WeightMatrix(
        rows: 1, columns: count, type: tensor.type, bytes: tensor.bytes, owner: tensor.owner)
    else { throw wrong(tensor, expected: "[\(count)]") }
    var values = [Float](repeating: 0, count: count)
    matrix.dequantize(rows: 0..<1, into: &values)
    guard values.allSatisfy(\.isFinite) else {
      throw .file(
        .malformed(
          path: file.path, what: "tensor \(quoted(name)) holds values that are not finite",
          offset: nil, expected: "finite numbers"))
    }
    return values
  }

  /// The norm of a model with such norms.
  func norm(
    _ name: String, columns: Int, of configuration: TransformerConfiguration
  ) throws(TransformerError) -> Norm {
    let isLayerNorm = configuration.traits?.normalization == .layer
    return Norm(
      weight: try vector(name + ".weight", count: columns),
      bias: isLayerNorm ? try vector(name + ".bias", count: columns) : nil,
      epsilon: configuration.normEpsilon)
  }

  /// Refuses files with unused weights: a forward pass without them would compute another model.
  func refuseUnused() throws(TransformerError) {
    for tensor in file.tensors where !found.contains(ByteString(tensor.name)) {
      guard !tensor.name.contains("_exps.") else {
        throw .unsupportedArchitecture(path: file.path, found: "mixture of experts")
      }
      // Tables that are read with the hyper-parameters, or unused leftovers of older writers.
      if tensor.name.hasPrefix("rope_f") || tensor.name.hasSuffix(".attn_rot_embd.weight") {
        continue
      }
      throw .file(
        .wrongTensor(
          path: file.path, name: tensor.name, found: "a weight the architecture does not have",
          expected: "none of this name"))
    }
  }

  private func find(_ name: String, shape: [Int]) throws(TransformerError) -> ModelTensor {
    guard let tensor = file.tensor(name) else {
      throw .file(.missingTensor(path: file.path, name: name))
    }
    guard tensor.shape == shape else { throw wrong(tensor, expected: "\(shape)") }
    found.insert(ByteString(name))
    return tensor
  }

  private func wrong(_ tensor: ModelTensor, expected: String) -> TransformerError {
    .file(
      .wrongTensor(
        path: file.path, name: tensor.name, found: "\(tensor.shape)", expected: expected))
  }
}
