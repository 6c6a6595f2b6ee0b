extension TransformerSession {
  /// One new token of each of several sessions.
  public struct Step {
    /// The session, with room for the token.
    public let session: TransformerSession
    /// The token.
    public let token: Int32

    /// A step from its parts.
    public init(_ session: TransformerSession, _ token: Int32) {
      self.session = session
      self.token = token
    }
  }

  /// Passes one token of each of several sessions through the model together: the weights, of which decoding reads all for
  /// every token, are read once for all of them. The logits are, to the bit, what each session's `forward` gives.
  ///
  /// Sessions in which more than logit mixing changes what the model computes (fast weights, extra rows, edits), and those of
  /// other models than the first, take their steps alone, as do all steps of one session but its first.
  ///
  /// - Returns: per step one row of logits, after all hooks.
  /// - Throws: `TransformerError.contextFull`, `.tokenOutOfRange`; no session is then changed.
  public static func forward(_ steps: [Step]) throws(TransformerError) -> [Logits] {
    for (index, step) in steps.enumerated() {
      try step.session.check(
        steps[...index].filter { $0.session === step.session }.map(\.token))
    }
    var results = [Logits?](repeating: nil, count: steps.count)
    var together: [Int] = []
    for (index, step) in steps.enumerated() {
      let isFirst = !together.contains { steps[$0].session === step.session }
      if isFirst, step.session.model === steps[0].session.model,
        !step.session.hooks.changesActivations
      {
        together.append(index)
      }
    }
    for group in stride(from: 0, to: together.count, by: logitRows) {
      let some = Array(together[group..<min(together.count, group + logitRows)])
      let session = steps[some[0]].session
      // A session of a short context has a small workspace.
      guard some.count > 1, some.count <= session.workspace.rows else { continue }
      let rows = session.pass(together: some.map { steps[$0] })
      for (index, row) in zip(some, rows) { results[index] = row }
    }
    for (index, step) in steps.enumerated() where results[index] == nil {
      results[index] = try step.session.forward([step.token], logits: .last)
    }
    return results.compactMap { $0 }
  }

  private func pass(together steps: [Step]) -> [Logits] {
    let parts = steps.enumerated().map { row, step in
      let position = step.session.tokens.count
      step.session.enter([step.token], isPlain: true)
      return PassPart(
        session: step.session, rows: row..<row + 1, positions: position..<position + 1,
        tokens: [step.token])
    }
    let vocabulary = model.configuration.vocabularySize
    let values = [Float](unsafeUninitializedCapacity: steps.count * vocabulary) { buffer, count in
      let start = buffer.baseAddress
      run(parts, updates: WeightUpdates(), selectedRows: steps.count, mixes: true) { row, _ in
        start.map { $0 + row * vocabulary }
      }
      count = steps.count * vocabulary
    }
    return steps.indices.map { row in
      Logits(
        rows: 1, vocabularySize: vocabulary,
        values: Array(values[row * vocabulary..<(row + 1) * vocabulary]))
    }
  }
}
