public import Memory

extension FactSlotMemory: Calibratable {
  /// As an episodic memory is calibrated: it is about the facts, not about their slots.
  public static func calibrate(
    _ data: CalibrationData, context: ModuleContext, progress: (Double) -> Void
  ) throws(MemoryError) -> ModuleParameters {
    try wrapped(EpisodicMemory.calibrate(data, context: context, progress: progress), context)
  }

  /// Parameters of a ledger, as those of a memory of slots.
  private static func wrapped(
    _ facts: ModuleParameters, _ context: ModuleContext
  ) throws(MemoryError) -> ModuleParameters {
    var configuration = FactSlotConfiguration(for: context)
    let width = configuration.facts.latentWidth
    configuration.facts = try facts.decode(EpisodicConfiguration.self)
    configuration.facts.latentWidth = width
    return try ModuleParameters(configuration, gate: facts.gate, tensors: facts.tensors)
  }
}

extension FactSlotMemory: Meetable {
  /// Facts are found by words and meaning and reach the model as text.
  public static func parameters(
    from impression: FirstImpression, context: ModuleContext
  ) throws(MemoryError) -> ModuleParameters {
    try wrapped(EpisodicMemory.parameters(from: impression, context: context), context)
  }
}
