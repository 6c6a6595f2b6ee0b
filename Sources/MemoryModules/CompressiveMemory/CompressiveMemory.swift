public import Memory
import Tensors
package import Transformer

/// The memory of a Compressive Transformer (Rae et al. 2019, arXiv 1911.05507) for a frozen model: the keys and values of what
/// was learned last join the attention of every block, and older ones are compressed, `rate` rows to one, instead of being
/// thrown away.
///
/// A first-in-first-out of `recent` rows and one of `slots` compressed ones, of constant size. Keys are kept before
/// rotation and stand before the conversation when they are read, the newest closest to it; a row that stands for c tokens
/// carries log c. What is compressed in which group depends on how many tokens were learned and on nothing else, so any
/// split of the stream gives the same memory. With `rate` rows of the paper's hidden states in place of keys and values the
/// two are the same for its mean; here each has a kernel of its own.
///
/// Its gate is a constant: the log-odds are added to the scores of its rows, and closed there are no rows.
public final class CompressiveMemory: MemoryModule {
  public static let kind = ModuleKind.compressive
  public static let featureNames: [String] = []

  /// The configuration.
  public let configuration: CompressiveConfiguration
  public var entries: Int { state.written }
  public internal(set) var rejectedUpdates = 0
  public var budget: Int? { configuration.recent + configuration.slots * configuration.rate }

  package let context: ModuleContext
  let compressor: RowCompressor
  /// Added to the scores of all rows; nil when the gate is closed.
  let opening: Float?
  package var state: State
  /// What a commit under way handed over: the journal's indices of the tokens whose rows are to be kept, and whether they were
  /// said.
  var expected: [(journal: Int, isSpoken: Bool)] = []
  /// Changes whenever other rows are read.
  private(set) var version = 0

  /// What changes.
  package struct State: Sendable {
    /// Compressed rows, oldest first.
    package var slots: RowTable
    /// The newest rows that are read.
    package var recent: RowTable
    /// Rows of the segment under way, not read yet.
    package var open: RowTable
    /// Tokens written.
    package var written = 0
  }

  public init(context: ModuleContext, parameters: ModuleParameters) throws(MemoryError) {
    configuration = try parameters.decode(CompressiveConfiguration.self)
    guard configuration.isSound,
      parameters.gate.isSound(features: ReadoutGate.commonFeatureNames.count)
    else {
      throw .malformed(
        path: "the module's configuration",
        what: "the compressive memory's parameters are not sound",
        expected: "recent of 1 to 65536, slots of at most 65536, a rate of 2 to 64")
    }
    self.context = context
    let shape = context.model.configuration
    compressor = try RowCompressor(configuration, tensors: parameters.tensors, model: shape)
    let odds = parameters.gate.bias
    opening = 1 / (1 + (-odds).exponential) < parameters.gate.floor ? nil : odds
    let empty = RowTable(layers: shape.layerCount)
    state = State(slots: empty, recent: empty, open: empty)
  }

  /// Values per row.
  var columns: Int {
    context.model.configuration.keyValueHeadCount * context.model.configuration.headDimension
  }

  public var isEmpty: Bool { state.recent.journal.isEmpty }

  public var stateBytes: Int {
    let rows =
      state.recent.journal.count + state.open.journal.count
      + state.slots.journal.count / configuration.rate
    return 4 * rows * 2 * columns * context.model.configuration.layerCount
  }

  // MARK: - Writing

  /// Takes note of which tokens of the commit under way are learned; their rows come from the forward pass.
  public func write(_ batch: WriteBatch) {
    guard (batch.keys + batch.hidden).allSatisfy(\.isFinite) else {
      rejectedUpdates += 1
      return
    }
    // Who said it is unknown only where nobody asks.
    let isSpoken = batch.provenance.map { $0.role != .document } ?? false
    expected += batch.journal.map { ($0, isSpoken) }
  }

  /// Keeps rows; what is not finite, or beyond all measure, is refused, row by row.
  func append(_ rows: RowTable) {
    guard rows.isSound else {
      rejectedUpdates += 1
      return
    }
    state.open.append(rows)
    state.written += rows.journal.count
  }

  public func endSegment() {
    guard !state.open.journal.isEmpty else { return }
    state.recent.append(state.open)
    state.open = RowTable(layers: state.open.keys.count)
    compress()
    version += 1
  }

  /// Compresses what no longer belongs to the recent rows.
  private func compress() {
    let rate = configuration.rate
    while state.recent.journal.count >= configuration.recent + rate {
      let old = state.recent.removeFirst(rate, columns: columns)
      state.slots.append(compressor.compressed(old))
    }
    let surplus = state.slots.journal.count / rate - configuration.slots
    if surplus > 0 { _ = state.slots.removeFirst(surplus, columns: columns, tokens: rate) }
  }

  // MARK: - Reading

  /// Nothing: it speaks inside the forward pass.
  public func read(_ input: ReadInput) -> [Reading] {
    (0..<input.rows).map { _ in
      Reading(distribution: .sparse(tokens: [], probabilities: []), features: [])
    }
  }

  /// The rows of one block, oldest first, as attention takes them; nil where there are none or the gate is closed.
  ///
  /// An answer hears everything. In a text that is read only what was read is heard: what people said about themselves has
  /// nothing to do with it, and attention cannot leave it out by itself (it cost 2 % of the NLL of an unrelated text).
  package func rows(layer: Int, isAnswer: Bool) -> ExtraKeyValues? {
    guard let opening, !isEmpty else { return nil }
    let rate = configuration.rate
    let recent = state.recent.journal.count
    let slots = state.slots.journal.count / rate
    let reach =
      configuration.reach > 0
      ? configuration.reach : max(1, context.model.configuration.contextLength * 3 / 4)
    // A slot stands where the middle of its tokens stood.
    let places =
      (0..<slots).map { -recent - (slots - $0) * rate + rate / 2 }
      + (0..<recent).map { $0 - recent }
    let heard = (0..<slots + recent).filter { row in
      isAnswer
        || !(row < slots
          ? state.slots.isSpoken[row * rate..<(row + 1) * rate].contains(true)
          : state.recent.isSpoken[row - slots])
    }
    func shown(_ slots: [Float], _ recent: [Float]) -> [Float] {
      let all = slots + recent
      return heard.count * columns == all.count
        ? all : heard.flatMap { all[$0 * columns..<($0 + 1) * columns] }
    }
    guard !heard.isEmpty else { return nil }
    var rows = ExtraKeyValues(
      count: heard.count, keys: shown(state.slots.keys[layer], state.recent.keys[layer]),
      values: shown(state.slots.values[layer], state.recent.values[layer]),
      positions: heard.map { max(-reach, places[$0]) },
      logBias: heard.map { opening + ($0 < slots ? Float(rate).logarithm : 0) })
    // The first token, where heads look that have nothing to look for, is what it always is.
    rows?.visibleFrom = 1
    return rows
  }

  // MARK: - Snapshots

  private struct Snapshot: Sendable {
    let state: State
    let rejected: Int
  }

  public func snapshot() -> any Sendable { Snapshot(state: state, rejected: rejectedUpdates) }

  public func restore(_ snapshot: any Sendable) {
    guard let snapshot = snapshot as? Snapshot else {
      preconditionFailure("a snapshot of another kind of memory")
    }
    replace(snapshot.state, rejected: snapshot.rejected)
  }

  /// Another state, from a snapshot or a file.
  func replace(_ state: State, rejected: Int) {
    self.state = state
    rejectedUpdates = rejected
    expected = []
    version += 1
  }
}
