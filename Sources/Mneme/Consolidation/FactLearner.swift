import Foundation
import MemoryModules
import Tensors
import Transformer

/// Teaches lessons to fast weights.
struct FactLearner {
  /// The weights so far.
  private(set) var weights: FastWeights
  /// Where the weights stood before, and how much each matters to what they held.
  private let anchor: (weights: FastWeights, importance: WeightImportance)?
  private let pass: GradientPass
  private let width: Int
  private let options: MemoryConsolidation.Options

  /// - Parameter begins: what was learned before; nil for nothing.
  init(
    model: LanguageModel, module: NeuralMemory, begins: ConsolidatedFacts?,
    options: MemoryConsolidation.Options
  ) {
    let plan = module.configuration.weights
    var weights = begins?.weights ?? FastWeights(plan, model: model.transformer)
    weights.resetMoments()
    weights.steps = 0
    self.weights = weights
    anchor = begins.flatMap { held in held.importance.map { (held.weights, $0) } }
    self.options = options
    width = model.transformer.configuration.width
    pass = GradientPass(
      model: model.transformer, points: plan.points(in: model.transformer), context: 2048)
  }

  /// Mean surprisal of lessons' answers, nats a token.
  func surprisal(of lessons: [FactLesson]) -> Double {
    guard !lessons.isEmpty else { return 0 }
    let sequences = lessons.map {
      $0.sequence(tokens: 1, weight: 1 / Float(lessons.count), width: width)
    }
    return pass.run(
      sequences, updates: weights.updates, wantsGradients: false, sharesPrefix: true
    ).loss
  }

  /// Learns until it is enough, or the task is cancelled.
  ///
  /// - Returns: the steps, and the surprisal of what was kept apart.
  mutating func learn(_ lessons: FactLessons, progress: (Double) -> Void) -> (Int, Double) {
    var random = SplitMix64(seed: 11)
    var steps = 0
    var best = (surprisal: Double.infinity, weights: weights)
    let handles = lessons.new.map(\.handle).reduce(into: [String?]()) {
      if $0.last != $1 { $0.append($1) }
    }
    let byFact = handles.map { handle in lessons.new.filter { $0.handle == handle } }
    for epoch in 0..<options.epochs {
      // Each fact in one wording, another one each time.
      var list = byFact.map { $0[epoch % $0.count] }
      list += lessons.old.shuffled(using: &random).prefix(max(0, options.replayed))
      list.shuffle(using: &random)
      for start in stride(from: 0, to: list.count, by: options.batch) {
        if Task.isCancelled { return (steps, surprisal(of: lessons.heldOut)) }
        let some = Array(list[start..<min(list.count, start + options.batch)])
        let done =
          (Double(epoch) + Double(start) / Double(list.count)) / Double(options.epochs)
        // The steps become smaller towards the end (half a cosine), so that the last facts do not push out the first.
        let size = Float(0.55 + 0.45 * cos(Double.pi * done))
        step(
          some, beside: Array(lessons.unrelated.shuffled(using: &random).prefix(1)),
          rate: (options.learningRate ?? weights.plan.learningRate) * size)
        steps += 1
        progress(done)
      }
      guard epoch >= 3, epoch % 2 == 1 || epoch == options.epochs - 1 else { continue }
      let now = surprisal(of: lessons.heldOut)
      if now < best.surprisal { best = (now, weights) }
      if now < Double(options.enough) { break }
    }
    weights = best.weights
    progress(1)
    return (steps, best.surprisal)
  }

  private mutating func step(
    _ lessons: [FactLesson], beside unrelated: [FactLesson], rate: Float
  ) {
    let share = 1 / Float(lessons.count)
    let sequences =
      lessons.map { $0.sequence(tokens: options.tokens, weight: share, width: width) }
      + unrelated.map {
        $0.sequence(tokens: 0, weight: 0.5 / Float(unrelated.count), width: width)
      }
    var result = pass.run(sequences, updates: weights.updates, sharesPrefix: true)
    if let anchor, options.protection > 0 {
      anchor.importance.pull(
        &result.gradients, of: weights, to: anchor.weights, strength: options.protection)
    }
    _ = weights.step(result.gradients, rate: rate)
  }

  /// How much each weight matters to what was learned, now and before.
  func importance(_ lessons: FactLessons) -> WeightImportance {
    var sum = WeightImportance(like: weights)
    for start in stride(from: 0, to: lessons.heldOut.count, by: options.batch) {
      let some = lessons.heldOut[start..<min(lessons.heldOut.count, start + options.batch)]
      let sequences = some.map {
        $0.sequence(tokens: 1, weight: 1 / Float(some.count), width: width)
      }
      let result = pass.run(sequences, updates: weights.updates, sharesPrefix: true)
      sum.add(result.gradients, of: weights)
    }
    guard let anchor else { return sum.normalised }
    return anchor.importance.added(to: sum.normalised, share: 1)
  }
}
