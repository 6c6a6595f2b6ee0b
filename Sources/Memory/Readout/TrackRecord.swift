import Foundation

/// Online trust weight of a memory in the current text, from past log-likelihood gain: the posterior weight of the
/// model with the memory against the plain model, updated at every token.
///
/// Gates are fitted on texts of a few kinds; in other texts an unrelated memory must not keep adding loss. A mixture of
/// two experts loses to the better one at most the negative logarithm of that expert's initial weight, however long the
/// text, and the fixed-share update (Herbster and Warmuth 1998, "Tracking the best expert") lets a memory recover when
/// the text reaches what it knows.
package struct TrackRecord: Equatable {
  /// The trust at the beginning of a text: a useless memory can then cost about -log(1 - trust) = 2.3 nats.
  package static let beginning: Float = 0.9
  /// The share of the weight that is redistributed at each token (fixed share).
  package static let share: Float = 0.002

  /// The factor of the memory's gate, 0...1.
  package private(set) var trust = Self.beginning

  /// A record without tokens.
  package init() {}

  /// Updates the trust with one token.
  ///
  /// - Parameter evidence: log-probability of the token with the memory minus that without it, nats.
  package mutating func add(_ evidence: Float) {
    guard !evidence.isNaN else { return }
    let odds = trust / (1 - trust) * exp(max(-20, min(20, evidence)))
    trust = (1 - Self.share) * odds / (1 + odds) + Self.share * Self.beginning
  }
}
