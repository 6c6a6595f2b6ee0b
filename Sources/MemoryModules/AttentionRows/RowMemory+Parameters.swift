package import Memory
package import Transformer

/// A memory of rows that needs no calibration: its gate is open, and attention itself decides what is relevant.
package protocol OpenRowMemory: RowMemory, Calibratable, Meetable {}

extension OpenRowMemory {
  public static func calibrate(
    _ data: CalibrationData, context: ModuleContext, progress: (Double) -> Void
  ) throws(MemoryError) -> ModuleParameters {
    progress(1)
    return try ModuleParameters(Configuration(for: context), gate: .constant(0))
  }

  public static func calibrationWork(on configuration: TransformerConfiguration) -> Double { 0 }

  public static func parameters(
    from impression: FirstImpression, context: ModuleContext
  ) throws(MemoryError) -> ModuleParameters {
    try ModuleParameters(Configuration(for: context), gate: .constant(0))
  }
}

extension ReadoutGate {
  /// A gate of the same log-odds everywhere.
  static func constant(_ odds: Float) -> ReadoutGate {
    var gate = ReadoutGate.closed(commonFeatureNames)
    gate.bias = odds
    return gate
  }
}

extension ModuleContext {
  /// The largest distance of a row before the conversation, tokens: three quarters of the model's context where the
  /// configuration does not say.
  func reach(_ configured: Int) -> Int {
    configured > 0 ? configured : max(1, model.configuration.contextLength * 3 / 4)
  }

  /// Refuses a type of rows that the model's heads do not divide into.
  func check(_ type: RowType, of kind: ModuleKind) throws(MemoryError) {
    guard type != .q8_0 || model.configuration.headDimension % 32 == 0 else {
      throw .malformed(
        path: "the module's configuration",
        what: "the \(kind) memory's rows cannot be kept as q8_0: the model's heads have "
          + "\(model.configuration.headDimension) values",
        expected: "\(kind).type=f16, or heads of a multiple of 32 values")
    }
  }
}
