import Foundation
import Tensors
import Tokenization
public import Transformer

/// A memory plugged into a session's hooks.
///
/// Reading: at each selected row of logits every module that holds something is asked, its gate decides, and what it says
/// is mixed in (`SessionMixer`). Writing: at a commit, the pairs (key at a position, next token) whose next token is
/// learnable are handed to the modules; keys and hidden states are those of the plain model, so a memory never feeds on
/// itself.
public final class AttachedMemory {
  /// The memory.
  public let memory: DetachableMemory
  /// Whether commits are ignored.
  public let isReadOnly: Bool
  /// What was mixed in since the last `clearContributions`, oldest first.
  public private(set) var contributions: [MemoryContribution] = []

  private let session: TransformerSession
  private var handles: [HookHandle] = []
  private var mixer: SessionMixer?
  private var pending: PendingRows
  /// The key points, then the final hidden state, all as the plain model has them.
  private let taps: [HookPoint]

  /// Attaches `memory` to `session`.
  ///
  /// - Throws: `MemoryError.wrongModel`, `.kinModel` for writing with kin, or `.alreadyAttached` when it is attached for writing elsewhere.
  init(
    _ memory: DetachableMemory, to session: TransformerSession, readOnly: Bool
  ) throws(MemoryError) {
    try memory.check(ModelFingerprint(of: session.model), readOnly: readOnly)
    guard !memory.isAttached || readOnly else { throw .alreadyAttached(name: memory.name) }
    self.memory = memory
    self.session = session
    isReadOnly = readOnly
    taps = memory.adapter.keys.points + [.lnFinal]
    // One more row for the final hidden state as it is heard, wired memories included.
    pending = PendingRows(
      columns: (taps + [.lnFinal]).map { $0.columns(in: session.model.configuration) })
    if !readOnly { memory.isAttached = true }
    handles.append(
      session.hooks.read([.lnFinal]) { [weak self, heard = taps.count] context, values in
        self?.pending.store(tap: heard, position: context.positions.lowerBound, values: values)
      })
    for (index, point) in taps.enumerated() {
      handles.append(
        session.hooks.readPlain([point]) { [weak self] context, values in
          self?.pending.store(tap: index, position: context.positions.lowerBound, values: values)
        })
    }
    mixer = SessionMixer.add(self, to: session)
    handles.append(session.hooks.onCommit { [weak self] event in self?.commit(event) })
    let host = ModuleHost(session: session, isReadOnly: readOnly)
    for module in memory.modules { handles += module.install(in: host) }
  }

  deinit { detach() }

  /// Removes the hooks; the session's logits are the plain model's again, bit for bit.
  public func detach() {
    guard !handles.isEmpty else { return }
    for handle in handles { handle.remove() }
    handles.removeAll()
    mixer?.remove(self, from: session)
    mixer = nil
    pending.clear()
    if !isReadOnly { memory.isAttached = false }
  }

  /// A copy of the memory's state.
  public func snapshot() -> MemorySnapshot { memory.snapshot() }

  /// Returns the memory to a snapshot, exactly.
  public func restore(_ snapshot: MemorySnapshot) { memory.restore(snapshot) }

  /// Forgets what `contributions` holds.
  public func clearContributions() { contributions.removeAll() }

  // MARK: - Reading

  /// Notes what a module said, for `/why`.
  func record(
    _ kind: ModuleKind, reading: Reading, votes: [Reading.Vote], gate: Float, position: Int
  ) {
    guard contributions.count < 4096, let top = reading.top else { return }
    let journal = memory.journal
    let sources = votes.prefix(3).compactMap { vote -> MemoryContribution.Source? in
      guard let journal, let provenance = journal.provenance(of: vote.journal) else { return nil }
      return .init(
        weight: vote.weight, provenance: provenance,
        excerpt: excerpt(journal.stretch(around: vote.journal)))
    }
    contributions.append(
      MemoryContribution(
        position: position, module: kind, gate: gate, token: top.token,
        probability: exp(top.logProbability), sources: sources))
  }

  private func excerpt(_ tokens: ArraySlice<Int32>) -> String {
    memory.tokenizer?.decode(Array(tokens)) ?? ""
  }

  /// The position from which on a module may ask for keys when a row is read.
  private func leadStart(of position: Int) -> Int {
    let lookback =
      memory.modules.map { max($0.lookback(isAnswer: true), $0.lookback(isAnswer: false)) }.max()
      ?? 1
    return position - max(0, position) % max(1, lookback)
  }

  /// Keys of the positions before one, back to the last multiple of a module's lookback: all that are still known without
  /// a gap.
  func leadKeys(before position: Int, lookback: Int) -> [Float] {
    guard lookback > 1 else { return [] }
    for start in (position - position % lookback)..<position {
      if let (keys, _) = keysAndHidden(at: Array(start..<position)) { return keys }
    }
    return []
  }

  /// The tokens around some positions.
  func text(at positions: [Int]) -> TextWindow {
    TextWindow(tokens: session.tokens, positions: positions, mode: session.mode)
  }

  /// Keys of the plain model and hidden states as they are heard at some positions; nil when they are not all known.
  func keysAndHidden(at positions: [Int]) -> (keys: [Float], hidden: [Float])? {
    var raw: [[Float]] = []
    for tap in taps.indices {
      guard let values = pending.values(tap: tap, positions: positions) else { return nil }
      raw.append(values)
    }
    raw.removeLast()
    guard let heard = pending.values(tap: taps.count, positions: positions) else { return nil }
    return (memory.adapter.keys.keys(raw, rows: positions.count), heard)
  }

  // MARK: - Writing

  private func commit(_ event: CommitEvent) {
    defer { pending.drop(before: leadStart(of: event.positions.upperBound - 1)) }
    guard !isReadOnly else { return }
    let conversation = event.provenance.conversation
    if memory.carried?.conversation != conversation { memory.carried = nil }
    memory.takeCheckpoint(beforeContextOf: event.positions.lowerBound)
    memory.tokensSeen += event.tokens.count
    let written = write(event.tokens.indices.filter { event.learnable[$0] }, of: event)
    carry(event, wasLearned: written.last == event.tokens.count - 1)
    if event.endsSegment { for module in memory.modules { module.endSegment() } }
  }

  /// Hands pairs to the modules; returns the offsets of those whose key is known.
  private func write(_ targets: [Int], of event: CommitEvent) -> [Int] {
    var raw: [[Float]] = taps.map { _ in [] }
    var used: [Int] = []
    for offset in targets {
      let position = event.positions.lowerBound + offset - 1
      if let row = row(at: position, isFirst: offset == 0) {
        for tap in taps.indices { raw[tap].append(contentsOf: row[tap]) }
        used.append(offset)
      }
    }
    guard !used.isEmpty else {
      note(event, learned: [], surprisals: [])
      return []
    }
    let hidden = raw.removeLast()
    let keys = memory.adapter.keys.keys(raw, rows: used.count)
    let tokens = used.map { event.tokens[$0] }
    let logProbabilities = session.model.logProbabilities(
      of: tokens, hidden: hidden, rows: used.count)
    let places =
      note(event, learned: used, surprisals: logProbabilities.map { -$0 })
      ?? [Int](repeating: -1, count: used.count)
    let batch = WriteBatch(
      keys: keys, hidden: hidden, targets: tokens, logProbabilities: logProbabilities,
      journal: places, provenance: event.provenance,
      follows: used.indices.map { index in
        index > 0
          ? used[index] == used[index - 1] + 1
          : used[0] == 0 && memory.carried?.wasLearned == true
      })
    for module in memory.modules { module.write(batch) }
    memory.hasUnsavedChanges = true
    memory.updated = max(memory.updated, event.provenance.time)
    return used
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
    return memory.journal?.append(
      JournalRecord(
        parent: parent, keep: keep, lead: lead.count, count: marks.count,
        endsSegment: event.endsSegment, provenance: event.provenance),
      tokens: lead + event.tokens, marks: marks, surprisals: surprisals)
  }

  /// The activations at a position: from this session's forward pass, or carried over from the commit before.
  private func row(at position: Int, isFirst: Bool) -> [[Float]]? {
    var row: [[Float]] = []
    for tap in taps.indices {
      guard position >= 0, let values = pending.values(tap: tap, positions: [position]) else {
        guard isFirst, let carried = memory.carried else { return nil }
        return carried.raw + [carried.hidden]
      }
      row.append(values)
    }
    return row
  }

  /// Keeps the last committed position's activations: the next commit of the same conversation begins with its pair.
  private func carry(_ event: CommitEvent, wasLearned: Bool) {
    guard !event.positions.isEmpty,
      var row = row(at: event.positions.upperBound - 1, isFirst: false)
    else { return }
    let hidden = row.removeLast()
    memory.carried = CarriedRow(
      conversation: event.provenance.conversation, raw: row, hidden: hidden, wasLearned: wasLearned)
  }
}

extension DetachableMemory {
  /// Plugs the memory into a session.
  ///
  /// - Parameters:
  ///   - readOnly: whether commits are ignored; a memory may be attached read-only any number of times.
  /// - Throws: `MemoryError.wrongModel`, `.kinModel`, `.alreadyAttached`.
  public func attach(
    to session: TransformerSession, readOnly: Bool = false
  ) throws(MemoryError) -> AttachedMemory {
    try AttachedMemory(self, to: session, readOnly: readOnly)
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
        guard let base = logits.baseAddress else { return }
        for row in 0..<count {
          let line = base + row * vocabulary
          result.append(
            line[Int(tokens[start + row])] - LinearAlgebra.logSumExp(line, count: vocabulary))
        }
      }
    }
    return result
  }
}
