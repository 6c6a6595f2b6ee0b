package import Memory

extension SlotMemory: Meetable {
  /// Sentences are found by the cell and reach the model as text. Predictions are mixed in after `mneme adapter train` only: that
  /// fits the gate.
  package static func parameters(
    from impression: FirstImpression, context: ModuleContext
  ) throws(MemoryError) -> ModuleParameters {
    let texts = try EpisodicMemory.parameters(from: impression, context: context)
    var configuration = Configuration(for: context)
    configuration.texts = try EpisodicMemory.configuration(of: texts, context: context)
    return try ModuleParameters(
      configuration, gate: .closed(gateFeatureNames), tensors: texts.tensors)
  }
}
