import Memory
import Tensors
import Transformer

/// A wired memory at work in one session: its hooks, and the activations they need between calls.
///
/// What reads use is M as of the last segment's end, so no read sees a write of its own or a later token, and a layer's
/// input is read before that layer is edited, so what is written is what the plain model computes there (`context` writes
/// it too, and not attention's output as eq. 24 does, because the memory has already changed that).
final class NeuralAttachment {
  private let memory: WiredNeuralMemory
  private let wiring: NeuralWiring
  private let session: SessionView
  private var pending: PendingRows
  /// The rows of the current pass, and the queries made of them.
  private var x: [Float] = []
  private var queries: [Float] = []
  private var asked: [Float] = []  // the same before they are brought to length
  private var segments: NeuralSegments

  private init(_ memory: WiredNeuralMemory, _ session: SessionView) {
    self.memory = memory
    wiring = memory.wiring
    self.session = session
    pending = PendingRows(columns: [wiring.width])
    segments = NeuralSegments(plan: wiring.plan, columns: wiring.keyColumns)
  }

  /// Wires a memory into a session.
  static func join(_ memory: WiredNeuralMemory, _ pass: ForwardPass) {
    let attachment = NeuralAttachment(memory, pass.view)
    let wiring = memory.wiring
    let layer = wiring.plan.layer
    pass.read([.block(layer, .ln1)]) { context, values in attachment.observe(context, values) }
    let edited: HookPoint = .block(layer, wiring.plan.kind == .layer ? .ln1 : .attnOut)
    pass.edit([edited]) { context, values in
      attachment.edit(&values, at: context.positions.lowerBound)
    }
    if wiring.persistentCount > 0 {
      pass.extendAttention(layer: layer) { _ in attachment.persistentRows() }
    }
    if wiring.plan.kind == .context, wiring.contextKey != nil, wiring.contextValue != nil {
      for segment in 0..<pass.contextLength / wiring.plan.segmentLength {
        pass.extendAttention(layer: layer) { _ in attachment.contextRows(of: segment) }
      }
    }
  }

  // MARK: - Forward pass

  /// Takes the layer's input in.
  private func observe(_ context: HookContext, _ values: Span<Float>) {
    let first = context.positions.lowerBound
    // Nothing before the committed tokens comes again but what convolutions reach back to.
    pending.drop(before: min(first, session.committed) - wiring.reach)
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

  /// The first position whose row the memory may change: a prompt is read as the plain model reads it, but for its last
  /// token, whose logits choose the first of the answer.
  private var voiceStart: Int { session.mode.answerStart.map { max(0, $0 - 1) } ?? 0 }

  /// Mixes what the memory recalls into an activation of the same rows, of which the first stands at `position`.
  private func edit(_ values: inout MutableSpan<Float>, at position: Int) {
    let silent = max(0, voiceStart - position)
    guard !memory.isEmpty, x.count == values.count, silent * wiring.width < values.count else {
      return
    }
    var queries = queries
    if wiring.plan.kind == .context {
      var y: [Float] = []
      y.reserveCapacity(values.count)
      for index in 0..<values.count { y.append(values[index]) }
      queries = wiring.secondQueries(y, asked: asked)
    }
    let gates = wiring.gates(Array(x[(silent * wiring.width)...]))
    guard wiring.isOpen(gates),
      let recalled = memory.recall(Array(queries[(silent * wiring.keyColumns)...]))
    else { return }
    wiring.join(recalled, gates: gates, into: &values, from: silent)
  }

  private func persistentRows() -> ExtraKeyValues? {
    guard !memory.isEmpty else { return nil }
    var rows = ExtraKeyValues(
      count: wiring.persistentCount, keys: wiring.persistentKeys, values: wiring.persistentValues)
    if voiceStart > 0 { rows?.visibleFrom = voiceStart }
    return rows
  }

  /// What the memory recalls of a finished segment, for the positions after it.
  private func contextRows(of segment: Int) -> ExtraKeyValues? {
    guard !memory.isEmpty, wiring.contextBias > -30,
      let contextKey = wiring.contextKey, let contextValue = wiring.contextValue,
      var queries = segments.queries(of: segment)
    else { return nil }
    wiring.normalizeHeads(&queries)
    guard let recalled = memory.recall(queries), recalled.allSatisfy(\.isFinite) else { return nil }
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
    let tail = memory.tail.flatMap { $0.fits(session.tokens) ? $0 : nil }
    var known: [[Float]] = []
    var place = position - 1
    while place >= 0, known.count < wiring.reach {
      guard
        let row = pending.values(tap: 0, positions: [place]) ?? tail?.row(at: place, width: width)
      else { break }
      known.append(row)
      place -= 1
    }
    return Array(known.reversed().joined())
  }
}
