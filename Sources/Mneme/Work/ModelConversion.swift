import ModelFiles
public import Tensors

/// Writes a model as a GGUF file that llama.cpp can also open.
public struct ModelConversion: Sendable {
  /// The results of a conversion.
  public typealias Report = ModelRewriting.Report

  private let path: String
  private let type: ElementType?
  private let threads: ThreadPool

  /// A conversion of the model at `path`, a GGUF file or a Hugging Face folder, which is not changed.
  ///
  /// - Parameters:
  ///   - path: a GGUF file or a Hugging Face folder.
  ///   - type: of the matrices; nil to keep their stored types.
  ///   - threads: the threads that do the work.
  public init(path: String, type: ElementType? = nil, threads: ThreadPool = .shared) {
    self.path = path
    self.type = type
    self.threads = threads
  }

  /// Converts the model and writes the new file atomically, with working memory for a few rows only.
  ///
  /// - Throws: `ModelFileError`; `QuantizationError` as `ModelQuantization`, and for values that are too large for F16.
  public func run(
    to target: String, progress: (Double, String) -> Void = { _, _ in }
  ) throws -> Report {
    let file = try ModelFile.open(path)
    guard let plan = ConversionPlan(type, for: file) else {
      throw QuantizationError.wrongType(type?.name ?? "none")
    }
    let types = file.tensors.map(plan.type)
    let fileType =
      type.map { FileType.number($0) }
      ?? FileType.mostly(zip(types, file.tensors).map { ($0, $1.shape) })
    return try ModelRewriting(file: file, types: types, fileType: fileType, threads: threads)
      .run(to: target, progress: progress)
  }
}
