import Memory
import MemoryModules
import Synchronization
import Transformer

/// A cache of one model's adapters, completed with parameters for kinds that their files lack; calibrated once per
/// process.
final class CompletedAdapters: Sendable {
  private let found = Mutex<[String: Adapter]>([:])

  /// The adapter at a path, or beside the model when nil, complete for some kinds of memory.
  ///
  /// Where there is none the model is met for the first time, once on a machine: what was found is kept in the user's
  /// cache.
  ///
  /// - Throws: `MemoryError`.
  func adapter(
    at path: String?, for kinds: [ModuleKind], model: LanguageModel,
    progress: (@Sendable (Double, String) -> Void)?
  ) throws -> Adapter {
    let adapter =
      try path.map { try Adapter.load($0) } ?? Adapter.find(for: model.transformer)
      ?? met(model, progress: progress)
    if kinds.allSatisfy({ adapter.modules[$0] != nil }) { return adapter }
    let place = path ?? ""
    // Only results from the same file contents are reused: the file may have been rewritten.
    if let known = found.withLock({ $0[place] }), known.keys == adapter.keys,
      adapter.modules.allSatisfy({ known.modules[$0.key] == $0.value }),
      kinds.allSatisfy({ known.modules[$0] != nil })
    {
      return known
    }
    let complete = try DetachableMemory.complete(
      adapter, for: kinds, model: model.transformer, tokenizer: model.tokenizer,
      progress: progress)
    found.withLock { $0[place] = complete }
    return complete
  }

  /// The adapter of a first meeting, from the cache where the model was met before.
  private func met(
    _ model: LanguageModel, progress: (@Sendable (Double, String) -> Void)?
  ) throws -> Adapter {
    let identity = ModelIdentity(of: model.transformer)
    let projection = SentenceProjection.find(
      for: identity, shape: model.transformer.configuration, in: model.projectionFolders)
    let cached = UserCache.adapter(of: identity, projection: projection)
    // A file that cannot be read, or that an older version left, is made again.
    if let cached, let adapter = try? Adapter.load(cached),
      (try? adapter.adopted(by: identity)) != nil, adapter.fingerprint == identity.fingerprint,
      ModuleRegistry.standard.kinds.allSatisfy({ adapter.modules[$0] != nil })
    {
      return adapter
    }
    let adapter = try DetachableMemory.complete(
      nil, for: [], model: model.transformer, tokenizer: model.tokenizer, projection: projection,
      progress: progress)
    // What cannot be kept is found out again next time.
    if let cached { try? UserCache.keep(adapter, at: cached) }
    return adapter
  }
}
