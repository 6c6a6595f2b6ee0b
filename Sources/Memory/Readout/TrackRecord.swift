import Foundation

/// How far a memory is believed in the text at hand, from what hearing it was worth so far: a bet between the plain model and
/// the model with the memory, whose odds every token moves.
///
/// Gates are fitted on texts of a few kinds; on any other a memory that has nothing to do with it must not go on being
/// wrong. The mixture of two experts loses to the better one no more than the logarithm of its share at the beginning,
/// however long the text, and following it with a fixed share (Herbster and Warmuth 1998, "Tracking the best expert") lets a
/// memory back in when the text comes to what it knows.
package struct TrackRecord: Equatable {
  /// The trust a memory begins a text with: what it may lose there is about -log(1 - trust) = 2.3 nats.
  package static let beginning: Float = 0.9
  /// The share of the trust that is dealt anew at each token.
  package static let share: Float = 0.002

  /// The factor of the memory's gate, 0...1.
  package private(set) var trust = Self.beginning

  /// A record of nothing yet.
  package init() {}

  /// Adds what one token was worth.
  ///
  /// - Parameter evidence: log-probability of the token with the memory heard less that without, nats.
  package mutating func add(_ evidence: Float) {
    guard !evidence.isNaN else { return }
    let odds = trust / (1 - trust) * exp(max(-20, min(20, evidence)))
    trust = (1 - Self.share) * odds / (1 + odds) + Self.share * Self.beginning
  }
}
