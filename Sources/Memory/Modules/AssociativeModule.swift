/// The associative socket: key vector to what followed.
///
/// The host makes keys of activations at hook points (`KeyTransform`), hands over pairs at a commit, asks for a next-token
/// distribution at each row of logits and decides with a gate how far it is mixed in. A module sees no hooks.
public protocol AssociativeModule: MemoryModule {
  /// Names of the features its readings carry beside the common ones.
  static var featureNames: [String] { get }

  /// Learns pairs of key and next token, in order.
  func write(_ batch: WriteBatch)

  /// Reads for each row of keys.
  ///
  /// - Returns: one element per row; nil where it has nothing to say, and the row is then left alone.
  func read(_ input: ReadInput) -> [Reading?]
}

extension AssociativeModule {
  public static var featureNames: [String] { [] }
  public static var gateFeatureNames: [String] { ReadoutGate.commonFeatureNames + featureNames }
}

/// An associative module whose reading of a row depends on the rows before it.
public protocol LookbackReader: AssociativeModule {
  /// It asks for the keys back to the last position that is a multiple of this number; 1 when every row is read by itself.
  ///
  /// - Parameter isAnswer: whether the rows belong to an answer, or to a text that is only read.
  func lookback(isAnswer: Bool) -> Int
}

/// An associative module of which several memories in one session are read as if they were one.
public protocol Poolable: AssociativeModule {
  /// Reads several memories together.
  ///
  /// - Parameters:
  ///   - modules: memories that hold something, of this kind, with an input each for the same rows.
  ///   - gates: the common gate of each one's adapter.
  /// - Returns: one reading per row, nil where they have nothing to say.
  static func readTogether(
    _ modules: [any MemoryModule], _ inputs: [ReadInput], gates: [ReadoutGate]
  ) -> [PooledReading?]
}
