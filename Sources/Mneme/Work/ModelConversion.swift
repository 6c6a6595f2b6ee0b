import ModelFiles
public import Tensors

/// Writes a model as a GGUF file that llama.cpp opens, too.
public struct ModelConversion: Sendable {
  /// What became of a model.
  public typealias Report = ModelRewriting.Report

  private let path: String
  private let type: ElementType?
  private let threads: ThreadPool

  /// A conversion of the model at `path`, a GGUF file or a Hugging Face folder, which stays as it is.
  ///
  /// - Parameter type: of the matrices; nil to leave them as they are stored.
  public init(path: String, type: ElementType? = nil, threads: ThreadPool = .shared) {
    self.path = path
    self.type = type
    self.threads = threads
  }

  /// Converts, and writes the new file whole or not at all; memory for a few rows is enough.
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
