public import Memory
import Tokenization
import Transformer

extension EpisodicMemory {
  public func write(_ batch: WriteBatch) {
    let columns = context.keyColumns
    for row in 0..<batch.count {
      let key = batch.keys[row * columns..<(row + 1) * columns]
      guard key.allSatisfy(\.isFinite) else {
        state.rejectedUpdates += 1
        continue
      }
      let provenance = batch.provenance ?? Self.unknown
      let token = batch.targets[row]
      // What was left out between two learned tokens, as a question, ends a fact too.
      if let open = state.open, open.provenance != provenance || !batch.follows[row] { close() }
      endFact(before: token)
      var open = state.open ?? FactRecord(id: 0, provenance: provenance)
      state.open = nil  // so that the arrays are not copied
      open.tokens.append(token)
      open.keys.append(contentsOf: key)
      open.journal.append(Int64(batch.journal[row]))
      if agent != nil { open.surprisals.append(-batch.logProbabilities[row]) }
      state.open = open
    }
  }

  public func endSegment() {
    close()
    let first = state.readable
    state.readable = state.ledger.next
    index(from: first)
    version += 1
  }

  private static let unknown = Provenance(
    conversation: "", turn: 0, role: .document, source: "", time: 0)

  /// Ends the current fact.
  func close() {
    state.scanner = SentenceScanner()
    guard var open = state.open else { return }
    state.open = nil
    open.latent = latent(of: open)
    open.meaning = meaning(of: open)
    state.ledger.append(open)
    noteArrival(at: state.ledger.count - 1)
    let excess = state.ledger.count - configuration.budget
    if excess > 0 { makeRoom(excess) }
  }

  /// The encoder's latent of a fact; empty when no read-out uses it.
  func latent(of record: FactRecord) -> [Float] {
    guard contentColumns > 0, let codec,
      let rows = FactRows(record.tokens, context: context)
    else { return [] }
    return codec.encode(rows)
  }

  /// Drops facts, untold ones first: the oldest, or those that the policy chooses.
  private func makeRoom(_ excess: Int) {
    guard agent == nil else { return letGo(excess) }
    let records = state.ledger.records.dropLast()
    let read = records.filter { !$0.isTold }.prefix(excess)
    let told = records.filter(\.isTold).prefix(excess - read.count)
    forget(facts: Set((read + told).map(\.id)))
  }

  /// Adds the facts from a number on to the least-squares index.
  func index(from first: Int) {
    guard state.index != nil else { return }
    let new = state.ledger.records.filter { $0.id >= first }
    // A fact that replaces another is written at its address (Larimar's rewriting: forget, then write), for which the
    // index is rebuilt.
    guard new.allSatisfy({ rivals(of: $0.id).isEmpty }) else { return rebuildIndex() }
    for (record, profile) in zip(state.ledger.records, state.ledger.profiles)
    where record.id >= first {
      state.index?.write(record.id, profile, content: record.latent)
    }
  }

  /// The other statements of a fact, of which only the newest is in the matrix; none when the matrix holds no contents.
  func rivals(of id: Int) -> [Int] {
    guard contentColumns > 0, let index = state.ledger.index(of: id) else { return [] }
    return sameFacts(as: state.ledger.records[index], state.ledger.profiles[index])
  }

  /// Builds the least-squares index from the ledger.
  func rebuildIndex() {
    guard state.index != nil else { return }
    state.index = LatentIndex(configuration, contentColumns: contentColumns)
    for (record, profile) in zip(state.ledger.records, state.ledger.profiles)
    where record.id < state.readable {
      let isCurrent = rivals(of: record.id).allSatisfy { $0 < record.id }
      state.index?.write(record.id, profile, content: isCurrent ? record.latent : [])
    }
  }
}
