public import Memory

extension NeighborMemory: Meetable {
  /// Begins with a gate that was fitted to another model (SmolLM2-135M-Instruct) on the text of a novel; trust in each
  /// text scales it (`TrackRecord`). It stays closed in answers: facts reach those as text.
  public static func parameters(
    from impression: FirstImpression, context: ModuleContext
  ) throws(MemoryError) -> ModuleParameters {
    var configuration = NeighborConfiguration()
    configuration.sharpness = 16
    configuration.supersededFrom = 0.75
    configuration.answerSharpness = 24
    configuration.answerPointers = 1
    var gate = ReadoutGate(
      names: gateFeatureNames,
      mean: [3.5144, -1.3642, -1.2962, 0.1622, -6.6078, 0.3377, 0.1841, 0.1158, 0.4831, 0],
      scale: [1.834, 0.8886, 0.8531, 0.3686, 4.8115, 0.2647, 0.2361, 0.1881, 0.3562, 1],
      weights: [0.4953, 0.303, 1.2368, -0.0446, 0.2905, -0.2141, 0.7774, 0.6018, 0.1041, 0],
      bias: -2.7374, floor: 0.03)
    gate.opensInAnswers = false
    return try ModuleParameters(configuration, gate: gate)
  }
}
