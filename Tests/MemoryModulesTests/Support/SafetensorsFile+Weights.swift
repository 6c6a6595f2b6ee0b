import Memory
import ModelFiles

extension SafetensorsFile {
  /// The tensors whose names begin with a prefix, by the rest of their names.
  func weights(_ prefix: String) throws -> [String: ParameterTensor] {
    var weights: [String: ParameterTensor] = [:]
    for tensor in tensors where tensor.name.hasPrefix(prefix) {
      weights[String(tensor.name.dropFirst(prefix.count))] = ParameterTensor(
        shape: tensor.shape, values: try tensor.floats())
    }
    return weights
  }
}
