public import Memory
import Tensors
public import Transformer

/// A wired memory at work in one session: its hooks, and the activations they need between calls.
///
/// What reads use is M as of the last segment's end, so no read sees a write of its own or a later token, and a layer's
/// input is read before that layer is edited, so what is written is what the plain model computes there (`context` writes
/// it too, and not attention's output as eq. 24 does, because that has already heard the memory).
final class NeuralAttachment {
  private let memory: NeuralMemory
  private let wiring: NeuralWiring
  private weak var session: TransformerSession?
  private var pending: PendingRows
  /// The rows of the current pass, and the queries made of them.
  private var x: [Float] = []
  private var queries: [Float] = []
  private var asked: [Float] = []  // the same before they are brought to length
  private var segments: NeuralSegments

  private init(_ memory: NeuralMemory, _ wiring: NeuralWiring, _ session: TransformerSession) {
    self.memory = memory
    self.wiring = wiring
    self.session = session
    pending = PendingRows(columns: [wiring.width])
    segments = NeuralSegments(plan: wiring.plan, columns: wiring.keyColumns)
  }

  /// Wires a memory into a session.
  static func install(
    _ memory: NeuralMemory, _ wiring: NeuralWiring, in host: ModuleHost
  ) -> [HookHandle] {
    let attachment = NeuralAttachment(memory, wiring, host.session)
    let hooks = host.session.hooks
    let layer = wiring.plan.layer
    var handles: [HookHandle] = []
    switch wiring.plan.kind {
    case .layer:
      handles.append(
        hooks.read([.block(layer, .ln1)]) { context, values in
          attachment.observe(context, values)
        })
      handles.append(
        hooks.edit([.block(layer, .ln1)]) { context, values in
          attachment.edit(&values, at: context.positions.lowerBound)
        })
    case .gate, .context:
      handles.append(
        hooks.read([.block(layer, .ln1)]) { context, values in
          attachment.observe(context, values)
        })
      handles.append(
        hooks.edit([.block(layer, .attnOut)]) { context, values in
          attachment.edit(&values, at: context.positions.lowerBound)
        })
    }
    if wiring.persistentCount > 0 {
      handles.append(hooks.extendAttention(layer: layer) { _ in attachment.persistentRows() })
    }
    if wiring.plan.kind == .context, wiring.contextKey != nil, wiring.contextValue != nil {
      for segment in 0..<host.session.contextLength / wiring.plan.segmentLength {
        handles.append(
          hooks.extendAttention(layer: layer) { _ in attachment.contextRows(of: segment) })
      }
    }
    if !host.isReadOnly {
      handles.append(hooks.onCommit { event in attachment.commit(event) })
    }
    return handles
  }

  // MARK: - Forward pass

  /// Takes the layer's input in.
  private func observe(_ context: HookContext, _ values: Span<Float>) {
    let first = context.positions.lowerBound
    pending.store(tap: 0, position: first, values: values)
    guard wiring.plan.kind == .context || !memory.isEmpty else { return }
    let past = history(before: first)
    x = past
    x.reserveCapacity(past.count + values.count)
    for index in 0..<values.count { x.append(values[index]) }
    asked = wiring.project(x, history: past.count / wiring.width, wiring.query)
    queries = asked
    wiring.normalizeHeads(&queries)
    x.removeFirst(past.count)
    if wiring.plan.kind == .context { segments.store(queries, from: first) }
  }

  /// The first position at which the memory speaks: a prompt is read as the plain model reads it, its last token aside,
  /// which says what comes first in the answer.
  private var voiceStart: Int { session?.mode.answerStart.map { max(0, $0 - 1) } ?? 0 }

  /// Mixes what the memory recalls into an activation of the same rows, of which the first stands at `position`.
  private func edit(_ values: inout MutableSpan<Float>, at position: Int) {
    let silent = max(0, voiceStart - position)
    guard let readable = memory.readable, x.count == values.count,
      silent * wiring.width < values.count
    else { return }
    var queries = queries
    if wiring.plan.kind == .context {
      var y: [Float] = []
      y.reserveCapacity(values.count)
      for index in 0..<values.count { y.append(values[index]) }
      queries = wiring.secondQueries(y, asked: asked)
    }
    let gates = wiring.gates(Array(x[(silent * wiring.width)...]))
    guard wiring.isOpen(gates) else { return }
    let recalled = recall(Array(queries[(silent * wiring.keyColumns)...]), readable)
    wiring.join(recalled, gates: gates, into: &values, from: silent)
  }

  private func recall(_ queries: [Float], _ weights: [NeuralWeights]) -> [Float] {
    let rows = queries.count / wiring.keyColumns
    return wiring.recalled(
      memory.state.learner.forward(queries, count: rows, weights).output)
  }

  private func persistentRows() -> ExtraKeyValues? {
    guard !memory.isEmpty else { return nil }
    var rows = ExtraKeyValues(
      count: wiring.persistentCount, keys: wiring.persistentKeys, values: wiring.persistentValues)
    if voiceStart > 0 { rows?.visibleFrom = voiceStart }
    return rows
  }

  /// What the memory recalls of a finished segment, for the positions behind it.
  private func contextRows(of segment: Int) -> ExtraKeyValues? {
    guard let readable = memory.readable, wiring.contextBias > -30,
      let contextKey = wiring.contextKey, let contextValue = wiring.contextValue,
      var queries = segments.queries(of: segment)
    else { return nil }
    wiring.normalizeHeads(&queries)
    let recalled = recall(queries, readable)
    guard recalled.allSatisfy(\.isFinite) else { return nil }
    let count = wiring.plan.rowsPerSegment
    func project(_ weights: [Float]) -> [Float] {
      LinearAlgebra.product(
        recalled, weights, m: count, n: wiring.attentionColumns, k: wiring.width)
    }
    var rows = ExtraKeyValues(
      count: count, keys: project(contextKey), values: project(contextValue),
      logBias: [Float](repeating: wiring.contextBias, count: count))
    rows?.visibleFrom = max((segment + 1) * wiring.plan.segmentLength, voiceStart)
    return rows
  }

  /// The rows before a position that a convolution reaches, as many as are known, [rows, width].
  private func history(before position: Int) -> [Float] {
    let width = wiring.width
    var known: [[Float]] = []
    var place = position - 1
    while place >= 0, known.count < wiring.reach {
      if let row = pending.values(tap: 0, positions: [place]) {
        known.append(row)
      } else if let tail = matchingTail, place < tail.end, place >= tail.end - tail.tokens.count {
        let index = tail.tokens.count - (tail.end - place)
        known.append(Array(tail.rows[index * width..<(index + 1) * width]))
      } else {
        break
      }
      place -= 1
    }
    return Array(known.reversed().joined())
  }

  /// The state's tail if it belongs to the text of this session.
  private var matchingTail: NeuralTail? {
    guard let tail = memory.state.tail, let tokens = session?.tokens, tail.end <= tokens.count,
      tokens[(tail.end - tail.tokens.count)..<tail.end].elementsEqual(tail.tokens)
    else { return nil }
    return tail
  }

  // MARK: - Commit

  private func commit(_ event: CommitEvent) {
    let first = max(event.positions.lowerBound, pending.start)
    let end = min(event.positions.upperBound, pending.end)
    if first < end, let rows = pending.values(tap: 0, positions: Array(first..<end)) {
      write(rows, from: first, of: event)
      keepTail(end: end)
    }
    pending.drop(before: event.positions.upperBound - wiring.reach)
    if event.endsSegment { memory.endSegment() }
  }

  private func write(_ rows: [Float], from first: Int, of event: CommitEvent) {
    let offset = first - event.positions.lowerBound
    let learned = event.learnable.indices.dropFirst(offset).filter {
      event.learnable[$0] && $0 - offset < rows.count / wiring.width
    }
    guard !learned.isEmpty else { return }
    let past = history(before: first)
    let history = past.count / wiring.width
    let keys = wiring.directions(past + rows, history: history, wiring.key)
    let values = wiring.project(past + rows, history: history, wiring.value)
    let gates = wiring.tokenGates(rows)
    let isMasked = memory.isMasked(event.provenance)
    for index in learned {
      let row = index - offset
      var pair = NeuralChunk()
      pair.keys = Self.row(row, of: keys, columns: wiring.keyColumns)
      pair.hidden = Self.row(row, of: values, columns: wiring.valueColumns)
      pair.targets = [event.tokens[index]]
      // Nobody has asked the model yet what it expected here: an average token.
      pair.surprisals = [memory.configuration.referenceSurprisal]
      pair.journal = [-1]
      if wiring.hasTokenGates { pair.gates = Self.row(row, of: gates, columns: 3) }
      memory.append(pair, isMasked: isMasked)
    }
  }

  private static func row(_ row: Int, of values: [Float], columns: Int) -> [Float] {
    Array(values[row * columns..<(row + 1) * columns])
  }

  private func keepTail(end: Int) {
    guard wiring.reach > 0, let tokens = session?.tokens, end <= tokens.count else { return }
    let rows = history(before: end)
    let count = rows.count / wiring.width
    memory.state.tail = NeuralTail(end: end, tokens: Array(tokens[(end - count)..<end]), rows: rows)
  }
}

extension NeuralMemory {
  public func install(in host: ModuleHost) -> [HookHandle] {
    let own = wiring.map { NeuralAttachment.install(self, $0, in: host) } ?? []
    return own + (companion?.install(in: host) ?? [])
  }
}
