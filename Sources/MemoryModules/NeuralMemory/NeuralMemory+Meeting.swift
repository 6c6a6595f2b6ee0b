public import Memory

extension NeuralMemory: Meetable {
  /// Begins with a gate that was fitted to another model (SmolLM2-135M-Instruct) on the text of a novel; trust in each
  /// text scales it (`TrackRecord`). It stays closed in answers: facts reach those as text.
  public static func parameters(
    from impression: FirstImpression, context: ModuleContext
  ) throws(MemoryError) -> ModuleParameters {
    var configuration = NeuralConfiguration(for: context)
    configuration.learningRate.base = 8
    configuration.learningRate.slope = 1
    var gate = ReadoutGate(
      names: gateFeatureNames,
      mean: [3.5144, -1.3642, -1.5539, 0.6688, -1.7324, 0.0617, 5.9324],
      scale: [1.834, 0.8886, 1.0063, 0.4707, 1.3322, 0.0353, 1.2354],
      weights: [1.0388, -0.0032, 0.5798, 0.022, -0.5048, 0.3171, -1.5625], bias: 0.0837)
    gate.opensInAnswers = false
    return try ModuleParameters(configuration, gate: gate)
  }
}
