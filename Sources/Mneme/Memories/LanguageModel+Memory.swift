import Foundation
public import Memory
import MemoryModules

extension LanguageModel {
  /// Makes an empty memory for this model.
  ///
  /// The slow weights come from `adapter`, else from the file beside the model; where there is none
  /// they are calibrated now, which takes some seconds.
  ///
  /// - Parameters:
  ///   - modules: the kinds it holds.
  ///   - adapter: a file of slow weights made for this model.
  ///   - settings: switches of the modules' configurations that differ from the adapter's.
  ///   - progress: share done and what is being done.
  /// - Throws: `MemoryError`.
  public func createMemory(
    _ modules: [ModuleKind], adapter: String? = nil, settings: [ModuleSetting] = [],
    name: String = "memory",
    progress: (@Sendable (Double, String) -> Void)? = nil
  ) throws -> DetachableMemory {
    try DetachableMemory.create(
      kinds: modules, model: transformer, tokenizer: tokenizer,
      adapter: adapter.map { path in try Adapter.load(path) },
      options: MemoryOptions(settings: settings), name: name, progress: progress)
  }

  /// Loads a memory file, which must have been made for this model.
  ///
  /// - Parameter forWriting: keeps every other process from writing to the file until the memory goes or
  ///   `closeForWriting()`. Reading needs no such thing and always sees a whole file.
  /// - Throws: `MemoryError` for a file that is damaged, belongs to another model, or is open for writing
  ///   elsewhere.
  public func loadMemory(_ path: String, forWriting: Bool = false) throws -> DetachableMemory {
    try DetachableMemory.open(
      path, forWriting: forWriting, model: transformer, tokenizer: tokenizer)
  }

  /// The adapter in a file, if there is such a file and it was made for this model.
  ///
  /// - Throws: `MemoryError` for a file that is damaged.
  public func adapter(at path: String) throws -> Adapter? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let adapter = try Adapter.load(path)
    return adapter.fingerprint == ModelFingerprint(of: transformer) ? adapter : nil
  }

  /// Calibrates slow weights for this model; saved as `Adapter.path(beside:)`, every later memory
  /// begins at once.
  ///
  /// - Parameters:
  ///   - texts: held-out texts of the kind a memory will read; may be empty.
  ///   - progress: share done and what is being done.
  /// - Throws: `MemoryError.calibrationFailed`.
  public func calibrate(
    texts: [String] = [], progress: (@Sendable (Double, String) -> Void)? = nil
  ) throws -> Adapter {
    let calibrator = Calibrator(
      model: transformer, tokenizer: tokenizer, template: template, texts: texts,
      registry: .standard)
    return try calibrator.run { share, what in progress?(share, what) }
  }
}
