public import Memory
public import Transformer

extension NeuralMemory: Calibratable {
  /// Chooses the learning rate, its dependence on surprisal and then single options by held-out likelihood, streamed: each
  /// candidate learns through all episodes, a gate is fitted to half of the predicted tokens and judged on the others.
  ///
  /// The rate is doubled or halved for as long as that helps, so no best value stands at the edge of a list. Steps are
  /// judged on one long text: large ones remember a fresh fact better and ruin a novel, and this part of the memory is tuned
  /// for long texts, not for the recall of facts.
  /// The gate is fitted to everything, at the weights the data came with.
  /// Every candidate reads the material with the output matrix forwards and backwards at each token: the more of the
  /// model that matrix is, the longer it takes beside a reading.
  public static func calibrationWork(on configuration: TransformerConfiguration) -> Double {
    let output = Double(configuration.vocabularySize * configuration.width)
    let attention = 2 * (configuration.headCount + configuration.keyValueHeadCount)
    let block =
      attention * configuration.headDimension * configuration.width
      + 3 * configuration.feedForwardWidth * configuration.width
    return 16 * output / (output + Double(configuration.layerCount * block))
  }

  public static func calibrate(
    _ data: CalibrationData, context: ModuleContext, progress: (Double) -> Void
  ) throws(MemoryError) -> ModuleParameters {
    let search = CandidateSearch<NeuralMemory>(asOneLongText(data), context: context)
    var base = NeuralConfiguration(for: context)
    base.learningRate = .init(base: 4, slope: 1)
    try search.consider(base)
    func report() { progress(min(0.99, Double(search.tried) / 12)) }
    try climbRate(search, report)
    for slope: Float in [0.5, 1.5, 2] {
      try search.consider(changing: { $0.learningRate.slope = slope })
      report()
    }
    try climbRate(search, report)
    // Trust and momentum are left alone: larger ones win on texts as short as these and lose on whole novels (a novel's
    // perplexity of 72 falls to 46 with a trust of 48 and no momentum, to 50 with twice the trust or momentum 0.5).
    let options: [(inout NeuralConfiguration) -> Void] = [
      { $0.forget = .init(base: 1e-4) }, { $0.threshold = .init(.surprisal, least: 1) },
    ]
    for option in options {
      try search.consider(changing: option)
      report()
    }
    guard let best = search.best?.configuration else {
      throw .calibrationFailed(reason: "no candidate could be tried")
    }
    // The gate is fitted to the weights the data came with.
    let whole = CandidateSearch<NeuralMemory>(data, context: context)
    try whole.consider(best)
    progress(1)
    return try whole.parameters()
  }

  /// Doubles the learning rate while that helps, at most five times, or else halves it.
  private static func climbRate(
    _ search: CandidateSearch<NeuralMemory>, _ report: () -> Void
  ) throws(MemoryError) {
    for factor: Float in [2, 0.5] {
      var steps = 0
      while steps < 5, try search.consider(changing: { $0.learningRate.base *= factor }) {
        steps += 1
        report()
      }
      if steps > 0 { return }
    }
  }

  public static func keepingTrained(
    of old: ModuleParameters, in new: ModuleParameters
  ) throws(MemoryError) -> ModuleParameters {
    let trained = try old.decode(NeuralConfiguration.Stored.self).configuration
    guard !trained.companion.isEmpty else { return new }
    var configuration = try new.decode(NeuralConfiguration.Stored.self).configuration
    configuration.companion = trained.companion
    return try ModuleParameters(
      configuration, gate: new.gate, tensors: new.tensors.merging(old.tensors) { new, _ in new })
  }

  /// The texts read one after the other by one memory, and everything else at a quarter of its weight; without texts the
  /// data as it is.
  private static func asOneLongText(_ data: CalibrationData) -> CalibrationData {
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
