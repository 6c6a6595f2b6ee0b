public import Memory

extension LanguageModel {
  /// Makes an empty memory for this model.
  ///
  /// - Parameters:
  ///   - modules: the kinds it holds.
  ///   - adapter: a file of slow weights; the one beside the model, if any, when `nil`.
  ///   - progress: share done and what is being done.
  public func createMemory(
    _ modules: [ModuleKind], adapter: String? = nil,
    progress: (@Sendable (Double, String) -> Void)? = nil
  ) throws -> DetachableMemory {
    try DetachableMemory.create(
      kinds: modules, model: transformer, tokenizer: tokenizer,
      adapter: adapter.map { path in try Adapter.load(path) }, options: MemoryOptions(),
      progress: progress)
  }

  /// Loads a memory file, which must have been made for this model.
  public func loadMemory(_ path: String) throws -> DetachableMemory {
    try DetachableMemory.load(path, model: transformer, tokenizer: tokenizer)
  }
}
