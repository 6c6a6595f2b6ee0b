public import Memory

extension EpisodicMemory: Meetable {
  /// Facts are found by words and meaning and reach the model as text.
  public static func parameters(
    from impression: FirstImpression, context: ModuleContext
  ) throws(MemoryError) -> ModuleParameters {
    var configuration = EpisodicConfiguration(for: context)
    configuration.readout = .text
    configuration.form = impression.form
    configuration.meaningPoint = impression.meaning.point
    let columns = impression.meaning.columns
    var tensors: [String: ParameterTensor] = [:]
    tensors[meaningMean] = ParameterTensor(shape: [columns], values: impression.meaning.mean)
    tensors[meaningWhitening] = ParameterTensor(
      shape: [columns, columns], values: impression.meaning.whitening)
    return try ModuleParameters(
      configuration, gate: .closed(gateFeatureNames), tensors: tensors)
  }
}
