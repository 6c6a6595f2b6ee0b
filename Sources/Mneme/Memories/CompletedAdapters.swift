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
  /// - Returns: nil where there is no adapter at all.
  /// - Throws: `MemoryError`.
  func adapter(
    at path: String?, for kinds: [ModuleKind], model: LanguageModel,
    progress: (@Sendable (Double, String) -> Void)?
  ) throws -> Adapter? {
    guard
      let adapter = try path.map({ try Adapter.load($0) })
        ?? Adapter.find(for: model.transformer)
    else { return nil }
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
}
