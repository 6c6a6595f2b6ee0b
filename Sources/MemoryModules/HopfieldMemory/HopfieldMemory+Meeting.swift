public import Memory

extension HopfieldMemory: Meetable {
  /// Begins with a gate that was fitted to another model (SmolLM2-135M-Instruct) on the text of a novel; trust in each
  /// text scales it (`TrackRecord`). It stays closed in answers: facts reach those as text.
  public static func parameters(
    from impression: FirstImpression, context: ModuleContext
  ) throws(MemoryError) -> ModuleParameters {
    var configuration = HopfieldConfiguration(for: context)
    configuration.beta = 16
    var gate = ReadoutGate(
      names: gateFeatureNames,
      mean: [3.5144, -1.3642, -1.2806, 0.1625, -6.6904, 0.3378, 0.4388, 0.2908],
      scale: [1.834, 0.8886, 0.8455, 0.3689, 4.8325, 0.2648, 0.3142, 0.3557],
      weights: [0.4327, 0.2507, 0.2764, 0.0409, 0.1743, 0.8853, 0.521, 0.6264], bias: -2.8531)
    gate.opensInAnswers = false
    return try ModuleParameters(configuration, gate: gate)
  }
}
