/// The associative socket: key vector to what followed.
///
/// The host computes keys from activations at hook points (`KeyTransform`), passes pairs to `write` at a commit,
/// requests a next-token distribution from `read` at each row of logits, and mixes it in with the weight of a gate. A
/// module sees no hooks.
public protocol AssociativeModule: MemoryModule {
  /// Names of the gate features that its readings have in addition to the common ones.
  static var featureNames: [String] { get }

  /// Learns pairs of key and next token, in order.
  func write(_ batch: WriteBatch)

  /// Reads for each row of keys.
  ///
  /// - Returns: one element per row; nil where it has no prediction, and the row of logits is then unchanged.
  func read(_ input: ReadInput) -> [Reading?]

  /// Whether it has readings in answers at all; where no memory has, the host prepares nothing for a generated token.
  var readsAnswers: Bool { get }
}

extension AssociativeModule {
  public static var featureNames: [String] { [] }
  public var readsAnswers: Bool { true }
  public static var gateFeatureNames: [String] { ReadoutGate.commonFeatureNames + featureNames }
}

/// An associative module whose reading of a row depends on the rows before it.
public protocol LookbackReader: AssociativeModule {
  /// It needs the keys back to the last position that is a multiple of this number; 1 when every row is read by itself.
  ///
  /// - Parameter isAnswer: whether the rows belong to an answer, or to a text that is only read.
  func lookback(isAnswer: Bool) -> Int
}

/// An associative module that can read several memories in one session as if they were one.
public protocol Poolable: AssociativeModule {
  /// Reads several memories together.
  ///
  /// - Parameters:
  ///   - modules: non-empty memories of this kind, each with its input for the same rows.
  ///   - gates: the common gate of each one's adapter.
  /// - Returns: one reading per row, nil where they have nothing to say.
  static func readTogether(
    _ modules: [any MemoryModule], _ inputs: [ReadInput], gates: [ReadoutGate]
  ) -> [PooledReading?]
}
