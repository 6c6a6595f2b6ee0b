public import Tensors

/// The type of each tensor of a converted model: the requested one, or its own.
///
/// Either way vectors and other tensors that llama.cpp keeps unquantised become Float32, as its kernels expect.
public struct ConversionPlan: Sendable {
  /// The types a model can be converted to.
  public static let types: [ElementType] = [.f32, .f16, .bf16] + QuantizationPlan.types

  /// The requested type; nil to keep the stored types.
  public let type: ElementType?
  private let quantization: QuantizationPlan?

  /// A plan for a file; nil for an unsupported type.
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
  /// Whether llama.cpp's converter writes the tensor as Float32 whatever type is requested: vectors, norms, biases,
  /// learned positions, and expert routers.
  package var isKeptInFull: Bool {
    shape.count == 1 || !name.hasSuffix(".weight")
      || ["_norm.weight", "position_embd.weight", "token_types.weight", "ffn_gate_inp.weight"]
        .contains { name.hasSuffix($0) }
  }
}
