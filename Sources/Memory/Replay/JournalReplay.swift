import Transformer

/// Passes a journal through the model again, commit by commit, so that a memory learns it again.
///
/// Every commit is read with the tokens before it that the journal names as its context, in one pass with its own tokens
/// after them; the same journal gives the same bits.
struct JournalReplay {
  private let journal: Journal
  private let memory: DetachableMemory
  private let session: TransformerSession
  private var attachment: AttachedMemory?
  /// Called with the share of tokens that is done; throws to give up.
  private let progress: (Double) throws -> Void
  /// Facts that were replaced by told facts, by record.
  private(set) var replaced: [(record: Int, facts: [Fact])] = []

  /// A replay into a memory that already holds the journal's first records.
  ///
  /// - Parameter journal: the complete journal of the memory after the replay.
  init(
    _ journal: Journal, into memory: DetachableMemory, progress: @escaping (Double) throws -> Void
  ) {
    self.journal = journal
    self.memory = memory
    self.progress = progress
    let longest = journal.records.reduce(1) { max($0, $1.keep + $1.count) }
    let model = memory.context.model
    session = TransformerSession(
      model: model, contextLength: max(longest, model.configuration.contextLength))
  }

  /// Reads everything from a record on; as `run(_:)`.
  mutating func run(from first: Int) throws -> Int {
    try run(Array(first..<max(first, journal.records.count)))
  }

  /// Reads some records, in order.
  ///
  /// - Returns: the tokens that passed through the model.
  /// - Throws: `MemoryError`, `TransformerError`, and what `progress` throws; the memory is then incomplete and must be
  ///   discarded.
  mutating func run(_ records: [Int]) throws -> Int {
    defer { attachment?.detach() }
    attachment = try memory.attach(to: session)
    let total = max(1, records.reduce(0) { $0 + journal.records[$1].count })
    var done = 0
    var numbers: [Int] = []  // fact numbers before each record
    for index in records {
      try progress(Double(done) / Double(total))
      let record = journal.records[index]
      numbers.append(memory.factMemory?.nextFact ?? 0)
      try prepare(record)
      try read(record)
      if let fact = record.fact {
        let start = max(0, numbers.count - fact.records)
        let settled = memory.settle(
          from: numbers[start], text: fact.text, answer: fact.factAnswer,
          records: min(fact.records, numbers.count))
        let gone = memory.facts(settled?.replaced ?? [])
        if !gone.isEmpty { replaced.append((index, gone)) }
      }
      done += record.count
    }
    try progress(1)
    return done
  }

  /// Brings the session to the position at which a record's own tokens begin.
  private mutating func prepare(_ record: JournalRecord) throws {
    let context =
      (record.parent < 0 ? [] : Array(journal.context(through: record.parent).prefix(record.keep)))
      + journal.stream[record.start..<record.start + record.lead]
    guard !context.isEmpty else { return session.reset() }
    guard session.tokens != context else { return }
    // Context tokens were learned before or are not to be learned, so the memory is detached meanwhile.
    attachment?.detach()
    session.truncate(to: session.tokens.commonPrefix(with: context))
    let rest = Array(context[session.tokens.count...])
    if !rest.isEmpty { _ = try session.forward(rest, logits: .none) }
    if session.committed < session.tokens.count {
      try session.commit(
        through: session.tokens.count, provenance: record.provenance,
        learnable: Array(repeating: false, count: session.tokens.count - session.committed),
        endsSegment: true)
    }
    attachment = try memory.attach(to: session)
  }

  /// Reads and commits a record's own tokens.
  private func read(_ record: JournalRecord) throws {
    let own = Array(journal.stream[record.own])
    guard !own.isEmpty else { return }
    let marks = journal.marks[record.own]
    _ = try session.forward(own, logits: .none)
    try session.commit(
      through: session.tokens.count, provenance: record.provenance,
      learnable: marks.map(\.isLearnable), parts: marks.map(\.part),
      endsSegment: record.endsSegment)
  }
}

extension Array {
  /// The element at an index, nil outside.
  subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
