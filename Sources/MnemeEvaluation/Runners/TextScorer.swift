import Generation
import Mneme
public import Tokenization
public import Transformer

/// Scores every token of a text, window by window, and commits each window when memories learn.
public enum TextScorer {
  /// Scored tokens and their surprisal, equally many.
  public struct Score: Sendable, Equatable, Codable {
    /// The tokens as text; a character of several tokens stands at its last one.
    public var pieces: [String] = []
    /// Positions in the text.
    public var positions: [Int] = []
    /// How often the same token had occurred before.
    public var earlier: [Int] = []
    /// -log p, nats.
    public var surprisal: [Double] = []
    /// Positions at which a window begins.
    public var windows: [Int] = []
    /// The share of the text that the memory had read before, 0 to 1; nil without a memory, or when it cannot tell.
    public var read: Double?

    /// Nothing scored yet.
    public init() {}
  }

  /// Streams a text through a session.
  ///
  /// - Parameters:
  ///   - text: the tokens, without a beginning-of-sequence token.
  ///   - session: an empty session, memories attached or not. It is empty again afterwards.
  ///   - window: tokens a window holds at most, the beginning-of-sequence token included.
  ///   - learns: whether each window is committed after it was scored.
  /// - Throws: `EvaluationError.nothingToMeasure`, `CancellationError`, `TransformerError`.
  public static func score(
    _ text: [Int32], in session: TransformerSession, tokenizer: any Tokenizer,
    provenance: Provenance, window: Int, learns: Bool, progress: (Double) -> Void = { _ in }
  ) throws -> Score {
    var score = Score()
    var seen: [Int32: Int] = [:]
    var stream = TextStream(tokenizer: tokenizer)
    var next = 0
    _ = try Perplexity.measure(
      text, session: session, tokenizer: tokenizer, provenance: provenance,
      options: .init(window: window, learns: learns),
      observe: { position, surprisals in
        // A token no window scores still counts as having occurred.
        while next < position {
          seen[text[next], default: 0] += 1
          _ = stream.append(text[next])
          next += 1
        }
        score.windows.append(position)
        for (offset, nats) in surprisals.enumerated() {
          let token = text[position + offset]
          score.pieces.append(stream.append(token))
          score.positions.append(position + offset)
          score.earlier.append(seen[token, default: 0])
          score.surprisal.append(nats)
          seen[token, default: 0] += 1
          next = position + offset + 1
        }
      }, progress: progress)
    return score
  }
}
