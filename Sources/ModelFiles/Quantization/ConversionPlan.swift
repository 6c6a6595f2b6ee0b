public import Tensors

/// Which type each tensor of a model gets when it is converted: that asked for, or its own.
///
/// Either way vectors and what else llama.cpp keeps in full become Float32, as its kernels expect them.
public struct ConversionPlan: Sendable {
  /// The types a model can be converted to.
  public static let types: [ElementType] = [.f32, .f16, .bf16] + QuantizationPlan.types

  /// The type asked for; nil for tensors as they are stored.
  public let type: ElementType?
  private let quantization: QuantizationPlan?

  /// A plan for a file; nil for a type of which no model is made.
  public init?(_ type: ElementType?, for file: ModelFile) {
    guard type.map(Self.types.contains) ?? true else { return nil }
    self.type = type
    quantization = type.flatMap { QuantizationPlan($0, for: file) }
  }

  /// The type of a tensor.
  public func type(of tensor: ModelTensor) -> ElementType {
    if tensor.isKeptInFull { return tensor.type.blockSize == 1 ? .f32 : tensor.type }
    return quantization?.type(of: tensor) ?? type ?? tensor.type
  }
}

extension ModelTensor {
  /// Whether llama.cpp's converter writes the tensor as Float32 whatever type is asked for: vectors, norms, biases, learned
  /// positions, and what chooses experts.
  package var isKeptInFull: Bool {
    shape.count == 1 || !name.hasSuffix(".weight")
      || ["_norm.weight", "position_embd.weight", "token_types.weight", "ffn_gate_inp.weight"]
        .contains { name.hasSuffix($0) }
  }
}
