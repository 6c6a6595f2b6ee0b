public import Memory

extension NeuralMemory {
  public static func uncalibrated(
    _ context: ModuleContext
  ) throws(MemoryError) -> ModuleParameters {
    try ModuleParameters(
      NeuralConfiguration(hiddenWidth: max(32, min(1024, 2 * context.width))),
      gate: .closed(ReadoutGate.commonFeatureNames + featureNames))
  }

  /// Chooses the learning rate, its dependence on surprisal and then single options by held-out likelihood, streamed: each
  /// candidate learns through all episodes, a gate is fitted to half of the predicted tokens and judged on the others.
  ///
  /// The rate is doubled or halved for as long as that helps, so no best value stands at the edge of a list. Steps are
  /// judged on a long life: large ones remember a fresh fact better and ruin a novel, and facts are other memories' trade.
  /// The gate is fitted to everything, at the weights the data came with.
  public static func calibrate(
    _ data: CalibrationData, context: ModuleContext, progress: (Double) -> Void
  ) throws(MemoryError) -> ModuleParameters {
    let search = CalibrationSearch(data: longLife(data), context: context)
    var base = NeuralConfiguration(hiddenWidth: max(32, min(1024, 2 * context.width)))
    base.learningRate = .init(base: 4, slope: 1)
    try search.consider(base)
    func report() { progress(min(0.99, Double(search.tried) / 12)) }
    try search.climbRate(report)
    for slope: Float in [0.5, 1.5, 2] {
      try search.consider { $0.learningRate.slope = slope }
      report()
    }
    try search.climbRate(report)
    // Trust and momentum are left alone: larger ones win on texts as short as these and lose on whole novels (a novel's
    // perplexity of 72 falls to 46 with a trust of 48 and no momentum, to 50 with twice the trust or momentum 0.5).
    let options: [(inout NeuralConfiguration) -> Void] = [
      { $0.forget = .init(base: 1e-4) }, { $0.threshold = .init(.surprisal, least: 1) },
    ]
    for option in options {
      try search.consider(option)
      report()
    }
    guard let best = search.best else {
      throw .calibrationFailed(reason: "no candidate could be tried")
    }
    let names = ReadoutGate.commonFeatureNames + featureNames
    let parameters = try ModuleParameters(best, gate: .closed(names))
    let examples = try data.examples(context: context) { () throws(MemoryError) in
      try NeuralMemory(context: context, parameters: parameters)
    }
    progress(1)
    return try ModuleParameters(best, gate: .fit(examples, names: names))
  }

  public static func keepingTrained(
    of old: ModuleParameters, in new: ModuleParameters
  ) throws(MemoryError) -> ModuleParameters {
    let trained = try old.decode(NeuralConfiguration.self)
    guard !trained.companion.isEmpty else { return new }
    var configuration = try new.decode(NeuralConfiguration.self)
    configuration.companion = trained.companion
    return try ModuleParameters(
      configuration, gate: new.gate, tensors: new.tensors.merging(old.tensors) { new, _ in new })
  }

  /// The texts read one after the other by one memory, and everything else at a quarter of its weight; without texts the
  /// data as it is.
  private static func longLife(_ data: CalibrationData) -> CalibrationData {
    let isText = data.episodes.map(CalibrationData.isText)
    let texts = zip(data.episodes, isText).filter(\.1).flatMap(\.0)
    guard !texts.isEmpty else { return data }
    var others = zip(data.episodes, isText).filter { !$0.1 }.map(\.0)
    for episode in others.indices {
      for segment in others[episode].indices {
        for row in others[episode][segment].weights.indices {
          others[episode][segment].weights[row] *= 0.25
        }
      }
    }
    var long = data
    long.episodes = others + [texts]
    return long
  }
}

/// Keeps the best configuration tried so far. A class, because progress is asked for while it searches.
private final class CalibrationSearch {
  let data: CalibrationData
  let context: ModuleContext
  private(set) var best: NeuralConfiguration?
  private var loss = Double.infinity
  private(set) var tried = 0

  init(data: CalibrationData, context: ModuleContext) {
    self.data = data
    self.context = context
  }

  /// Tries the best so far with a change; returns whether it is better.
  @discardableResult
  func consider(
    _ change: (inout NeuralConfiguration) -> Void
  ) throws(MemoryError) -> Bool {
    guard var candidate = best else { return false }
    change(&candidate)
    return candidate == best ? false : try consider(candidate)
  }

  @discardableResult
  func consider(_ configuration: NeuralConfiguration) throws(MemoryError) -> Bool {
    let names = ReadoutGate.commonFeatureNames + NeuralMemory.featureNames
    let parameters = try ModuleParameters(configuration, gate: .closed(names))
    let context = context
    let examples = try data.examples(context: context) { () throws(MemoryError) in
      try NeuralMemory(context: context, parameters: parameters)
    }
    tried += 1
    let found = ReadoutGate.heldOutLoss(examples, names: names)
    guard best == nil || found < loss else { return false }
    best = configuration
    loss = found
    return true
  }

  /// Doubles the learning rate while that helps, at most five times, or else halves it.
  func climbRate(_ report: () -> Void) throws(MemoryError) {
    for factor: Float in [2, 0.5] {
      var steps = 0
      while steps < 5, try consider({ $0.learningRate.base *= factor }) {
        steps += 1
        report()
      }
      if steps > 0 { return }
    }
  }
}
