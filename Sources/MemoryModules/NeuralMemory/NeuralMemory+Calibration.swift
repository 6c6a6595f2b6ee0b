public import Memory

extension NeuralMemory {
  public static func uncalibrated(
    _ context: ModuleContext
  ) throws(MemoryError) -> ModuleParameters {
    try ModuleParameters(
      NeuralConfiguration(hiddenWidth: max(32, min(1024, 2 * context.width))),
      gate: .closed(ReadoutGate.commonFeatureNames + featureNames))
  }

  /// Chooses the learning rate, its dependence on surprisal and the momentum by held-out likelihood, streamed: each
  /// candidate learns through all episodes, a gate is fitted to half of the predicted tokens and judged on the others.
  public static func calibrate(
    _ data: CalibrationData, context: ModuleContext, progress: (Double) -> Void
  ) throws(MemoryError) -> ModuleParameters {
    var base = NeuralConfiguration(hiddenWidth: max(32, min(1024, 2 * context.width)))
    base.referenceSurprisal = 4
    let names = ReadoutGate.commonFeatureNames + featureNames
    let candidates = grid(from: base)
    var best: (loss: Double, configuration: NeuralConfiguration, examples: [GateExample])?
    for (index, configuration) in candidates.enumerated() {
      let parameters = try ModuleParameters(configuration, gate: .closed(names))
      let examples = try data.examples(context: context) { () throws(MemoryError) in
        try NeuralMemory(context: context, parameters: parameters)
      }
      let loss = ReadoutGate.heldOutLoss(examples, names: names)
      if best.map({ loss < $0.loss }) ?? true { best = (loss, configuration, examples) }
      progress(Double(index + 1) / Double(candidates.count))
    }
    guard let best else { throw .calibrationFailed(reason: "no candidate could be tried") }
    return try ModuleParameters(
      best.configuration, gate: .fit(best.examples, names: names))
  }

  private static func grid(from base: NeuralConfiguration) -> [NeuralConfiguration] {
    var candidates: [NeuralConfiguration] = []
    for rate: Float in [1, 2, 4, 8] {
      for slope: Float in [0, 0.5, 1] {
        var candidate = base
        candidate.learningRate = .init(base: rate, slope: slope)
        candidates.append(candidate)
      }
    }
    for eta: Float in [0.5] {
      for rate: Float in [2, 4] {
        var candidate = base
        candidate.learningRate = .init(base: rate, slope: 0.5)
        candidate.momentum = .init(base: eta)
        candidates.append(candidate)
      }
    }
    var forgetful = base
    forgetful.learningRate = .init(base: 4, slope: 0.5)
    forgetful.forget = .init(base: 1e-4)
    candidates.append(forgetful)
    return candidates
  }
}
