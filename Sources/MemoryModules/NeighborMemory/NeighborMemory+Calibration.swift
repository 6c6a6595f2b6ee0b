public import Memory

extension NeighborMemory {
  public static func uncalibrated(
    _ context: ModuleContext
  ) throws(MemoryError) -> ModuleParameters {
    try ModuleParameters(
      NeighborConfiguration(), gate: .closed(ReadoutGate.commonFeatureNames + featureNames))
  }

  /// Chooses the sharpness of the votes, and then from which likeness on a newer neighbor takes an older one's place, by held-out likelihood; for each candidate a gate is fitted to half of the
  /// predicted tokens and judged on the others.
  ///
  /// The module's own gate is left to `refit`, which fits it to the kind of text a memory is used on: on text of another
  /// kind it opens too far, which the common gate does not.
  public static func calibrate(
    _ data: CalibrationData, context: ModuleContext, progress: (Double) -> Void
  ) throws(MemoryError) -> ModuleParameters {
    let names = ReadoutGate.commonFeatureNames + featureNames
    var best: (loss: Double, configuration: NeighborConfiguration, examples: [GateExample])?
    let changes: [(Float, WritableKeyPath<NeighborConfiguration, Float>)] =
      [10, 16, 24, 36, 54].map { ($0, \.sharpness) }
      + [0.95, 0.85, 0.75, 0.65].map { ($0, \.supersededFrom) }
    for (index, (value, option)) in changes.enumerated() {
      var configuration = best?.configuration ?? NeighborConfiguration()
      configuration[keyPath: option] = value
      let parameters = try ModuleParameters(configuration, gate: .closed(names))
      let examples = try data.examples(context: context) { () throws(MemoryError) in
        try NeighborMemory(context: context, parameters: parameters)
      }
      let loss = ReadoutGate.heldOutLoss(examples, names: names)
      if best.map({ loss < $0.loss }) ?? true { best = (loss, configuration, examples) }
      progress(Double(index + 1) / Double(changes.count))
    }
    guard let best else { throw .calibrationFailed(reason: "no candidate could be tried") }
    return try ModuleParameters(best.configuration, gate: .fit(best.examples, names: names))
  }
}
