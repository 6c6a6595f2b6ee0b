import Tensors
import Transformer

extension AttachedMemory {
  /// Writes the committed tokens into the journal, then into the modules. The only place where a memory changes.
  func commit(_ event: CommitEvent) {
    defer { modules.drop(through: event.positions.upperBound) }
    guard !isReadOnly else { return }
    let conversation = event.provenance.conversation
    if memory.state.carried?.conversation != conversation { memory.state.carried = nil }
    memory.takeCheckpoint(beforeContextOf: event.positions.lowerBound)
    memory.state.tokensSeen += event.tokens.count
    let written = write(event.tokens.indices.filter { event.learnable[$0] }, of: event)
    carry(event, wasLearned: written.last == event.tokens.count - 1)
    if event.endsSegment { for module in memory.modules { module.endSegment() } }
  }

  /// Hands pairs and rows to the modules; returns the offsets of those tokens whose key is known.
  private func write(_ targets: [Int], of event: CommitEvent) -> [Int] {
    var raw: [[Float]] = []  // per key point, then the final hidden state
    var used: [Int] = []
    for offset in targets {
      let position = event.positions.lowerBound + offset - 1
      if let row = row(at: position, isFirst: offset == 0) {
        if raw.isEmpty { raw = row.map { _ in [] } }
        for tap in raw.indices { raw[tap].append(contentsOf: row[tap]) }
        used.append(offset)
      }
    }
    var isLearned = [Bool](repeating: false, count: event.tokens.count)
    var journal = [Int](repeating: -1, count: event.tokens.count)
    var surprisals = [Float](repeating: 0, count: event.tokens.count)
    if used.isEmpty {
      note(event, learned: [], surprisals: [])
    } else {
      let batch = batch(used, raw: raw, of: event)
      for (index, offset) in used.enumerated() {
        isLearned[offset] = true
        journal[offset] = batch.journal[index]
        surprisals[offset] = -batch.logProbabilities[index]
      }
      for module in memory.modules { (module as? any AssociativeModule)?.write(batch) }
      memory.hasUnsavedChanges = true
      memory.state.updated = max(memory.state.updated, event.provenance.time)
    }
    modules.write(event, isLearned: isLearned, journal: journal, surprisals: surprisals)
    return used
  }

  /// The pairs of some tokens, noted in the journal.
  private func batch(_ used: [Int], raw: [[Float]], of event: CommitEvent) -> WriteBatch {
    var raw = raw
    let hidden = raw.removeLast()
    let keys = memory.adapter.keys.keys(raw, rows: used.count)
    let tokens = used.map { event.tokens[$0] }
    let logProbabilities =
      event.logProbabilities.map { known in used.map { known[$0] } }
      ?? session.model.logProbabilities(of: tokens, hidden: hidden, rows: used.count)
    let places =
      note(event, learned: used, surprisals: logProbabilities.map { -$0 })
      ?? [Int](repeating: -1, count: used.count)
    return WriteBatch(
      keys: keys, hidden: hidden, targets: tokens, logProbabilities: logProbabilities,
      journal: places, provenance: event.provenance,
      follows: used.indices.map { index in
        index > 0
          ? used[index] == used[index - 1] + 1
          : used[0] == 0 && memory.state.carried?.wasLearned == true
      })
  }

  /// Writes a commit into the journal; returns the places of the learned tokens, nil without a journal.
  @discardableResult
  private func note(_ event: CommitEvent, learned: [Int], surprisals: [Float]) -> [Int]? {
    guard memory.journal != nil, !event.tokens.isEmpty else { return nil }
    let context = session.tokens[..<min(event.positions.lowerBound, session.tokens.count)]
    let (parent, keep) =
      memory.journal?.parent(of: context, in: event.provenance.conversation) ?? (-1, 0)
    let lead = context[keep...]
    let used = Set(learned)
    let marks =
      lead.map { _ in StreamMark(.mark, isLead: true) }
      + event.tokens.indices.map { index in
        StreamMark(
          event.parts[index], isLearnable: event.learnable[index], isLearned: used.contains(index))
      }
    return memory.state.journal?.append(
      JournalRecord(
        parent: parent, keep: keep, lead: lead.count, count: marks.count,
        endsSegment: event.endsSegment, provenance: event.provenance),
      tokens: lead + event.tokens, marks: marks, surprisals: surprisals)
  }

  /// The activations at a position, per key point and of the final norm: from this session's forward pass, or carried over
  /// from the commit before.
  private func row(at position: Int, isFirst: Bool) -> [[Float]]? {
    if position >= 0, let row = modules.plainRows(at: [position]) { return row }
    guard isFirst, let carried = memory.state.carried else { return nil }
    return carried.raw + [carried.hidden]
  }

  /// Keeps the last committed position's activations: the next commit of the same conversation begins with its pair.
  private func carry(_ event: CommitEvent, wasLearned: Bool) {
    guard !event.positions.isEmpty,
      var row = row(at: event.positions.upperBound - 1, isFirst: false)
    else { return }
    let hidden = row.removeLast()
    memory.state.carried = CarriedRow(
      conversation: event.provenance.conversation, raw: row, hidden: hidden, wasLearned: wasLearned)
  }
}

extension TransformerModel {
  /// log p(token | hidden state) under the plain model, nats.
  ///
  /// - Parameter hidden: final hidden states after the norm, [rows, width].
  package func logProbabilities(of tokens: [Int32], hidden: [Float], rows: Int) -> [Float] {
    let vocabulary = configuration.vocabularySize
    let width = configuration.width
    var result: [Float] = []
    let block = 128
    var logits = [Float](repeating: 0, count: min(rows, block) * vocabulary)
    for start in stride(from: 0, to: rows, by: block) {
      let count = min(block, rows - start)
      hidden.withUnsafeBufferPointer { hidden in
        guard let base = hidden.baseAddress else { return }
        unembed(base + start * width, rows: count, into: &logits)
      }
      logits.withUnsafeBufferPointer { logits in
        for row in 0..<count {
          let line = logits[row * vocabulary..<(row + 1) * vocabulary]
          result.append(
            Logits.logProbability(
              of: tokens[start + row], in: UnsafeBufferPointer(rebasing: line)))
        }
      }
    }
    return result
  }
}
