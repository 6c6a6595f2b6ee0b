public import Memory

extension EpisodicMemory: Meetable {
  /// Facts are found by words and meaning and reach the model as text.
  public static func parameters(
    from impression: FirstImpression, context: ModuleContext
  ) throws(MemoryError) -> ModuleParameters {
    var configuration = EpisodicConfiguration(for: context)
    configuration.readout = .text
    configuration.form = impression.form
    let meaning = impression.meaning
    configuration.meaningPoints = meaning.points
    if impression.isMeaningTrained { configuration.textScope = .trained }
    var tensors: [String: ParameterTensor] = [:]
    tensors[meaningMean] = ParameterTensor(shape: [meaning.mean.count], values: meaning.mean)
    tensors[meaningProjection] = ParameterTensor(
      shape: [meaning.mean.count, meaning.columns], values: meaning.matrix)
    return try ModuleParameters(
      configuration, gate: .closed(gateFeatureNames), tensors: tensors)
  }
}
