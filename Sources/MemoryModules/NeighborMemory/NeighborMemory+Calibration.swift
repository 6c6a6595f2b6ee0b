public import Memory

extension NeighborMemory: Calibratable {
  /// Chooses the sharpness of the votes by held-out likelihood; for each candidate a gate is fitted to half of the
  /// predicted tokens and evaluated on the other half.
  ///
  /// The module's own gate is fitted by `refit`, to the kind of text a memory is used on: on other text it opens too
  /// far, which the common gate does not.
  public static func calibrate(
    _ data: CalibrationData, context: ModuleContext, progress: (Double) -> Void
  ) throws(MemoryError) -> ModuleParameters {
    let search = CandidateSearch<NeighborMemory>(data, context: context, prepare: ignoringSize)
    let candidates: [Float] = [10, 16, 24, 36, 54]
    for (index, sharpness) in candidates.enumerated() {
      var configuration = NeighborConfiguration()
      configuration.sharpness = sharpness
      // A corrected statement must not vote against its correction.
      configuration.supersededFrom = 0.75
      try search.consider(configuration)
      progress(Double(index + 1) / Double(candidates.count))
    }
    let found = try search.parameters()
    var configuration = try found.decode(NeighborConfiguration.self)
    configuration.answerSharpness = max(24, configuration.sharpness)
    configuration.answerPointers = 1
    var gate = found.gate
    gate.floor = quiet
    return try ModuleParameters(configuration, gate: gate)
  }

  /// Gates below it count as closed. Every query has some neighbor, and there a small gate costs an unrelated text more
  /// than it gains on a related one: 0.38 % of WikiText-2's NLL at 0.01 and 0.29 % here, and a novel gains 0.05 % less.
  private static let quiet: Float = 0.03

  /// An example without the number of entries: in calibration, conversations are short and texts are long, so this
  /// feature would separate the two and close the gate to facts once a memory holds more than a calibration
  /// conversation.
  private static func ignoringSize(_ example: GateExample) -> GateExample {
    var example = example
    if let place = featureNames.firstIndex(of: Feature.entries.rawValue) {
      example.features[ReadoutGate.commonFeatureNames.count + place] = 0
    }
    return example
  }
}
