package import Memory
import ModelFiles
import Transformer

extension SlotMemory {
  package func write(_ batch: WriteBatch) {
    let columns = context.keyColumns
    var kept: [Int] = []
    for row in 0..<batch.count {
      let key = batch.keys[row * columns..<(row + 1) * columns]
      guard key.allSatisfy(\.isFinite) else {
        texts.state.rejectedUpdates += 1
        continue
      }
      let isNew =
        kept.isEmpty && batch.provenance?.conversation ?? ByteString("") != lastConversation
      kept.append(row)
      state.pending.keys += key
      state.pending.items.append(batch.targets[row])
      state.pending.begins.append(isNew ? 1 : 0)
    }
    texts.write(
      WriteBatch(
        keys: [], hidden: [], targets: kept.map { batch.targets[$0] },
        logProbabilities: kept.map { batch.logProbabilities[$0] },
        journal: kept.map { batch.journal[$0] }, provenance: batch.provenance,
        follows: kept.map { batch.follows[$0] }))
  }

  /// The conversation of the token that was written last; nil where nothing is there.
  private var lastConversation: ByteString? {
    let last = texts.state.open ?? texts.state.ledger.records.last
    return last?.provenance.conversation
  }

  package func endSegment() {
    let columns = context.keyColumns
    let pending = state.pending
    state.pending = PendingPairs()
    for (row, item) in pending.items.enumerated() {
      if pending.begins[row] == 1 { state.words.beginSession() }
      state.words.write(Array(pending.keys[row * columns..<(row + 1) * columns]), item: item)
      state.tokens.insert(item)
    }
    texts.endSegment()
    writeSentences()
  }

  /// The number that stands for a sentence in the cell: a hash of its tokens (FNV-1a), so that it stays the same in every file.
  static func item(of tokens: [Int32]) -> Int32 {
    var hash: UInt32 = 2_166_136_261
    for token in tokens {
      for shift in [0, 8, 16, 24] as [UInt32] {
        hash = (hash ^ (UInt32(bitPattern: token) >> shift & 0xff)) &* 16_777_619
      }
    }
    return Int32(bitPattern: hash)
  }

  /// Writes the sentences that are not in their cell yet.
  private func writeSentences() {
    guard let columns = texts.meaningEncoder?.columns, !isOutdated else { return }
    var before: FactRecord?
    for record in texts.state.ledger.records {
      defer { before = record }
      guard record.id >= state.next, record.meaning.count == columns else { continue }
      if before?.provenance.conversation != record.provenance.conversation {
        state.sentences?.beginSession()
      }
      let item = Self.item(of: record.tokens)
      state.sentences?.write(record.meaning, item: item)
      state.numbers.insert(item)
    }
    state.next = texts.nextFact
  }

  /// Makes the cell of sentences again after some were taken out or joined.
  func refresh() {
    guard isOutdated, let columns = texts.meaningEncoder?.columns else { return }
    isOutdated = false
    state.sentences = Cell(configuration.ofSentences, columns: columns)
    state.numbers = ItemCodes()
    state.next = 0
    writeSentences()
  }
}
