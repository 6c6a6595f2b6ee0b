public import Memory
import Transformer

/// A datastore of what followed: kNN-LM (arXiv 1911.00172) that grows while it reads.
///
/// Every learned token adds an entry: the key at the position before it, and the token. A read finds the nearest keys by
/// exact search and lets their tokens vote. Facts are recalled at once and word by word; the store grows with what is
/// read (`NeighborKeyType` says how many bytes per key value).
public final class NeighborMemory: MemoryModule {
  public typealias Configuration = NeighborConfiguration

  public static let about = ModuleDescription(
    kind: .neighbor, socket: .associative,
    summary: "a datastore of what followed, found by nearest keys",
    paper: "kNN-LM (arXiv 1911.00172), SPALM (arXiv 2102.02557)", grows: true,
    readouts: [.mixing], isStandard: true, judgesKeys: true)

  /// What the common gate looks at.
  enum Feature: String, FeatureName {
    case bestCosine = "best cosine"
    case bestCosineSquared = "best cosine squared"
    case margin
    case entropyTimesCosine = "entropy x best cosine"
    case entries
  }

  /// The configuration.
  public let configuration: NeighborConfiguration
  let context: ModuleContext
  /// What reads see.
  package internal(set) var store: NeighborStore {
    didSet {
      isIndexBehind = true
      chains.removeAll()
    }
  }
  /// What was found along a text, for the pointers of the rows after: a memo of a pure function, no state.
  var chains = PointerChains()
  /// What tokens print; made when something out of date is first looked for.
  lazy var forms = TokenForms(
    tokenizer: context.tokenizer, vocabularySize: context.vocabularySize)
  /// For stores too large to be searched whole; made when it is first needed.
  var index: NeighborIndex?
  /// Whether the store changed since the index followed it.
  var isIndexBehind = false
  /// What was written since the last segment ended.
  var pending = PendingEntries()
  /// Finds equal entries; nil after the store was replaced.
  var finder: RowFinder?
  /// The gate of its own; nil where the adapter has none, and the common gate decides then.
  let gate: NeighborGate?
  /// SPALM's gate; nil where the adapter has none.
  let vectorGate: VectorGate?
  /// What the gate counts; nil after the store was replaced.
  var counts: SuccessorCounts?
  /// Rows read, and how many of them were searched for: for reports, no state.
  package internal(set) var lookups = LookupCounts()

  public init(context: ModuleContext, parameters: ModuleParameters) throws(MemoryError) {
    configuration = try Self.configuration(of: parameters, context: context)
    gate = try NeighborGate.load(parameters.tensors, width: context.width)
    vectorGate = try VectorGate.load(parameters.tensors, width: context.width)
    guard configuration.readout == .mixing || vectorGate != nil else {
      throw .malformed(
        path: "the adapter", what: "the read-out 'spalm' has no gate", expected: "spalm.weights")
    }
    self.context = context
    store = NeighborStore(columns: context.keyColumns, type: configuration.keyType)
  }

  public var budget: Int? { configuration.budget }
  public var isEmpty: Bool { store.liveCount == 0 }
  public var entries: Int { store.liveCount + pending.tokens.count }
  public var stateBytes: Int { store.bytes + pending.tokens.count * (4 * context.keyColumns + 13) }
  /// Keys that are not finite are never stored.
  public internal(set) var rejectedUpdates = 0

  public func write(_ batch: WriteBatch) {
    let columns = context.keyColumns
    for row in 0..<batch.count {
      let key = batch.keys[row * columns..<(row + 1) * columns]
      guard key.allSatisfy(\.isFinite) else {
        rejectedUpdates += 1
        pending.isBroken = true
        continue
      }
      pending.keys.append(contentsOf: key)
      pending.tokens.append(batch.targets[row])
      pending.journal.append(batch.journal[row])
      pending.follows.append(batch.follows[row] && !pending.isBroken)
      pending.isBroken = false
    }
  }

  public func endSegment() {
    guard !pending.tokens.isEmpty else { return }
    store.append(
      keys: pending.keys, tokens: pending.tokens, journal: pending.journal,
      follows: pending.follows, finder: &finder)
    pending = PendingEntries(isBroken: pending.isBroken)
    if store.evict(to: configuration.budget) > 0 { (finder, counts) = (nil, nil) }
  }
}

extension ModuleKind {
  /// kNN-LM's datastore of what followed (arXiv 1911.00172).
  public static let neighbor: ModuleKind = "neighbor"
}

/// Entries that reads may not see yet.
struct PendingEntries: Sendable {
  var keys: [Float] = []
  var tokens: [Int32] = []
  var journal: [Int] = []
  var follows: [Bool] = []
  /// Whether a pair was left out after the last entry, so that the next one follows a gap.
  var isBroken = false
}

/// How many rows were read, and what became of them.
package struct LookupCounts: Sendable, Equatable {
  /// Rows asked for.
  package var rows = 0
  /// Rows that cost a search.
  package var searches = 0
  /// Rows whose gate was closed before the search.
  package var skipped = 0
  /// Rows whose entries were pointed to instead of searched for.
  package var pointed = 0
}
