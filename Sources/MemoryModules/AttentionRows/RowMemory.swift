package import Memory
package import Transformer

/// A memory of the attention socket: rows of keys and values in banks, some of which join the softmax of every block.
///
/// It decides what it keeps (`ActivationLearner.write`, `endSegment`) and what of it is shown (`parts`); positions, biases and
/// what stands in the context anyway are the same for all.
package protocol RowMemory: ForwardModule, ActivationLearner where Configuration: RowConfiguration {
  associatedtype State: RowState

  var configuration: Configuration { get }
  var context: ModuleContext { get }
  /// Added to the scores of all its rows; nil when its gate is closed and nothing is shown.
  var opening: Float? { get }
  /// What was learned.
  var state: State { get set }
  /// Changes whenever what may be shown changes.
  var version: Int { get set }
  /// The place after the newest token that may be shown.
  var end: Int { get }

  /// What a session is shown, oldest first.
  ///
  /// - Parameter overlap: what stands in the session's context anyway.
  func parts(for view: RowView, without overlap: ContextOverlap) -> [RowPart]
}

/// The options that all memories of rows have.
package protocol RowConfiguration: ModuleConfiguration {
  /// Where the rows stand.
  var positions: RowPlacement { get }
  /// The largest distance of a row before the conversation, tokens; 0 is three quarters of the model's context.
  var reach: Int { get }
  /// How rows are stored.
  var type: RowType { get }
}

/// What every memory of rows has learned.
package protocol RowState: Sendable {
  /// Rows of the current segment, not readable yet.
  var open: RowBank { get set }
  /// Tokens learned.
  var written: Int { get set }
  /// Tokens left out because their rows were not finite, or too large.
  var rejected: Int { get set }
}

extension RowMemory {
  /// Where its rows stand.
  package var positions: RowPositions {
    RowPositions(placement: configuration.positions, reach: context.reach(configuration.reach))
  }
  package var end: Int { state.written - state.open.count }
  public var rejectedUpdates: Int { state.rejected }
  public var taps: [HookPoint] { rowTaps }

  /// Stores the rows of learned tokens; they are readable with the end of the segment.
  public func write(_ commit: CommittedRows) { store(commit, place: state.written) }

  /// The same, for a memory that counts places in another way.
  ///
  /// - Returns: how many rows were stored.
  @discardableResult
  func store(_ commit: CommittedRows, place: Int) -> Int {
    // What may be shown stays the same.
    let before = version
    defer { version = before }
    var rejected = 0
    let rows = learnedRows(
      commit, type: configuration.type, place: place, rejected: &rejected)
    if rejected > 0 { state.rejected += rejected }
    guard let rows else { return 0 }
    // In place: a copy of all open rows for every token would be slow.
    state.open.append(rows)
    state.written += rows.count
    return rows.count
  }

  public func snapshot() -> any Sendable { state }

  public func restore(_ snapshot: any Sendable) {
    guard let snapshot = snapshot as? State else {
      preconditionFailure("a snapshot of another kind of memory")
    }
    state = snapshot
  }

  /// The shape of keys and values.
  package var shape: RowShape { RowShape(keysOf: context.model.configuration) }

  /// Adds its rows to the attention of every block.
  public func join(_ pass: ForwardPass) {
    let shown = ShownRows(self, view: pass.view)
    for layer in 0..<shape.layers {
      pass.extendAttention(layer: layer) { _ in shown.rows(layer: layer) }
    }
    pass.account { shown.contents }
  }

  /// The rows of one block for a session, as attention gets them.
  package func rows(layer: Int, for view: RowView) -> ExtraKeyValues? {
    rows(of: bordered(parts(for: view, without: view.overlap), for: view), layer: layer, for: view)
  }

  fileprivate func rows(
    of parts: [RowPart], layer: Int, for view: RowView
  ) -> ExtraKeyValues? {
    guard let opening else { return nil }
    return parts.extra(
      layer: layer, heads: shape.heads,
      RowStand(
        positions: positions, end: end, opening: opening, visibleFrom: view.visibleFrom))
  }

  /// What is shown, and after it, where something is asked and nothing leads to it, an empty line.
  fileprivate func bordered(_ parts: [RowPart], for view: RowView) -> [RowPart] {
    guard view.isAnswer, let last = parts.last(where: { !$0.isEmpty }), !last.leadsToQuestion,
      let border = BorderRows(context: context, shape: shape).after(last.tail)
    else { return parts }
    return parts.map { $0.moved(by: border.count, from: end) }
      + [RowPart(border, end: border.count)]
  }

  /// The log-odds of a constant gate; nil where it is closed.
  static func opening(of gate: ReadoutGate) -> Float? {
    1 / (1 + (-gate.bias).exponential) < gate.floor ? nil : gate.bias
  }

  /// Keys and values of every block, before RoPE.
  package var rowTaps: [HookPoint] {
    (0..<shape.layers).map { .block($0, .k) } + (0..<shape.layers).map { .block($0, .v) }
  }

  /// The plain rows of a commit's learned tokens; nil where there are none.
  ///
  /// The first token of a text is left out: it is an attention sink, which heads attend to when nothing is relevant.
  ///
  /// - Parameters:
  ///   - type: rows with a value beyond what it holds, or that is not finite, are left out and counted in `rejected`.
  ///   - place: the number of tokens learned before.
  package func learnedRows(
    _ commit: CommittedRows, type: RowType, place: Int, rejected: inout Int
  ) -> RowBank? {
    let tables = rowTaps.map { commit.rows(at: $0) }
    let columns = shape.columns
    let most = type.largest
    let areSound = tables.allSatisfy { table in
      table.withUnsafeBufferPointer { values in values.allSatisfy { $0.magnitude <= most } }
    }
    var (kept, sources) = ([Int](), RowSources())
    for index in commit.rowsToLearn {
      // Row by row only where some value somewhere is not.
      let isSound =
        areSound
        || tables.allSatisfy { table in
          table[index * columns..<(index + 1) * columns].allSatisfy { $0.magnitude <= most }
        }
      guard isSound else {
        rejected += 1
        continue
      }
      kept.append(index)
      sources.append(
        token: commit.tokens[commit.positions.lowerBound + index], journal: commit.journal[index],
        place: place + sources.count, isSpoken: commit.provenance.role != .document,
        surprisal: commit.surprisals[index])
    }
    guard !kept.isEmpty else { return nil }
    let rows = tables.map { table in
      kept.count * columns == table.count
        ? table : kept.flatMap { table[$0 * columns..<($0 + 1) * columns] }
    }
    return RowBank(
      keys: EncodedRows(Array(rows[..<shape.layers]), shape: shape, type: type),
      values: EncodedRows(Array(rows[shape.layers...]), shape: shape, type: type),
      sources: sources)
  }
}

extension CommittedRows {
  /// The places of the tokens whose rows are learned: not those at the beginning of a context, also where a text goes on from
  /// the context before. They are attention sinks.
  var rowsToLearn: [Int] {
    isLearned.indices.filter { isLearned[$0] && positions.lowerBound + $0 > 0 }
  }
}

extension RowPart {
  /// The rows of a bank that may be shown to a session.
  init(_ bank: RowBank, to view: RowView, without overlap: ContextOverlap) {
    let isShown = bank.sources.isShown(to: view, without: overlap)
    self.init(bank) { isShown[$0] }
  }
}

extension RowView {
  /// What stands in the context anyway.
  var overlap: ContextOverlap { ContextOverlap(context) }
}

extension RowSources {
  /// Per token whether it may be shown to a session: a text does not see what people said about themselves (it is unrelated to it,
  /// and attention does not ignore it by itself: it cost 2 % of the NLL of an unrelated text), and nobody sees
  /// twice what stands in the context.
  func isShown(to view: RowView, without overlap: ContextOverlap) -> [Bool] {
    zip(isSpoken, overlap.isInContext(tokens)).map { (view.isAnswer || !$0) && !$1 }
  }
}

/// The rows last shown to one session; chosen anew when the memory or what the session reads changes.
private final class ShownRows<Shown: RowMemory> {
  private let memory: Shown
  private let session: SessionView
  private var last: (version: Int, view: RowView)?
  private var parts: [RowPart] = []
  /// The parts with what stands between them and the question.
  private var bordered: [RowPart] = []
  private var rows: [ExtraKeyValues?] = []  // by block

  init(_ memory: Shown, view: SessionView) {
    self.memory = memory
    session = view
  }

  /// The rows of one block; blocks are asked for from the first on.
  func rows(layer: Int) -> ExtraKeyValues? {
    if layer == 0 || last == nil { choose() }
    guard let view = last?.view else { return nil }
    while rows.count <= layer {
      var made = memory.rows(of: bordered, layer: rows.count, for: view)
      made?.identity = RowIdentity()
      rows.append(made)
    }
    return rows[layer]
  }

  private func choose() {
    let view = RowView(session)
    if let last, last.version == memory.version, last.view == view { return }
    last = (memory.version, view)
    parts = memory.opening == nil ? [] : memory.parts(for: view, without: view.overlap)
    bordered = memory.bordered(parts, for: view)
    rows = []
  }

  /// What the last answer was shown; nil in texts, and where nothing was.
  var contents: ShownContents? {
    guard last?.view.isAnswer == true, parts.contains(where: { !$0.isEmpty }) else { return nil }
    return ShownContents(
      module: type(of: memory).kind, rows: parts.reduce(0) { $0 + $1.count },
      readAgain: parts.flatMap(\.readAgain))
  }
}
