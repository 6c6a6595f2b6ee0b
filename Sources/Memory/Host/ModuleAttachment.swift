package import Transformer

/// The modules of a memory in one session: the activations they read, and their hooks in the forward pass.
///
/// One table holds the plain model's rows of all taps for the tokens that are not committed yet.
package final class ModuleAttachment {
  private let modules: [any MemoryModule]
  private let session: TransformerSession
  /// The hook points that are recorded, each once: those of keys first, then the final hidden state, then those of
  /// modules.
  private let taps: [HookPoint]
  private let places: [HookPoint: Int]
  /// Taps, then the final hidden state as it is after hooks edited the pass.
  private var pending: PendingRows
  private var handles: [HookHandle] = []
  private let pass: ForwardPass
  /// The taps of the points keys are made of, then of the final hidden state.
  private let keyTaps: [Int]

  /// Attaches modules to a session.
  ///
  /// - Parameters:
  ///   - keys: the points keys are made of; empty when no module uses keys.
  ///   - isReadOnly: whether the modules are only read.
  package init(
    _ modules: [any MemoryModule], keys: [HookPoint], to session: TransformerSession,
    isReadOnly: Bool
  ) {
    self.modules = modules
    self.session = session
    var taps: [HookPoint] = []
    var places: [HookPoint: Int] = [:]
    let learned =
      isReadOnly ? [] : modules.flatMap { ($0 as? any ActivationLearner)?.taps ?? [] }
    for point in keys + [.lnFinal] + learned where places[point] == nil {
      places[point] = taps.count
      taps.append(point)
    }
    self.taps = taps
    self.places = places
    keyTaps = (keys + [.lnFinal]).compactMap { places[$0] }
    pending = PendingRows(
      columns: (taps + [.lnFinal]).map { $0.columns(in: session.model.configuration) })
    pass = ForwardPass(session)
    handles.append(
      session.hooks.read([.lnFinal]) { [weak self, last = taps.count] context, values in
        self?.pending.store(tap: last, position: context.positions.lowerBound, values: values)
      })
    for (index, point) in taps.enumerated() {
      handles.append(
        session.hooks.readPlain([point]) { [weak self] context, values in
          self?.pending.store(tap: index, position: context.positions.lowerBound, values: values)
        })
    }
    for module in modules {
      (module as? any ForwardModule)?.join(pass)
      if let module = module as? any WeightModule { updateWeights(by: module) }
    }
  }

  private func updateWeights(by module: any WeightModule) {
    let view = SessionView(
      session, facts: modules.lazy.compactMap { $0 as? any FactMemory }.first)
    for projection in module.projections {
      handles.append(
        session.hooks.updateWeights(of: projection) { module.update(of: projection, in: view) })
    }
  }

  /// What the modules showed the attention of the last answer.
  package var shown: [ShownContents] { pass.shown }

  /// Removes all hooks.
  package func leave() {
    pass.leave()
    for handle in handles { handle.remove() }
    handles.removeAll()
    pending.clear()
  }

  // MARK: - Rows

  /// The plain model's activations at the key points and the final norm at some positions, per point [positions, columns];
  /// nil when they are not all known.
  package func plainRows(at positions: [Int]) -> [[Float]]? {
    var raw: [[Float]] = []
    for tap in keyTaps {
      guard let values = pending.values(tap: tap, positions: positions) else { return nil }
      raw.append(values)
    }
    return raw
  }

  /// Final hidden states after the norm as hooks left them, [positions, width]; nil when they are not all known.
  package func editedHidden(at positions: [Int]) -> [Float]? {
    pending.values(tap: taps.count, positions: positions)
  }

  // MARK: - Commits

  /// Hands committed rows to the modules that learn from activations.
  ///
  /// - Parameters:
  ///   - isLearned: per token of the event, whether it counts as learned.
  ///   - journal: per token of the event its place in the journal, -1 where it has none.
  ///   - surprisals: per token of the event -log p under the plain model, nats; 0 where it is not known.
  package func write(
    _ event: CommitEvent, isLearned: [Bool], journal: [Int], surprisals: [Float]
  ) {
    let first = max(event.positions.lowerBound, pending.start)
    let end = min(event.positions.upperBound, pending.end)
    guard first < end else { return }
    let known = first - event.positions.lowerBound..<end - event.positions.lowerBound
    for module in modules {
      guard let learner = module as? any ActivationLearner else { continue }
      learner.write(
        CommittedRows(
          positions: first..<end, tokens: session.tokens[..<end],
          isLearned: Array(isLearned[known]), journal: Array(journal[known]),
          surprisals: Array(surprisals[known]), provenance: event.provenance,
          lead: first - max(pending.start, first - learner.reach), table: pending,
          taps: places))
    }
  }

  /// A commit without a host around the modules: every learnable token is learned, and none is in a journal.
  package func commit(_ event: CommitEvent) {
    write(
      event, isLearned: event.learnable, journal: event.tokens.map { _ in -1 },
      surprisals: event.logProbabilities?.map { -$0 } ?? event.tokens.map { _ in 0 })
    if event.endsSegment { for module in modules { module.endSegment() } }
    drop(through: event.positions.upperBound)
  }

  /// Drops rows that are no longer needed after a commit.
  package func drop(through end: Int) {
    // The last position stays: the next commit begins with its pair.
    var first = max(0, end - 1)
    first -= first % lookback
    let reach = modules.map { ($0 as? any ActivationLearner)?.reach ?? 0 }.max() ?? 0
    pending.drop(before: min(first, max(0, end - reach)))
  }

  private var lookback: Int {
    modules.map { module in
      (module as? any LookbackReader).map {
        max($0.lookback(isAnswer: true), $0.lookback(isAnswer: false))
      } ?? 1
    }.max() ?? 1
  }
}
