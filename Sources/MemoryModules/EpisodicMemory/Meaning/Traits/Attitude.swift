package import Tokenization

/// Whether a sentence says, or asks, what somebody likes or dislikes.
package enum Attitude: Sendable, Equatable {
  case liking
  case disliking

  private static let likes: Set<String> = [
    "like", "likes", "love", "loves", "favourite", "favorite", "fav", "enjoy", "enjoys", "prefer",
    "prefers", "adore",
  ]
  private static let dislikes: Set<String> = [
    "hate", "hates", "dislike", "dislikes", "loathe", "detest", "despise",
  ]
  private static let negations: Set<String> = [
    "can't", "cannot", "don't", "doesn't", "dont", "doesnt", "cant", "not", "never",
  ]

  /// The attitude of a sentence; nil when it has none.
  package init?(_ words: [SpokenWord]) {
    var found: Attitude?
    for (index, word) in words.enumerated() {
      let isNegated = index > 0 && Self.negations.contains(words[index - 1].lower)
      if Self.dislikes.contains(word.lower) || isNegated && word.lower == "stand"
        || isNegated && ["like", "love", "enjoy"].contains(word.lower)
      {
        found = .disliking
        break
      }
      if Self.likes.contains(word.lower) { found = .liking }
    }
    guard let found else { return nil }
    self = found
  }
}
