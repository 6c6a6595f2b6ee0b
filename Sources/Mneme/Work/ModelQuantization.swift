public import ModelFiles
public import Tensors

/// Writes a model with smaller weights.
public struct ModelQuantization: Sendable {
  /// The results of a quantisation.
  public typealias Report = ModelRewriting.Report

  private let path: String
  private let type: ElementType
  private let threads: ThreadPool

  /// A quantisation of the model at `path`, a GGUF file or a Hugging Face folder, which is not changed.
  public init(path: String, type: ElementType, threads: ThreadPool = .shared) {
    self.path = path
    self.type = type
    self.threads = threads
  }

  /// Quantises the model and writes the new file atomically, with working memory for a few rows only.
  ///
  /// - Throws: `ModelFileError`; `QuantizationError` for a model that is quantised already, weights that are not
  ///   finite, or a target that is the source.
  public func run(
    to target: String, progress: (Double, String) -> Void = { _, _ in }
  ) throws -> Report {
    let file = try ModelFile.open(path)
    guard let plan = QuantizationPlan(type, for: file) else {
      throw QuantizationError.wrongType(type.name)
    }
    return try ModelRewriting(
      file: file, types: file.tensors.map(plan.type), fileType: plan.fileType, threads: threads
    ).run(to: target, progress: progress)
  }
}

/// Why a model was not quantised or converted.
public enum QuantizationError: MnemeError, Equatable {
  case wrongType(String)
  case ontoItself(path: String)
  case alreadyQuantised(path: String, tensor: String, type: String)
  case notFinite(path: String, tensor: String)
  /// Values beyond the range of the requested type.
  case tooLarge(path: String, tensor: String, type: String)

  public var explanation: ErrorExplanation {
    switch self {
    case .wrongType(let name):
      .init(
        what: "no model is made of \(name)",
        expected: QuantizationPlan.types.map(\.name).joined(separator: ", "))
    case .ontoItself(let path):
      .init(
        what: "the new model would take the place of the one it is made of", location: path,
        hint: "choose another name")
    case .alreadyQuantised(let path, let tensor, let type):
      .init(
        what: "tensor \(quoted(tensor)) is quantised already (\(type)), and again would lose more",
        location: path, expected: "F32, F16, BF16 or Q8_0")
    case .notFinite(let path, let tensor):
      .init(
        what: "tensor \(quoted(tensor)) holds values that are not finite", location: path,
        expected: "finite numbers")
    case .tooLarge(let path, let tensor, let type):
      .init(
        what: "tensor \(quoted(tensor)) holds values that are too large for \(type)",
        location: path, expected: "BF16 or F32")
    }
  }
}
