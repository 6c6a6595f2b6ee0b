package import Memory
package import Transformer

/// A memory of rows that cuts what it learned into pieces when a segment ends, by the attention of its own text.
package protocol QueriedRowMemory: OpenRowMemory, Subtractable where State: QueriedRowState {
  /// Whether the queries of open rows are needed.
  var measuresAttention: Bool { get }
}

/// What such a memory has learned.
package protocol QueriedRowState: RowState {
  /// The queries of the open rows' tokens; fewer where they were not measured.
  var queries: EncodedRows { get set }
  /// The tokens of everything that is kept, the open rows' last.
  var sources: [RowSources] { get }
  /// Gives the tokens other places in the journal.
  mutating func remapJournal(_ newIndex: (Int) -> Int?)
}

extension QueriedRowState {
  /// Takes out the open rows; their queries are nil where not every row has one.
  mutating func takeOpen() -> (rows: RowBank, queries: EncodedRows?) {
    let (rows, queries) = (open, queries)
    open = RowBank(shape: rows.shape, type: rows.type)
    self.queries = EncodedRows(shape: queries.shape, type: queries.type)
    return (rows, queries.count == rows.count ? queries : nil)
  }

  /// Tokens that are kept no longer.
  var dropped: Int { written - sources.reduce(0) { $0 + $1.count } }
}

extension QueriedRowMemory {
  public var taps: [HookPoint] { measuresAttention ? rowTaps + queryTaps : rowTaps }

  public func write(_ commit: CommittedRows) {
    let before = (version: version, rejected: state.rejected)
    defer { version = before.version }
    let stored = store(commit, place: state.written)
    // Where a row was left out, queries no longer stand beside keys; attention is then not measured.
    if measuresAttention, state.rejected == before.rejected,
      state.queries.count + stored == state.open.count
    {
      state.queries.append(learnedQueries(commit))
    }
  }

  /// Not token by token: without them the stream would have been cut elsewhere, and other pieces would have been kept.
  /// Everything can be taken out.
  public func forget(_ journal: Set<Int>) -> Forgetting {
    let isKnown = { (place: Int) in place >= 0 && journal.contains(place) }
    return state.sources.contains { $0.journal.contains(where: isKnown) }
      ? .unsupported : .nothingToForget
  }

  public func remapJournal(_ newIndex: (Int) -> Int?) { state.remapJournal(newIndex) }

  /// No queries yet.
  static func noQueries(_ context: ModuleContext, _ type: RowType) -> EncodedRows {
    EncodedRows(shape: RowShape(queriesOf: context.model.configuration), type: type)
  }
}
