import ModelFiles
import Tensors

/// Looks tensors up by name and checks their shapes.
struct WeightLoader {
  let file: ModelFile

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

  /// Refuses files with weights this forward pass would ignore: biases change the result.
  func refuseUnknown() throws(TransformerError) {
    for tensor in file.tensors where tensor.name.hasSuffix(".bias") {
      throw .file(
        .wrongTensor(
          path: file.path, name: tensor.name, found: "a bias",
          expected: "a model without biases"))
    }
    for tensor in file.tensors where tensor.name.contains("_exps.") {
      throw .unsupportedArchitecture(path: file.path, found: "mixture of experts")
    }
  }

  private func find(_ name: String, shape: [Int]) throws(TransformerError) -> ModelTensor {
    guard let tensor = file.tensor(name) else {
      throw .file(.missingTensor(path: file.path, name: name))
    }
    guard tensor.shape == shape else { throw wrong(tensor, expected: "\(shape)") }
    return tensor
  }

  private func wrong(_ tensor: ModelTensor, expected: String) -> TransformerError {
    .file(
      .wrongTensor(
        path: file.path, name: tensor.name, found: "\(tensor.shape)", expected: expected))
  }
}
