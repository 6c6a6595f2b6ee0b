/// The arguments of a hook besides the activation.
public struct HookContext: Sendable {
  /// The point the hook runs at.
  public let point: HookPoint
  /// The absolute positions of the rows; at `hook_logits` only the selected rows.
  public let positions: Range<Int>
  /// Values per row.
  public let columns: Int
  /// The tokens of the rows.
  public let tokens: [Int32]
}

/// Changes the selected rows of logits after all hooks, on behalf of all memories attached to one session.
package protocol LogitMixer: AnyObject {
  /// Changes the rows, [positions, vocabulary], in place.
  func mix(_ context: HookContext, _ logits: inout MutableSpan<Float>)
}

/// Undoes an attachment; calling `remove` again does nothing.
public final class HookHandle {
  private var action: (() -> Void)?

  init(_ action: @escaping () -> Void) { self.action = action }

  /// Detaches the hook.
  public func remove() {
    action?()
    action = nil
  }
}

/// The hooks attached to one session.
///
/// Hooks at a point run in order of attachment. A point without hooks costs one look-up in an empty table.
public final class HookRegistry {
  /// A hook that reads an activation, [positions, columns].
  public typealias Read = (HookContext, Span<Float>) -> Void
  /// A hook that edits an activation, [positions, columns], in place.
  public typealias Edit = (HookContext, inout MutableSpan<Float>) -> Void

  enum Hook {
    case read(Read)
    case readPlain(Read)
    case edit(Edit)
  }

  /// Which hooks of a point run.
  enum Audience {
    case all
    /// Hooks of `readPlain`, which read the plain model's activations.
    case plainReaders
    /// All others: the plain readers ran already.
    case others
  }

  private struct Entry<Body> {
    let id: Int
    let body: Body
  }

  private var nextID = 0
  private var points: [HookPoint: [Entry<Hook>]] = [:]
  private var providers: [Int: [Entry<(HookContext) -> ExtraKeyValues?>]] = [:]
  private var weights: [ProjectionPoint: [Entry<() -> LowRankUpdate?>]] = [:]
  private var listeners: [Entry<(CommitEvent) -> Void>] = []

  /// While true, hooks only read: edits of activations and logits are skipped.
  private(set) var isObserving = false

  /// Mixes the predictions of all memories of the session into the logits; runs after all hooks at `hook_logits`.
  package var mixer: (any LogitMixer)?

  init() {}

  /// Whether nothing at all is attached to the forward pass.
  public var isEmpty: Bool {
    points.isEmpty && mixer == nil && providers.isEmpty && weights.isEmpty
  }

  /// Whether a hook or extra rows may change activations, not counting logit mixing; `except` names a point to ignore.
  func hasEdits(except point: HookPoint) -> Bool {
    !providers.isEmpty
      || points.contains { place, entries in
        place != point && entries.contains { if case .edit = $0.body { true } else { false } }
      }
  }

  /// Whether any hook edits activations or logits.
  var hasEdits: Bool {
    points.values.contains { entries in
      entries.contains { if case .edit = $0.body { true } else { false } }
    }
  }

  /// Whether anything but logit mixing may change the logits.
  var changesActivations: Bool { !providers.isEmpty || !weights.isEmpty || hasEdits }

  /// Whether a separate plain pass is needed at a point: it has hooks that may change it, and some point has hooks of
  /// `readPlain`.
  func needsPlainPass(at point: HookPoint) -> Bool {
    guard !isObserving, let entries = points[point] else { return false }
    return entries.contains { if case .edit = $0.body { true } else { false } }
      && points.values.contains { entries in
        entries.contains { if case .readPlain = $0.body { true } else { false } }
      }
  }

  /// Runs `body` while hooks only read.
  func observing<T, E: Error>(_ body: () throws(E) -> T) throws(E) -> T {
    let before = isObserving
    isObserving = true
    defer { isObserving = before }
    return try body()
  }

  /// Attaches a hook that reads the rows [positions, columns] at each of `points`.
  public func read(_ points: [HookPoint], _ body: @escaping Read) -> HookHandle {
    attach(.read(body), at: points)
  }

  /// Attaches a hook that reads the rows at each of `points` as the plain model computes them, where they are known: it
  /// does not see what hooks add to the last block's attention, which affects the logits only. It sees changes at
  /// earlier points like any other hook.
  public func readPlain(_ points: [HookPoint], _ body: @escaping Read) -> HookHandle {
    attach(.readPlain(body), at: points)
  }

  /// Attaches a hook that may change the rows at each of `points`; everything after it sees the change.
  public func edit(_ points: [HookPoint], _ body: @escaping Edit) -> HookHandle {
    attach(.edit(body), at: points)
  }

  /// Attaches a source of extra key/value rows for the attention of one block.
  public func extendAttention(
    layer: Int, _ provider: @escaping (HookContext) -> ExtraKeyValues?
  ) -> HookHandle {
    let id = makeID()
    providers[layer, default: []].append(Entry(id: id, body: provider))
    return HookHandle { [weak self] in
      self?.providers[layer]?.removeAll { $0.id == id }
      if self?.providers[layer]?.isEmpty == true { self?.providers[layer] = nil }
    }
  }

  /// Attaches a source of updates of one weight matrix; several at one matrix are summed.
  ///
  /// - Parameter source: called once per pass; nil leaves the matrix as it is.
  public func updateWeights(
    of point: ProjectionPoint, _ source: @escaping () -> LowRankUpdate?
  ) -> HookHandle {
    let id = makeID()
    weights[point, default: []].append(Entry(id: id, body: source))
    return HookHandle { [weak self] in
      self?.weights[point]?.removeAll { $0.id == id }
      if self?.weights[point]?.isEmpty == true { self?.weights[point] = nil }
    }
  }

  /// Attaches a listener to commits.
  public func onCommit(_ body: @escaping (CommitEvent) -> Void) -> HookHandle {
    let id = makeID()
    listeners.append(Entry(id: id, body: body))
    return HookHandle { [weak self] in self?.listeners.removeAll { $0.id == id } }
  }

  private func makeID() -> Int {
    nextID += 1
    return nextID
  }

  private func attach(_ hook: Hook, at targets: [HookPoint]) -> HookHandle {
    let id = makeID()
    for point in targets { points[point, default: []].append(Entry(id: id, body: hook)) }
    return HookHandle { [weak self] in
      guard let self else { return }
      for point in targets {
        self.points[point]?.removeAll { $0.id == id }
        if self.points[point]?.isEmpty == true { self.points[point] = nil }
      }
    }
  }

  // MARK: - Called by the forward pass

  /// Runs the hooks at a point on `rows` x `columns` values.
  func run(
    _ point: HookPoint, _ values: UnsafeMutablePointer<Float>, columns: Int,
    positions: Range<Int>, tokens: ArraySlice<Int32>, for audience: Audience = .all
  ) {
    guard !points.isEmpty, let entries = points[point] else { return }
    let context = HookContext(
      point: point, positions: positions, columns: columns, tokens: Array(tokens))
    let count = positions.count * columns
    for entry in entries {
      switch entry.body {
      case .read(let body):
        if audience == .plainReaders { continue }
        body(context, Span(_unsafeStart: UnsafePointer(values), count: count))
      case .readPlain(let body):
        if audience == .others { continue }
        body(context, Span(_unsafeStart: UnsafePointer(values), count: count))
      case .edit(let body):
        if isObserving || audience == .plainReaders { continue }
        var span = MutableSpan(_unsafeStart: values, count: count)
        body(context, &span)
      }
    }
  }

  /// Runs the mixer on the selected rows of logits.
  func mix(
    _ values: UnsafeMutablePointer<Float>, columns: Int, positions: Range<Int>,
    tokens: ArraySlice<Int32>
  ) {
    guard let mixer, !isObserving else { return }
    let context = HookContext(
      point: .logits, positions: positions, columns: columns, tokens: Array(tokens))
    var span = MutableSpan(_unsafeStart: values, count: positions.count * columns)
    mixer.mix(context, &span)
  }

  /// The extra rows for a block, from all providers.
  func extraRows(layer: Int, context: () -> HookContext) -> [ExtraKeyValues] {
    guard !providers.isEmpty, !isObserving, let entries = providers[layer] else { return [] }
    let context = context()
    return entries.compactMap { $0.body(context) }.filter { $0.count > 0 }
  }

  /// The updates of all weight matrices for one pass.
  func weightUpdates() -> WeightUpdates {
    var updates = WeightUpdates()
    guard !weights.isEmpty, !isObserving else { return updates }
    for (point, entries) in weights {
      for entry in entries {
        if let update = entry.body() { updates.add(update, to: point) }
      }
    }
    return updates
  }

  func announce(_ event: CommitEvent) {
    for listener in listeners { listener.body(event) }
  }
}
