import Foundation
import Transformer

extension DetachableMemory {
  /// An empty memory with the same model, adapter and modules.
  func emptied() throws(MemoryError) -> DetachableMemory {
    var fresh: [any MemoryModule] = []
    for module in modules {
      let kind = module.kind
      guard let parameters = adapter.modules[kind] else {
        throw .calibrationFailed(reason: "the adapter holds nothing for '\(kind)'")
      }
      fresh.append(try type(of: module).init(context: context, parameters: parameters))
    }
    let memory = DetachableMemory(
      name: name, owner: owner, adapter: adapter, modules: fresh, context: context,
      state: MemoryState(journal: Journal(), created: created, updated: updated),
      place: MemoryPlace(path: path))
    memory.checkpointInterval = checkpointInterval
    return memory
  }

  /// The memory as it was before some record, the latest one that can be restored.
  ///
  /// - Parameter journal: the journal to read afterwards.
  /// - Returns: that memory and the record; nil when the journal's beginning cannot be replayed.
  private func earlier(
    than record: Int, journal: Journal
  ) throws(MemoryError) -> (memory: DetachableMemory, record: Int)? {
    if !modules.contains(where: { $0.rejectedUpdates > 0 }) {
      for checkpoint in checkpoints.reversed() where checkpoint.records <= record {
        let memory = try emptied()
        if memory.restore(checkpoint, of: self) { return (memory, checkpoint.records) }
      }
    }
    return journal.isReplayable ? (try emptied(), 0) : nil
  }

  /// Rebuilds the state from a journal that shares its first records with this memory's.
  ///
  /// - Parameters:
  ///   - journal: the complete journal of the rebuilt memory.
  ///   - record: the first record in which they differ.
  /// - Returns: tokens that passed through the model; nil, and nothing is changed, when the journal cannot be replayed.
  /// - Throws: as `JournalReplay.run`; nothing is changed then.
  func replay(
    _ journal: Journal, from record: Int, progress: @escaping (Double) throws -> Void
  ) throws -> Int? {
    guard let (memory, first) = try earlier(than: record, journal: journal) else { return nil }
    var replay = JournalReplay(journal, into: memory, progress: progress)
    let tokens = try replay.run(from: first)
    adopt(memory)
    return tokens
  }

  /// Takes over the state of a memory that a replay has built.
  private func adopt(_ other: DetachableMemory) {
    for (module, source) in zip(modules, other.modules) { module.restore(source.snapshot()) }
    state = other.state
    state.staleFrom = nil
    changeOtherwise()
  }

  /// Removes replaced facts from the modules that cannot subtract, by replay; does nothing when there are none.
  ///
  /// - Parameter progress: called with the share that is done; what it throws ends the work, and nothing is changed.
  /// - Returns: tokens that passed through the model.
  @discardableResult
  public func compact(progress: @escaping (Double) throws -> Void = { _ in }) throws -> Int {
    guard let record = staleFrom, let journal else { return 0 }
    return try replay(journal, from: record, progress: progress) ?? 0
  }
}
