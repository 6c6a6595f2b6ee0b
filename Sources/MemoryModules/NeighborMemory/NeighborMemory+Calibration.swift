public import Memory

extension NeighborMemory {
  public static func uncalibrated(
    _ context: ModuleContext
  ) throws(MemoryError) -> ModuleParameters {
    try ModuleParameters(
      NeighborConfiguration(), gate: .closed(ReadoutGate.commonFeatureNames + featureNames))
  }

  /// Chooses the sharpness of the votes by held-out likelihood and fits the gates: the module's own where the streams are
  /// long enough for one, and the common one, which takes over where the text around a row is not known.
  public static func calibrate(
    _ data: CalibrationData, context: ModuleContext, progress: (Double) -> Void
  ) throws(MemoryError) -> ModuleParameters {
    let names = ReadoutGate.commonFeatureNames + featureNames
    let candidates: [Float] = [10, 16, 24, 36, 54]
    var best: (loss: Double, configuration: NeighborConfiguration, examples: [GateExample])?
    for (index, sharpness) in candidates.enumerated() {
      var configuration = NeighborConfiguration()
      configuration.sharpness = sharpness
      let parameters = try ModuleParameters(configuration, gate: .closed(names))
      let examples = try data.examples(context: context) { () throws(MemoryError) in
        try NeighborMemory(context: context, parameters: parameters)
      }
      let loss = ReadoutGate.heldOutLoss(examples, names: names)
      if best.map({ loss < $0.loss }) ?? true { best = (loss, configuration, examples) }
      progress(0.7 * Double(index + 1) / Double(candidates.count))
    }
    guard let best else { throw .calibrationFailed(reason: "no candidate could be tried") }
    let common = try ModuleParameters(
      best.configuration, gate: .fit(best.examples, names: names))
    return try fitOwnGate(common, data, context: context) { progress(0.7 + 0.3 * $0) }
  }

  /// Held-out tokens without which a gate of its own is not fitted.
  private static let enough = 3000

  /// Adds a gate of its own to parameters, when there is enough to fit it to.
  private static func fitOwnGate(
    _ parameters: ModuleParameters, _ data: CalibrationData, context: ModuleContext,
    progress: (Double) -> Void
  ) throws(MemoryError) -> ModuleParameters {
    let module = try NeighborMemory(context: context, parameters: parameters)
    let examples = try NeighborExamples(data, context: context, progress: { progress(0.5 * $0) }) {
      () throws(MemoryError) in
      try NeighborMemory(context: context, parameters: parameters)
    }
    guard examples.rows.count >= enough else { return parameters }
    let found = NeighborFitting(module: module, context: context).fit(examples) {
      progress(0.5 + 0.5 * $0)
    }
    var configuration = module.configuration
    configuration.sharpness = found.sharpness
    configuration.skipBelow = found.skipBelow
    return try ModuleParameters(
      configuration, gate: parameters.gate, tensors: found.gate.tensors)
  }
}
