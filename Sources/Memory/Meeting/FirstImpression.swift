/// What is found out about a model in a few seconds when it is first met.
public struct FirstImpression: Sendable {
  /// How activations become keys: the inputs of an early feed-forward and of the last, kNN-LM's choice.
  public let keys: KeyTransform
  /// How sentences become vectors.
  public let meaning: SentenceProjection
  /// Whether that was trained for the model, or only whitens.
  public let isMeaningTrained: Bool
  /// The form of recalled text that the model answers best from.
  public let form: RecallForm
}

/// A module that can begin with what a first meeting finds out, without a calibration of its own.
public protocol Meetable: MemoryModule {
  /// Parameters to begin with, made without passing anything through the model.
  ///
  /// - Throws: `MemoryError.calibrationFailed`.
  static func parameters(
    from impression: FirstImpression, context: ModuleContext
  ) throws(MemoryError) -> ModuleParameters
}
