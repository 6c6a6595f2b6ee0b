/// Rows that join a block's attention beside the cache, in the same softmax.
public struct ExtraKeyValues: Sendable {
  /// The number of rows.
  public let count: Int
  /// Keys before RoPE, [count, key/value heads x head dimension].
  public var keys: [Float]
  /// Values, [count, key/value heads x head dimension].
  public var values: [Float]
  /// The position each key is rotated to; nil leaves all keys unrotated.
  public var positions: [Int]?
  /// Added to each row's attention score, [count]: +log c for a row that represents c tokens.
  public var logBias: [Float]
  /// Rows with the same identity are equal in every field, so a session rotates and regroups them only once; nil for
  /// rows that are recomputed each time.
  public var identity: RowIdentity?
  /// Queries at earlier positions do not attend to the rows; their attention is bit-identical to that without the rows.
  public var visibleFrom = Int.min

  /// Creates rows; nil when the counts disagree.
  public init?(
    count: Int, keys: [Float], values: [Float], positions: [Int]? = nil, logBias: [Float]? = nil
  ) {
    guard count >= 0, keys.count == values.count, count == 0 || keys.count % count == 0,
      positions.map({ $0.count == count }) ?? true, logBias.map({ $0.count == count }) ?? true
    else { return nil }
    self.count = count
    self.keys = keys
    self.values = values
    self.positions = positions
    self.logBias = logBias ?? [Float](repeating: 0, count: count)
  }
}

/// Identifies rows that are passed repeatedly; compared by reference.
public final class RowIdentity: Sendable {
  /// Creates an identity that differs from all others.
  public init() {}
}
