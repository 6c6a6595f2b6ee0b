package import Memory
import Tokenization

/// Something new that a memory is to keep, such as an episode or a fact.
package struct RetentionArrival {
  let tokens: [Int32]
  /// -log p of each, nats; those that are not known are 0.
  let surprisals: [Float]
  let isSpoken: Bool

  package init(tokens: [Int32], surprisals: [Float], isSpoken: Bool) {
    self.tokens = tokens
    self.surprisals = surprisals
    self.isSpoken = isSpoken
  }

  /// The tokens of some rows.
  init(_ sources: RowSources) {
    self.init(
      tokens: sources.tokens, surprisals: sources.surprisals,
      isSpoken: sources.isSpoken.first ?? false)
  }

  /// The share of tokens that begin with a capital letter or a digit.
  func names(_ tokenizer: (any Tokenizer)?) -> Float {
    guard let tokenizer, !tokens.isEmpty else { return 0 }
    let count = tokens.count { token in
      let first = tokenizer.decode([token]).unicodeScalars.first { $0 != " " }
      return first.map { $0.properties.isUppercase || $0.properties.numericType != nil } ?? false
    }
    return Float(count) / Float(tokens.count)
  }
}

/// How much of what arrives is about each thing that is kept.
package struct RetentionMatch {
  /// The share of the arrival's words, weighted by how rare they are, that each thing has, 0 to 1.
  package let shares: [Float]

  package init(
    _ arrival: RetentionArrival, with kept: some Sequence<some Sequence<Int32>>,
    context: ModuleContext
  ) {
    // By pieces: the learned agent was trained on these shares.
    var relevance = TokenRelevance(context, by: .pieces)
    for tokens in kept { relevance.add(tokens) }
    relevance.add(arrival.tokens)
    var scores = relevance.scores(for: arrival.tokens)
    let own = scores.popLast() ?? 0
    shares = scores.map { own > 0 ? Float(min(1, $0 / own)) : 0 }
  }

  package init(shares: [Float]) { self.shares = shares }
}
