public import Memory
import Tensors
import Transformer

extension CompressiveMemory: Calibratable {
  /// Fits the convolutions to the attention over the texts (`ConvolutionFit`), then chooses the function and the
  /// constant gate with the lowest loss on conversations and texts; the gate is closed when nothing beats the plain
  /// model.
  ///
  /// Without texts nothing is fitted: rows are averaged, and their scores are not lowered.
  public static func calibrate(
    _ data: CalibrationData, context: ModuleContext, progress: (Double) -> Void
  ) throws(MemoryError) -> ModuleParameters {
    var configuration = CompressiveConfiguration()
    // Together with the conversation they must still fit the distances the model was trained on.
    configuration.recent = min(512, max(16, context.model.configuration.contextLength / 2))
    let trial = CompressionTrial(data, context: context)
    guard trial.hasTexts else {
      return try ModuleParameters(configuration, gate: .constant(0))
    }
    let tensors = try trial.fit(rate: configuration.rate) { progress(0.5 * $0) }
    var best: (loss: Double, parameters: ModuleParameters)?
    var tried = 0.0
    func consider(_ odds: Float) throws(MemoryError) {
      let parameters = try ModuleParameters(
        configuration, gate: .constant(odds), tensors: tensors)
      let loss = try trial.loss(parameters)
      if best.map({ loss < $0.loss }) ?? true { best = (loss, parameters) }
      tried += 1
      progress(0.5 + min(0.49, tried / 12))
    }
    for function in tensors.isEmpty ? [.mean] : [CompressionFunction.mean, .convolution] {
      configuration.function = function
      try consider(0)
    }
    configuration =
      try best?.parameters
      .configuration(CompressiveConfiguration.self, context: context) ?? configuration
    // At distances that are rare in the model's training the rows may be worth less.
    for odds: Float in [-0.5, -1, -2, -3] {
      let before = best?.loss ?? .infinity
      try consider(odds)
      guard let best, best.loss < before else { break }
    }
    progress(1)
    guard let best, best.loss < trial.plainLoss else {
      return try ModuleParameters(
        configuration, gate: .closed(ReadoutGate.commonFeatureNames), tensors: tensors)
    }
    return best.parameters
  }
}
