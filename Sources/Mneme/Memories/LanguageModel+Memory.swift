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
  ///   - progress: share done and what is being done.
  /// - Throws: `MemoryError`.
  public func createMemory(
    _ modules: [ModuleKind], adapter: String? = nil, name: String = "memory",
    progress: (@Sendable (Double, String) -> Void)? = nil
  ) throws -> DetachableMemory {
    try DetachableMemory.create(
      kinds: modules, model: transformer, tokenizer: tokenizer,
      adapter: adapter.map { path in try Adapter.load(path) }, name: name, progress: progress)
  }

  /// Loads a memory file, which must have been made for this model.
  ///
  /// - Throws: `MemoryError` for a file that is damaged or belongs to another model.
  public func loadMemory(_ path: String) throws -> DetachableMemory {
    try DetachableMemory.load(path, model: transformer, tokenizer: tokenizer)
  }
}
