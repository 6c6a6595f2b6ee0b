package import Memory

/// The test-time training that both neural memories do, whatever their keys and their loss are made of: pairs come in one by
/// one, a full chunk is a step, and a segment's end makes it readable.
///
/// Gradients are taken at an anchor that moves every `chunkLength` written pairs, counted from the first, so any split of the
/// stream gives the same state; pairs of the open chunk are kept and take part in reads through a provisional step. A value:
/// a copy of it is a snapshot.
package struct NeuralTrainer: Sendable {
  package let configuration: NeuralConfiguration
  let loss: any NeuralLoss
  /// Whether each pair brings alpha, eta and theta of its own.
  let hasTokenGates: Bool
  package var learner: NeuralLearner
  /// The pairs that no step has been taken on.
  package var open = NeuralChunk()
  /// The pairs before the open chunk that an Omega window still reaches.
  package var window = NeuralChunk()
  /// What reads use: M as of the last segment's end, per head; nil until something was written by then.
  package var readable: [NeuralWeights]?
  /// Pairs written.
  package var written = 0
  /// Pairs and steps that were refused because they were not finite.
  package var rejected = 0
  var tracker = SurpriseTracker()

  /// A trainer that has learned nothing.
  ///
  /// - Parameters:
  ///   - initial: an adapter's tensors; M_0 is taken from those named `initial.<head>.<layer>`.
  ///   - mayHaveMomentum: whether a pair's own gates can bring momentum.
  /// - Throws: `MemoryError.malformed` for columns that do not divide among the heads, or an M_0 of another shape.
  package init(
    _ configuration: NeuralConfiguration, loss: any NeuralLoss, keyColumns: Int, outputs: Int,
    initial: [String: ParameterTensor], hasTokenGates: Bool = false, mayHaveMomentum: Bool = false
  ) throws(MemoryError) {
    guard var learner = NeuralLearner(configuration, keyColumns: keyColumns, outputs: outputs)
    else {
      throw .malformed(
        path: "the module's configuration",
        what: "a neural memory of that shape does not fit the model",
        expected: "heads that divide the key's \(keyColumns) columns and the output's \(outputs)")
    }
    guard learner.replaceInitial(by: initial) else {
      throw .malformed(
        path: "the adapter",
        what: "the adapter's initial weights belong to a neural memory of another shape",
        expected: "the companion, depth, heads and widths they were trained with")
    }
    if configuration.momentum.base == 0, !mayHaveMomentum { learner.dropMomentum() }
    self.configuration = configuration
    self.loss = loss
    self.hasTokenGates = hasTokenGates
    self.learner = learner
  }

  /// Columns of the MLP's output.
  package var outputs: Int { learner.plan.outputs }

  /// Bytes of learned state, the same whatever was learned.
  var stateBytes: Int {
    let row = learner.plan.keyColumns + outputs + 2
    let pairs = configuration.chunkLength + configuration.omega.window - 1
    return 4 * (learner.count + pairs * row)
  }

  /// How surprising each token of the last segment was that brought any, in order.
  package var surprises: [TokenSurprise] { tracker.published }

  // MARK: - Writing

  /// Takes one pair in; steps when its chunk is full.
  ///
  /// - Parameter isMasked: whether it may not be written.
  package mutating func append(_ pair: NeuralChunk, isMasked: Bool) {
    guard pair.isFinite else {
      // Refused here, so that one broken token does not cost its whole chunk.
      rejected += 1
      return
    }
    if isMasked || isBelowThreshold(pair) {
      tracker.skip(
        TokenSurprise(
          journal: pair.journal[0], token: pair.tokens[0], surprisal: pair.surprisals[0], loss: 0,
          momentary: 0, past: 0, theta: 0, eta: 0, alpha: 0, isWritten: false))
      return
    }
    open.append(pair)
    tracker.append()
    written += 1
    if open.count == configuration.chunkLength { closeChunk() }
  }

  private mutating func closeChunk() {
    if let step = step() {
      learner = step.learner
      tracker.record(step.surprises)
    } else {
      rejected += 1
    }
    tracker.closeChunk()
    let reach = configuration.omega.window - 1
    window = reach > 0 ? window.followed(by: open).suffix(reach) : .init()
    open = NeuralChunk()
  }

  private func isBelowThreshold(_ pair: NeuralChunk) -> Bool {
    guard let threshold = configuration.threshold, threshold.measure == .surprisal else {
      return false
    }
    return pair.surprisals[0] < threshold.least
  }

  /// Makes what was written readable; the anchor stays where it is.
  package mutating func endSegment() {
    guard written > 0 else { return }
    var shown = learner
    if open.count > 0, let step = step() {
      shown = step.learner
      tracker.record(step.surprises)
    }
    tracker.publish()
    readable = shown.weights
  }

  // MARK: - State

  /// This trainer with the sum of what both moved away from M_0 (task vectors, Ilharco et al. 2023, arXiv 2212.04089): texts
  /// that have nothing in common keep most of both.
  ///
  /// - Returns: nil when their shapes differ or the sum is not finite.
  func united(with other: NeuralTrainer) -> NeuralTrainer? {
    guard learner.heads.count == other.learner.heads.count else { return nil }
    var sum = self
    for (head, core) in other.learner.heads.enumerated() {
      guard learner.heads[head].shapes == core.shapes else { return nil }
      for layer in core.shapes.indices {
        sum.learner.heads[head].difference.layers[layer]
          .accumulate(core.difference.layers[layer], keeping: 1)
      }
    }
    guard sum.learner.isFinite else { return nil }
    sum.written += other.written
    sum.endSegment()
    return sum
  }

  /// The journal was compacted.
  mutating func remapJournal(_ newIndex: (Int) -> Int?) {
    open.remapJournal(newIndex)
    window.remapJournal(newIndex)
  }
}
