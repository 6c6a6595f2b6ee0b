public import Memory
import Transformer

/// A datastore of keys and next tokens: kNN-LM (arXiv 1911.00172) that grows while it reads.
///
/// Every learned token adds an entry: the key at the position before it, and the token. A read finds the nearest keys
/// by exact search (approximate from `approximateFrom` keys on), and their tokens vote. Text is recalled verbatim after
/// a single reading; the store grows with every learned token (`NeighborKeyType` gives the bytes per key value).
public final class NeighborMemory: MemoryModule {
  public typealias Configuration = NeighborConfiguration

  public static let about = ModuleDescription(
    kind: .neighbor, socket: .associative,
    summary: "a datastore of keys and next tokens, searched by nearest keys",
    paper: "kNN-LM (arXiv 1911.00172), SPALM (arXiv 2102.02557)", grows: true,
    readouts: [.mixing], isStandard: true, judgesKeys: true)

  /// The module's features of the common gate.
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
  /// The readable entries.
  package internal(set) var store: NeighborStore {
    didSet {
      isIndexBehind = true
      chains.removeAll()
    }
  }
  /// Search results along a text, for the pointers of later rows: a memo of a pure function, not state.
  var chains = PointerChains()
  /// The printed forms of tokens; built when superseded entries are first searched for.
  lazy var forms = TokenForms(
    tokenizer: context.tokenizer, vocabularySize: context.vocabularySize)
  /// For stores too large for exact search; built when first needed.
  var index: NeighborIndex?
  /// Whether the store changed since the index was last updated.
  var isIndexBehind = false
  /// The entries written since the last segment ended.
  var pending = PendingEntries()
  /// Finds equal entries; nil after the store was replaced.
  var finder: RowFinder?
  /// The module's own gate; nil when the adapter has none: then the common gate is used.
  let gate: NeighborGate?
  /// SPALM's gate; nil where the adapter has none.
  let vectorGate: VectorGate?
  /// The n-gram counts for the gate; nil after the store was replaced.
  var counts: SuccessorCounts?
  /// Chooses which entries go beyond the budget; nil where simply the oldest do.
  let agent: RetentionAgent?
  /// What the agent knows; nothing without one.
  var retained = RetainedPieces()
  /// Counts of rows and searches, for reports; not state.
  package internal(set) var lookups = LookupCounts()

  public init(context: ModuleContext, parameters: ModuleParameters) throws(MemoryError) {
    configuration = try Self.configuration(of: parameters, context: context)
    gate = try NeighborGate.load(parameters.tensors, width: context.width)
    vectorGate = try VectorGate.load(parameters.tensors, width: context.width)
    guard configuration.readout == .mixing || vectorGate != nil else {
      throw .malformed(
        path: "the adapter",
        what: "the adapter has no gate for the neighbor memory's read-out 'spalm'",
        expected:
          "mixing; 'mneme memory calibrate FILE --readout spalm' fits that gate to a memory that has read texts"
      )
    }
    agent =
      configuration.retention == .fifo
      ? nil : try RetentionAgent(configuration.retention, tensors: parameters.tensors)
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
      if agent != nil { pending.surprisals.append(-batch.logProbabilities[row]) }
      pending.isBroken = false
    }
  }

  public func endSegment() {
    guard !pending.tokens.isEmpty else { return }
    let dropped = settle(pending, into: &store, &retained, finder: &finder)
    pending = PendingEntries(isBroken: pending.isBroken)
    if dropped > 0 { (finder, counts) = (nil, nil) }
  }
}

extension ModuleKind {
  /// kNN-LM's datastore of keys and next tokens (arXiv 1911.00172).
  public static let neighbor: ModuleKind = "neighbor"
}

/// Entries that are not readable yet.
struct PendingEntries: Sendable {
  var keys: [Float] = []
  var tokens: [Int32] = []
  var journal: [Int] = []
  var follows: [Bool] = []
  /// -log p of each token, nats; empty where no policy asks for it.
  var surprisals: [Float] = []
  /// Whether a pair was left out after the last entry, so that the next one follows a gap.
  var isBroken = false
}

/// How many rows were read, and how.
package struct LookupCounts: Sendable, Equatable {
  /// Rows read in all.
  package var rows = 0
  /// Rows that cost a search.
  package var searches = 0
  /// Rows whose gate was closed before the search.
  package var skipped = 0
  /// Rows whose entries were pointed to instead of searched for.
  package var pointed = 0
}
