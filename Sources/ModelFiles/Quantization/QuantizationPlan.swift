public import Tensors

/// The type of each tensor of a quantised model.
///
/// Matrices get the requested type; vectors and other tensors that llama.cpp keeps unquantised become Float32. As in
/// llama.cpp, the output matrix is stored with more than four bits, and matrices whose rows are not whole superblocks
/// get the next type with blocks of 32.
public struct QuantizationPlan: Sendable {
  /// The types a model can be quantised to.
  public static let types: [ElementType] = [.q8_0, .q6_K, .q4_K, .q4_0]

  /// The requested type.
  public let type: ElementType
  /// The name of the tensor that computes the logits: the output matrix, or the embeddings where they are tied.
  private let output: String

  /// A plan for a file; nil for an unsupported type.
  public init?(_ type: ElementType, for file: ModelFile) {
    guard Self.types.contains(type) else { return nil }
    self.type = type
    output = file.tensor("output.weight") == nil ? "token_embd.weight" : "output.weight"
  }

  /// llama.cpp's number for a file that is mostly of the type (`general.file_type`).
  public var fileType: UInt64 { FileType.number(type) }

  /// The type of a tensor; its own when it is not changed.
  public func type(of tensor: ModelTensor) -> ElementType {
    if tensor.isKeptInFull { return tensor.type.blockSize == 1 ? .f32 : tensor.type }
    guard tensor.shape.count == 2 else { return tensor.type }
    let wanted =
      tensor.name == output && (type == .q4_0 || type == .q4_K) ? ElementType.q6_K : type
    let choices: [ElementType] =
      switch wanted {
      case .q4_K: [.q4_K, .q5_0]
      case .q6_K: [.q6_K, .q8_0]
      default: [wanted]
      }
    return choices.first { tensor.shape[0] % $0.blockSize == 0 } ?? tensor.type
  }
}
