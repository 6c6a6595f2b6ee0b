public import Memory
import Tensors
import Transformer

extension CompressiveMemory: Calibratable {
  /// Fits the convolutions to what attention saw of the texts (`ConvolutionFit`), then takes the function and the constant
  /// gate under which people's lives and texts are predicted best; closed where nothing beats the plain model.
  ///
  /// Without texts nothing is fitted, and rows are averaged and heard as the conversation's own.
  public static func calibrate(
    _ data: CalibrationData, context: ModuleContext, progress: (Double) -> Void
  ) throws(MemoryError) -> ModuleParameters {
    var configuration = CompressiveConfiguration()
    // With the conversation after them they must still be within what the model reads.
    configuration.recent = min(512, max(16, context.model.configuration.contextLength / 2))
    let trial = CompressionTrial(data, context: context)
    guard trial.hasTexts else {
      return try ModuleParameters(configuration, gate: constantGate(0))
    }
    let tensors = try trial.fit(rate: configuration.rate) { progress(0.5 * $0) }
    var best: (loss: Double, parameters: ModuleParameters)?
    var tried = 0.0
    func consider(_ odds: Float) throws(MemoryError) {
      let parameters = try ModuleParameters(
        configuration, gate: constantGate(odds), tensors: tensors)
      let loss = try trial.loss(parameters)
      if best.map({ loss < $0.loss }) ?? true { best = (loss, parameters) }
      tried += 1
      progress(0.5 + min(0.49, tried / 12))
    }
    for function in tensors.isEmpty ? [.mean] : [CompressionFunction.mean, .convolution] {
      configuration.function = function
      try consider(0)
    }
    configuration = try best?.parameters
      .configuration(CompressiveConfiguration.self, context: context) ?? configuration
    // Further from the conversation than the model has ever seen its own past, they may be worth less.
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

  /// A gate of the same log-odds everywhere.
  static func constantGate(_ odds: Float) -> ReadoutGate {
    var gate = ReadoutGate.closed(ReadoutGate.commonFeatureNames)
    gate.bias = odds
    return gate
  }
}
