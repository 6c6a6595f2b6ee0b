public import Tensors

/// Which type each tensor of a model gets when it is quantised.
///
/// Matrices get the type asked for; vectors and what else llama.cpp keeps in full become Float32. As in llama.cpp the matrix that makes the logits is kept finer
/// than four bits, and where rows are no whole superblocks the next type in blocks of 32 stands in.
public struct QuantizationPlan: Sendable {
  /// The types a model can be quantised to.
  public static let types: [ElementType] = [.q8_0, .q6_K, .q4_K, .q4_0]

  /// The type asked for.
  public let type: ElementType
  /// Whether the model has a matrix of its own for the logits, or uses the embeddings.
  private let output: String

  /// A plan for a file; nil for a type of which no model is made.
  public init?(_ type: ElementType, for file: ModelFile) {
    guard Self.types.contains(type) else { return nil }
    self.type = type
    output = file.tensor("output.weight") == nil ? "token_embd.weight" : "output.weight"
  }

  /// llama.cpp's number for a file that is mostly of the type (`general.file_type`).
  public var fileType: UInt64 { FileType.number(type) }

  /// The type of a tensor; its own when it stays as it is.
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
