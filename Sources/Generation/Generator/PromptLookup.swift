/// Guesses how a text goes on from where its last words stood before: a reply often repeats its prompt, above all the facts
/// and the documents that were recalled into it. The model then checks several guessed tokens in one pass (speculative
/// decoding, Leviathan et al. 2023, arXiv 2211.17192, with the text itself for a draft model).
///
/// Whatever is guessed, the text stays the same: only what the sampler chooses is kept.
public struct PromptLookup: Sendable, Equatable {
  /// The tokens that have to stand there again.
  public let match: Int
  /// The most tokens guessed at a time. Six rows pass through the model together almost as fast as one.
  public let most: Int
  /// Guesses in a row that were wrong from their first token on.
  private var failures = 0
  /// Tokens until the next guess.
  private var pause = 0

  /// A look-up with nothing learned about the text.
  public init(match: Int = 3, most: Int = 5) {
    self.match = max(1, match)
    self.most = max(0, most)
  }

  /// What followed when the last `match` tokens of a text stood in it before, the latest time; empty where they did not.
  ///
  /// - Parameter last: the text's last token, which follows `tokens`.
  mutating func guess(after tokens: [Int32], _ last: Int32) -> [Int32] {
    if pause > 0 {
      pause -= 1
      return []
    }
    // How many tokens before the last one have to be the same.
    let before = match - 1
    let end = tokens.count
    guard most > 0, end > before else { return [] }
    return tokens.withUnsafeBufferPointer { text in
      var place = end - 1
      while place >= before {
        if text[place] == last {
          var same = 0
          while same < before, text[place - 1 - same] == text[end - 1 - same] { same += 1 }
          if same == before {
            let guessed = text[(place + 1)...].prefix(most)
            return Array(guessed) + (guessed.count < most ? [last] : [])
          }
        }
        place -= 1
      }
      return []
    }
  }

  /// How many of the last guess were right. After wrong ones the next waits, the longer the more there were.
  mutating func note(right count: Int) {
    failures = count > 0 ? 0 : failures + 1
    pause = failures > 1 ? min(16, 1 << failures) : 0
  }
}
