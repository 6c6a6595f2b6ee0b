import Memory
import Tensors
package import Transformer

/// The part of a neural memory that learns by changing the model's own matrices: low-rank fast weights that take a
/// next-token step after each chunk of tokens.
///
/// Steps are taken every `chunkLength` learned tokens, counted from the first, each on tokens that were read before it; any
/// split of the stream gives the same steps. At a segment's end a step on the open chunk is added for reading, in
/// proportion to what it holds; it is made when somebody reads, and the anchor stays where it is.
package final class FastWeightMemory {
  /// What was learned.
  package struct State: Sendable, Equatable {
    package var weights: FastWeights
    package var open = FastWeightStream()
    /// Tokens learned.
    package var written = 0
    /// Steps that were refused because they were not finite.
    package var rejected = 0
    var surprises: [TokenSurprise] = []
    /// As of the last segment's end.
    var shown: Shown?
  }

  /// What reads use: these weights after a step on what was open.
  struct Shown: Sendable, Equatable {
    var weights: FastWeights
    var open: FastWeightStream
    var surprises: [TokenSurprise]
  }

  let plan: FastWeightPlan
  let model: TransformerModel
  package let points: [ProjectionPoint]
  package var state: State {
    didSet {
      guard state.shown != oldValue.shown else { return }
      updates = nil
      beside = nil
    }
  }
  private let pass: GradientPass
  /// The updates of `state.shown`, made when they are first needed.
  private var updates: [ProjectionPoint: LowRankUpdate]?
  /// The text that was read last, with the weights that are shown.
  var beside: TextBeside?

  init(_ plan: FastWeightPlan, model: TransformerModel) {
    self.plan = plan
    self.model = model
    points = plan.points(in: model)
    pass = GradientPass(model: model, points: points)
    state = State(weights: FastWeights(plan, model: model))
  }

  package var isEmpty: Bool { state.shown == nil }
  var stateBytes: Int { state.weights.byteCount }
  var surprises: [TokenSurprise] { state.shown?.surprises ?? [] }

  /// Learns committed tokens; takes a step when a chunk is full.
  func write(_ commit: CommittedRows) {
    let context = commit.tokens[..<commit.positions.lowerBound]
    var next = state
    next.open.prepare(commit.provenance.conversation, after: context)
    for (index, position) in commit.positions.enumerated() {
      let last = next.open.texts.count - 1
      let before = next.open.texts[last].learned
      next.open.texts[last].append(
        commit.tokens[position], isLearned: commit.isLearned[index], journal: commit.journal[index])
      guard next.open.texts[last].isLearned.last == true else { continue }
      if before == 0 { next.open.texts[last].trim() }
      next.written += 1
      if next.open.counted >= plan.chunkLength {
        let result = pass.run(next.open.sequences, updates: next.weights.updates)
        if let surprise = next.weights.step(result.gradients) {
          next.surprises += tokenSurprises(next.open, result, surprise, rate: plan.learningRate)
        } else {
          next.rejected += 1
        }
        next.open.continueAfterStep()
      }
    }
    next.open.texts[next.open.texts.count - 1].trim()
    state = next
  }

  /// Makes what was written readable.
  func endSegment() {
    guard state.written > 0 else { return }
    var next = state
    next.shown = Shown(weights: state.weights, open: state.open, surprises: state.surprises)
    next.surprises = []
    state = next
  }

  /// Adds what another memory learned.
  ///
  /// - Returns: whether their shapes agree.
  func unite(with other: FastWeightMemory) -> Bool {
    guard let sum = state.weights.united(with: other.state.weights) else { return false }
    var next = state
    next.weights = sum
    next.written += other.state.written
    next.rejected += other.state.rejected
    state = next
    endSegment()
    return true
  }

  /// The update of a matrix as reads use it; nil where there is none.
  package func update(of point: ProjectionPoint) -> LowRankUpdate? {
    guard let shown = state.shown else { return nil }
    if let updates { return updates[point] }
    let made = withOpenStep(shown).updates
    updates = made
    return made[point]
  }

  /// The weights after a step on the open chunk: as much of a step as the chunk is full.
  private func withOpenStep(_ shown: Shown) -> FastWeights {
    var weights = shown.weights
    guard shown.open.learned > 0 else { return weights }
    let result = pass.run(shown.open.sequences, updates: weights.updates)
    let share = Float(shown.open.learned) / Float(plan.chunkLength)
    _ = weights.step(result.gradients, rate: plan.learningRate * share)
    return weights
  }

  private func tokenSurprises(
    _ stream: FastWeightStream, _ result: GradientResult, _ surprise: FastWeights.Surprise,
    rate: Float
  ) -> [TokenSurprise] {
    zip(stream.texts.filter { $0.learned > 0 }, result.losses).flatMap { text, losses in
      zip(text.tokens.indices.filter { text.isLearned[$0] }, losses).map { place, loss in
        TokenSurprise(
          journal: text.journal[place], token: text.tokens[place], surprisal: loss, loss: loss,
          momentary: surprise.momentary, past: surprise.past, theta: rate, eta: plan.momentum,
          alpha: plan.forget, isWritten: true)
      }
    }
  }
}
