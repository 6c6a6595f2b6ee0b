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
  /// Added to each row's attention score, [count]: +log c for a row that stands for c tokens.
  public var logBias: [Float]
  /// Rows of the same identity are the same rows in every respect, and a session prepares them once; nil for rows that are
  /// made anew each time.
  public var identity: RowIdentity?
  /// Queries at positions before it do not see the rows; their attention is bit for bit what it is without them.
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

/// What tells rows that are shown again and again from others; compared by reference.
public final class RowIdentity: Sendable {
  /// An identity unlike all others.
  public init() {}
}
