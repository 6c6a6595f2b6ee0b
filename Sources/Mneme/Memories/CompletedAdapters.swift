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

  /// The kinds that memories can begin with at once, without meeting or calibrating the model first: those of the adapter at
  /// a path, or beside the model or of an earlier meeting when nil.
  ///
  /// - Throws: `MemoryError` for a file that is damaged.
  func readyKinds(at path: String?, model: LanguageModel) throws -> Set<ModuleKind> {
    let adapter =
      try path.map { try Adapter.load($0) } ?? Adapter.find(for: model.transformer)
      ?? Meeting(model).earlier()
    return Set(adapter.map { Array($0.modules.keys) } ?? [])
  }

  /// The adapter of a first meeting, from the cache where the model was met before.
  private func met(
    _ model: LanguageModel, progress: (@Sendable (Double, String) -> Void)?
  ) throws -> Adapter {
    let meeting = Meeting(model)
    if let adapter = meeting.earlier() { return adapter }
    let adapter = try DetachableMemory.complete(
      nil, for: [], model: model.transformer, tokenizer: model.tokenizer,
      projection: meeting.projection, progress: progress)
    // What cannot be kept is found out again next time.
    if let cached = meeting.cached { try? UserCache.keep(adapter, at: cached) }
    return adapter
  }

  /// Where the first meeting with a model is kept.
  private struct Meeting {
    let identity: ModelIdentity
    let projection: SentenceProjection?
    /// The file; nil where nothing is kept.
    let cached: String?

    init(_ model: LanguageModel) {
      identity = ModelIdentity(of: model.transformer)
      let shape = model.transformer.configuration
      projection =
        SentenceProjection.find(for: identity, shape: shape, in: model.projectionFolders)
        ?? .included(for: identity, shape: shape)
      cached = UserCache.adapter(of: identity, projection: projection)
    }

    /// What was found; nil where the model was not met, or the file cannot be read or is an older version's.
    func earlier() -> Adapter? {
      guard let cached, let adapter = try? Adapter.load(cached),
        (try? adapter.adopted(by: identity)) != nil, adapter.fingerprint == identity.fingerprint,
        ModuleRegistry.standard.kinds.allSatisfy({ adapter.modules[$0] != nil })
      else { return nil }
      return adapter
    }
  }
}
