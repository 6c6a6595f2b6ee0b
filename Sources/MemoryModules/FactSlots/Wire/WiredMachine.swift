import Memory
import ModelFiles
import Transformer

/// A machine's memory that trained wires connect to the model: it learns tokens as they are told, and in an answer its read head
/// says which come next.
///
/// It speaks from the first token of an answer on, or not at all, and no more once it fell silent or once something else was said
/// than what its head points at: after a value has been said the model goes on by itself.
final class WiredMachine<Cell: SlotCell> {
  let wire: MachineWire
  var state: State { didSet { readable = nil } }
  /// Places in the journal of what does not hold any more.
  var retired: Set<Int> = [] { didSet { if retired != oldValue { readable = nil } } }
  private var readable: WiredSlots?
  private var attachments: [Attachment] = []
  private var marks: SentenceMarks
  private let vocabularySize: Int

  /// Tokens that a reading names at most.
  private static var voices: Int { 32 }

  /// What was learned.
  struct State: Sendable, Equatable {
    var slots: WiredSlots
    /// What is being told: a sentence's mean is known at its end.
    var open = OpenSentence()
  }

  private struct Attachment { weak var value: WireAttachment? }

  init(_ wire: MachineWire, context: ModuleContext) {
    self.wire = wire
    state = State(slots: WiredSlots(wire.wiring))
    marks = SentenceMarks(context)
    vocabularySize = context.vocabularySize
  }

  var isEmpty: Bool { state.slots.count == 0 }
  var stateBytes: Int { state.slots.stateBytes }

  var tap: HookPoint { .block(wire.wiring.layer, .ln1) }

  private var current: WiredSlots {
    if let readable { return readable }
    let current = state.slots.read(without: retired)
    readable = current
    return current
  }

  func join(_ pass: ForwardPass) {
    attachments.removeAll { $0.value == nil }
    // The pass holds it, by its hook.
    let attachment = WireAttachment(pass, tap: tap, width: wire.width)
    attachments.append(Attachment(value: attachment))
  }

  // MARK: - Learning

  /// A slot for each token that is learned, once its sentence has ended.
  func write(_ commit: CommittedRows) {
    let rows = commit.rows(at: tap)
    let width = wire.width
    func row(_ index: Int) -> ArraySlice<Float> { rows[index * width..<(index + 1) * width] }
    for (index, position) in commit.positions.enumerated() {
      if position != state.open.end { close() }
      // Rows before the commit's own stand first.
      let place = commit.lead + index
      guard commit.isLearned[index], place > 0 else { continue }
      let token = commit.tokens[position]
      state.open.append(
        token, journal: commit.journal[index], before: row(place - 1), own: row(place),
        at: position)
      if marks.ends(token) || state.open.tokens.count == OpenSentence.longest { close() }
    }
  }

  func endSegment() {
    close()
    state.slots.endSegment()
  }

  /// Gives each token of the open sentence its slot.
  private func close() {
    write(state.open, to: &state.slots)
    state.open = OpenSentence()
  }

  /// Removes the sentences that hold tokens of some places in the journal.
  ///
  /// - Returns: how many slots there were.
  func forget(_ places: (Int) -> Bool) -> Int {
    close()
    return state.slots.forget(places)
  }

  func remapJournal(_ newIndex: (Int) -> Int?) { state.slots.remap(newIndex) }

  /// Adds another's slots after these.
  func unite(with other: WiredMachine, journal place: Int?) {
    state.slots.unite(with: other.settled, journal: place)
  }

  /// The slots, with those that the open sentence would get if it ended here.
  private var settled: WiredSlots {
    var settled = state.slots
    write(state.open, to: &settled)
    settled.endSegment()
    return settled
  }

  /// Adds the slots to a file (`WiredSlots`).
  func save(as prefix: String, into writer: inout SafetensorsWriter) {
    settled.save(as: prefix, into: &writer)
  }

  func load(_ prefix: String, from file: SafetensorsFile) throws(MemoryError) {
    var slots = WiredSlots(wire.wiring)
    try slots.load(prefix, from: file, vocabularySize: vocabularySize)
    state = State(slots: slots)
  }

  private func write(_ sentence: OpenSentence, to slots: inout WiredSlots) {
    guard !sentence.tokens.isEmpty else { return }
    let width = wire.width
    let mean = Self.mean(sentence.own, width: width)
    var begins = true
    for (index, token) in sentence.tokens.enumerated() {
      let before = sentence.before[index * width..<(index + 1) * width]
      guard mean.allSatisfy(\.isFinite), before.allSatisfy(\.isFinite) else {
        slots.rejected += 1
        continue
      }
      slots.write(
        wire.content(row: before, mean: mean), token: token, journal: sentence.journal[index],
        begins: begins)
      begins = false
    }
  }

  /// The mean of some rows, [rows, width].
  private static func mean(_ rows: [Float], width: Int) -> [Float] {
    var sum = [Float](repeating: 0, count: width)
    for (index, value) in rows.enumerated() { sum[index % width] += value }
    return sum.map { $0 / Float(max(1, rows.count / width)) }
  }

  // MARK: - Reading

  /// What the head says at rows of an answer; nil elsewhere.
  func read(_ text: TextWindow) -> [Reading?] {
    let silence = [Reading?](repeating: nil, count: text.positions.count)
    guard let start = text.mode.answerStart, start > 0, let last = text.positions.last,
      last >= start - 1, !isEmpty, case .answer(_, let question) = text.mode,
      let session = attachments.lazy.compactMap(\.value).first(where: { $0.isOf(text) }),
      !session.isSilent(start, at: text.positions),
      let asked = session.rows(question.clamped(to: 0..<start)), !asked.isEmpty,
      let rows = session.rows(start - 1..<last + 1)
    else { return silence }
    let width = wire.width
    let mean = Self.mean(asked, width: width)
    let memory = current
    guard memory.count > 0 else { return silence }
    var head = MachineWire.Head<Cell>()
    var readings: [Int: Reading] = [:]
    for position in start - 1...last {
      let place = (position - start + 1) * width
      let logit = head.step(
        rows[place..<place + width], mean: mean, over: memory.contents, by: wire)
      guard logit > 0, logit.isFinite, let weights = head.weights else {
        session.fallSilent(start, from: position)
        break
      }
      let shares = memory.shares(weights, limit: Self.voices)
      if text.positions.contains(position) {
        readings[position] = reading(weights, memory, shares, opening: logit.sigmoid)
      }
      // The model goes its own way: what the head says next would not follow from it.
      if position < last, text.tokens[position + 1] != shares.first?.token {
        session.fallSilent(start, from: position + 1)
        break
      }
    }
    return text.positions.map { readings[$0] }
  }

  private func reading(
    _ weights: [Float], _ memory: WiredSlots, _ shares: [(token: Int32, weight: Float)],
    opening: Float
  ) -> Reading {
    let total = shares.reduce(0) { $0 + $1.weight }
    let order = weights.indices.sorted { (weights[$0], $1) > (weights[$1], $0) }.prefix(3)
    return Reading(
      distribution: .sparse(
        tokens: shares.map(\.token), probabilities: shares.map { $0.weight / total }),
      features: [Float](repeating: 0, count: EpisodicMemory.featureNames.count),
      votes: order.filter { memory.journal[$0] >= 0 }.map {
        .init(journal: memory.journal[$0], token: memory.tokens[$0], weight: weights[$0])
      }, opening: opening)
  }
}

/// A sentence that has not ended yet.
struct OpenSentence: Sendable, Equatable {
  var tokens: [Int32] = []
  var journal: [Int] = []
  /// The row before each token, and its own, [tokens, width].
  var before: [Float] = []
  var own: [Float] = []
  /// The position behind the last token; nil while there is none.
  var end: Int?

  /// Tokens after which a sentence ends where no mark ends it.
  static var longest: Int { 64 }

  mutating func append(
    _ token: Int32, journal place: Int, before row: ArraySlice<Float>, own: ArraySlice<Float>,
    at position: Int
  ) {
    tokens.append(token)
    journal.append(place)
    before += row
    self.own += own
    end = position + 1
  }
}

/// The rows of one session that a wired machine reads: those of its question and of its answer so far.
final class WireAttachment {
  private let session: SessionView
  private let width: Int
  private var pending: PendingRows
  /// Where the answer begins in which nothing is said any more, and the first position of that: it follows from the tokens up to
  /// there.
  private var silence: (start: Int, from: Int)?

  init(_ pass: ForwardPass, tap: HookPoint, width: Int) {
    session = pass.view
    self.width = width
    pending = PendingRows(columns: [width])
    pass.read([tap]) { context, values in
      self.observe(context.positions.lowerBound, values)
    }
  }

  private func observe(_ first: Int, _ values: Span<Float>) {
    if let silence, first <= silence.from { self.silence = nil }
    // Nothing before the committed tokens comes again.
    pending.drop(before: min(first, session.committed))
    pending.store(tap: 0, position: first, values: values)
  }

  /// Whether a text is this session's.
  func isOf(_ text: TextWindow) -> Bool {
    text.tokens.count == session.tokens.count && text.tokens == session.tokens
  }

  /// Rows at positions, [positions, width]; nil when they are not all known.
  func rows(_ positions: Range<Int>) -> [Float]? { pending.values(tap: 0, positions: positions) }

  /// Whether nothing is said at any of these positions of the answer that begins at `start`.
  func isSilent(_ start: Int, at positions: [Int]) -> Bool {
    guard let silence, silence.start == start else { return false }
    return positions.allSatisfy { $0 >= silence.from }
  }

  func fallSilent(_ start: Int, from position: Int) { silence = (start, position) }
}
