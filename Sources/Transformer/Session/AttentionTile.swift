/// Queries that attend together: some rows of one head, or one row of all heads that share keys and values.
struct AttentionTile {
  let part: PassPart
  /// Rows of the part, counted from its first.
  let rows: Range<Int>
  /// Query heads; several only where there is one row.
  let heads: Range<Int>
  let extra: ExtraRows?

  /// Rows that attend together: none looks at what lies after its last query, and scores stay in the cache.
  private static let most = 48

  /// All queries of a part.
  static func tiles(
    of part: PassPart, extra: ExtraRows?, configuration: TransformerConfiguration
  ) -> [AttentionTile] {
    let count = part.rows.count
    // One row reads keys and values once for all of its heads; more rows, once for each head.
    let together = count > 1 ? 1 : configuration.headCount / configuration.keyValueHeadCount
    return stride(from: 0, to: configuration.headCount, by: together).flatMap { head in
      stride(from: 0, to: count, by: most).map { first in
        AttentionTile(
          part: part, rows: first..<min(count, first + most), heads: head..<head + together,
          extra: extra)
      }
    }
  }
}
