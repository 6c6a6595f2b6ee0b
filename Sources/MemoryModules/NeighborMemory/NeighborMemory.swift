import Foundation
public import Memory
public import ModelFiles
import Transformer

/// A datastore of what followed: kNN-LM (arXiv 1911.00172) that grows while it reads.
///
/// Every learned token adds an entry: the key at the position before it, and the token. A read finds the nearest keys by
/// exact search and lets their tokens vote. Facts are recalled at once and word by word; the store grows with what is
/// read (4 bytes per key value and token).
public final class NeighborMemory: MemoryModule {
  public static let kind = ModuleKind.neighbor
  public static let featureNames = [
    "best cosine", "best cosine squared", "margin", "entropy x best cosine", "entries",
  ]

  /// The configuration.
  public let configuration: NeighborConfiguration
  let context: ModuleContext
  private(set) var store: NeighborStore
  /// Entries that reads may see.
  private(set) var readable = 0

  public init(context: ModuleContext, parameters: ModuleParameters) throws(MemoryError) {
    configuration = try parameters.decode(NeighborConfiguration.self)
    guard configuration.isSound,
      parameters.gate.isSound(
        features: ReadoutGate.commonFeatureNames.count + Self.featureNames.count)
    else {
      throw .malformed(
        path: "the module's configuration",
        what: "the neighbor memory's parameters are not sound", expected: nil)
    }
    self.context = context
    store = NeighborStore(columns: context.keyColumns)
  }

  public var isEmpty: Bool { readable == 0 }
  public var entries: Int { store.count }
  public var stateBytes: Int { store.count * (4 * context.keyColumns + 12) }
  /// Keys that are not finite are never stored.
  public private(set) var rejectedUpdates = 0

  public func write(_ batch: WriteBatch) {
    let columns = context.keyColumns
    var sound = batch
    let bad = (0..<batch.count).filter { row in
      !batch.keys[row * columns..<(row + 1) * columns].allSatisfy(\.isFinite)
    }
    if !bad.isEmpty {
      rejectedUpdates += bad.count
      let kept = (0..<batch.count).filter { !bad.contains($0) }
      sound.keys = kept.flatMap { batch.keys[$0 * columns..<($0 + 1) * columns] }
      sound.targets = kept.map { batch.targets[$0] }
      sound.journal = kept.map { batch.journal[$0] }
    }
    store.append(keys: sound.keys, tokens: sound.targets, journal: sound.journal)
  }

  public func endSegment() { readable = store.count }

  public func read(_ input: ReadInput) -> [Reading] {
    store.search(
      input.keys, rows: input.rows, k: configuration.neighbors, limit: readable,
      threads: context.model.threads
    ).map(reading)
  }

  /// The vote of some hits.
  private func reading(_ hits: [NeighborStore.Hit]) -> Reading {
    guard let best = hits.first else {
      return Reading(
        distribution: .sparse(tokens: [], probabilities: []), features: [0, 0, 0, 0, 0])
    }
    let powers = hits.map { exp(configuration.sharpness * ($0.score - best.score)) }
    let total = powers.reduce(0, +)
    var tokens: [Int32] = []
    var probabilities: [Float] = []
    var slots: [Int32: Int] = [:]
    var votes: [Reading.Vote] = []
    for (hit, power) in zip(hits, powers) {
      let token = store.tokens[hit.index]
      let weight = power / total
      if let slot = slots[token] {
        probabilities[slot] += weight
      } else {
        slots[token] = tokens.count
        tokens.append(token)
        probabilities.append(weight)
      }
      votes.append(
        .init(journal: Int(store.journal[hit.index]), token: token, weight: weight))
    }
    let rival = hits.first { store.tokens[$0.index] != store.tokens[best.index] }
    let spread = probabilities.reduce(Float(0)) { $0 - ($1 > 0 ? $1 * log($1) : 0) }
    return Reading(
      distribution: .sparse(tokens: tokens, probabilities: probabilities),
      features: [
        best.score, best.score * best.score, best.score - (rival?.score ?? 0),
        spread * best.score, log(Float(readable) + 1),
      ], votes: votes)
  }

  // MARK: - State

  private struct Snapshot: Sendable {
    let count: Int
    let readable: Int
    let rejectedUpdates: Int
  }

  public func snapshot() -> any Sendable {
    Snapshot(count: store.count, readable: readable, rejectedUpdates: rejectedUpdates)
  }

  /// Entries are only ever appended, so going back means dropping the newest.
  public func restore(_ snapshot: any Sendable) {
    guard let snapshot = snapshot as? Snapshot, snapshot.count <= store.count else {
      preconditionFailure("a snapshot of another memory")
    }
    store.truncate(to: snapshot.count)
    readable = snapshot.readable
    rejectedUpdates = snapshot.rejectedUpdates
  }

  public func save(into writer: inout SafetensorsWriter) {
    let count = store.count
    writer.add("neighbor.keys", floats: store.keys, shape: [count, context.keyColumns])
    writer.add("neighbor.tokens", int32s: store.tokens, shape: [count])
    writer.add("neighbor.journal", int64s: store.journal, shape: [count])
    writer.add("neighbor.counters", int64s: [Int64(rejectedUpdates)], shape: [1])
  }

  public func load(from file: SafetensorsFile) throws(MemoryError) {
    let loaded: NeighborStore?
    let counters: [Int64]
    do throws(ModelFileError) {
      loaded = NeighborStore(
        columns: context.keyColumns, keys: try file.require("neighbor.keys").floats(),
        tokens: try file.require("neighbor.tokens").int32s(),
        journal: try file.require("neighbor.journal").int64s())
      counters = try file.require("neighbor.counters").int64s()
    } catch {
      throw .file(error)
    }
    guard let loaded, counters.count == 1, counters[0] >= 0,
      loaded.tokens.allSatisfy({ $0 >= 0 && Int($0) < context.vocabularySize }),
      loaded.journal.allSatisfy({ $0 >= -1 })
    else {
      throw .malformed(
        path: file.path, what: "the neighbor memory's tensors disagree with each other",
        expected: "one key, one token and one journal index per entry")
    }
    store = loaded
    rejectedUpdates = Int(clamping: counters[0])
    readable = store.count
  }
}
