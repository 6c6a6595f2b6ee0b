/// Some rows of a pass: new tokens of one session.
struct PassPart {
  let session: TransformerSession
  /// The rows in the pass.
  let rows: Range<Int>
  /// Their positions in the session.
  let positions: Range<Int>
  let tokens: ArraySlice<Int32>

  /// Runs the session's hooks at a point on its own rows of `values`, [rows of the pass, columns].
  func runHooks(
    _ point: HookPoint, _ values: UnsafeMutablePointer<Float>, columns: Int,
    for audience: HookRegistry.Audience = .all
  ) {
    session.hooks.run(
      point, values + rows.lowerBound * columns, columns: columns, positions: positions,
      tokens: tokens, for: audience)
  }

  /// Runs hooks and mixes on those of some rows of logits, [some.count, columns], that are its own.
  func finish(
    _ some: Range<Int>, _ logits: UnsafeMutablePointer<Float>, columns: Int, mixes: Bool
  ) {
    let own = rows.clamped(to: some)
    guard !own.isEmpty else { return }
    let first = own.lowerBound - rows.lowerBound
    let start = positions.lowerBound + first
    let selected = start..<start + own.count
    let selectedTokens = tokens.dropFirst(first).prefix(own.count)
    let line = logits + (own.lowerBound - some.lowerBound) * columns
    session.hooks.run(
      .logits, line, columns: columns, positions: selected, tokens: selectedTokens)
    if mixes {
      session.hooks.mix(line, columns: columns, positions: selected, tokens: selectedTokens)
    }
  }
}
