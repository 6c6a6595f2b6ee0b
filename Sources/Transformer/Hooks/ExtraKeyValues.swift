/// Rows that join a block's attention beside the cache, in the same softmax.
public struct ExtraKeyValues: Sendable {
  /// The number of rows.
  public let count: Int
  /// Keys before RoPE, [count, key/value heads x head dimension].
  public var keys: [Float]
  /// Values, [count, key/value heads x head dimension].
  public var values: [Float]
  /// The position each key is rotated to; nil leaves all keys unrotated. [count], or by head
  /// [count, key/value heads].
  public var positions: [Int]?
  /// Added to each row's attention score: +log c for a row that represents c tokens. [count], or by head
  /// [count, key/value heads].
  public var logBias: [Float]
  /// When not nil, keys stay unrotated and every query is rotated to this position for them: all rows stand at one
  /// distance from all queries (InfLLM, arXiv 2402.04617). `positions` is then ignored.
  public var constantDistance: Int?
  /// The tokens that the rows take the room of between the context before `visibleFrom` and the queries from there on: for
  /// those queries, the tokens before stand that much further back. So a remembered text lies where it would have
  /// been read, after the system prompt and right before the question.
  public var gap = 0
  /// Rows with the same identity are equal in every field, so a session rotates and regroups them only once; nil for
  /// rows that are recomputed each time.
  public var identity: RowIdentity?
  /// Queries at earlier positions do not attend to the rows; their attention is bit-identical to that without the rows.
  public var visibleFrom = Int.min

  /// Creates rows; nil when the counts disagree.
  public init?(
    count: Int, keys: [Float], values: [Float], positions: [Int]? = nil, logBias: [Float]? = nil
  ) {
    // One for each row, or for each row in every head.
    func fits(_ values: Int) -> Bool {
      guard count > 0 else { return values == 0 }
      return values > 0 && values % count == 0 && (keys.count / count) % (values / count) == 0
    }
    guard count >= 0, keys.count == values.count, count == 0 || keys.count % count == 0,
      positions.map({ fits($0.count) }) ?? true, logBias.map({ fits($0.count) }) ?? true
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
