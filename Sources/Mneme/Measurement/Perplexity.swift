import ModelFiles
public import Tokenization
public import Transformer

/// Mean surprisal of a text, window by window.
public enum Perplexity {
  /// How a text is measured.
  public struct Options: Sendable, Equatable {
    /// Tokens a window holds, the beginning-of-sequence token included.
    public var window: Int
    /// Whether each window is committed, that is shown to the memories, after it was scored.
    public var learns: Bool
    /// Tokens per bucket of the report.
    public var bucket: Int
    /// The largest number of tokens used of the text; `nil` for all.
    public var limit: Int?

    /// Options from their parts.
    public init(window: Int, learns: Bool = false, bucket: Int = 4096, limit: Int? = nil) {
      self.window = max(2, window)
      self.learns = learns
      self.bucket = max(1, bucket)
      self.limit = limit
    }
  }

  /// Streams `text` through `session` and scores every token once.
  ///
  /// Windows do not overlap. Each begins with the beginning-of-sequence token where the tokenizer
  /// asks for one; where it does not, a window's first token has nothing before it and is not scored.
  ///
  /// - Parameters:
  ///   - text: the tokens, without a beginning-of-sequence token.
  ///   - session: an empty session, memories attached or not. It is empty again afterwards.
  ///   - tokenizer: of the session's model.
  ///   - provenance: the provenance with which memories learn when `options.learns`.
  ///   - options: window, limit, and whether windows are learned.
  ///   - observe: called for each window with the position of its first scored token and their surprisal, before it is committed.
  ///   - progress: called with the share done.
  /// - Throws: `EvaluationError.nothingToMeasure`, `CancellationError`, `TransformerError`.
  public static func measure(
    _ text: [Int32], session: TransformerSession, tokenizer: any Tokenizer,
    provenance: Provenance, options: Options, observe: (Int, [Double]) -> Void = { _, _ in },
    progress: (Double) -> Void = { _ in }
  ) throws -> PerplexityReport {
    let start = tokenizer.special.addBOS ? tokenizer.special.bos.map { [$0] } ?? [] : []
    let limited = options.limit.map { Array(text.prefix(max(0, $0))) } ?? text
    let step = min(options.window, session.contextLength) - start.count
    guard limited.count + start.count > 1, step > 0 else {
      throw EvaluationError.nothingToMeasure(
        source: provenance.source.text, reason: "the text has fewer than two tokens")
    }
    var report = PerplexityReport(bucketSize: options.bucket, window: step)
    var position = 0
    while position < limited.count {
      try Task.checkCancellation()
      let window = start + limited[position..<min(position + step, limited.count)]
      session.reset()
      var surprisals: [Double] = []
      surprisals.reserveCapacity(window.count)
      try session.forward(window) { row, logits in
        guard row + 1 < window.count else { return }
        surprisals.append(-Double(Logits.logProbability(of: window[row + 1], in: logits)))
      }
      let skipped = start.isEmpty ? 1 : 0
      report.add(surprisals, from: position + skipped, place: skipped)
      observe(position + skipped, surprisals)
      if options.learns {
        let learnable = window.indices.map { $0 >= start.count }
        try session.commit(
          through: session.tokens.count, provenance: provenance, learnable: learnable,
          endsSegment: true)
      }
      position += step
      progress(Double(min(position, limited.count)) / Double(limited.count))
    }
    session.reset()
    guard report.tokens > 0 else {
      throw EvaluationError.nothingToMeasure(
        source: provenance.source.text, reason: "the text has fewer than two tokens")
    }
    return report
  }
}
