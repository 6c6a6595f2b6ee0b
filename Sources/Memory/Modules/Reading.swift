import Foundation
import Tensors

/// A next-token distribution from memory.
public struct Reading: Sendable {
  /// The distribution.
  public enum Distribution: Sendable {
    /// Tokens without repetition and their probabilities, which sum to 1.
    case sparse(tokens: [Int32], probabilities: [Float])
    /// Log-probabilities of every token, [vocabulary].
    case dense(logProbabilities: [Float])
  }

  /// An entry that contributed to the distribution.
  public struct Vote: Sendable, Equatable {
    /// The entry's index in the journal.
    public let journal: Int
    /// The token it predicts.
    public let token: Int32
    /// Its share of the reading, 0...1.
    public let weight: Float

    /// Creates a vote.
    public init(journal: Int, token: Int32, weight: Float) {
      self.journal = journal
      self.token = token
      self.weight = weight
    }
  }

  /// The memory's distribution of the next token.
  public var distribution: Distribution
  /// The module's own features for the gate, in the order of its `featureNames` (`FeatureVector` makes them by name).
  public var features: [Float]
  /// The entries that contributed, by falling weight; empty for memories without entries.
  public var votes: [Vote]
  /// The gate's value, 0...1, for a module with its own gate; nil for the common gate.
  public var opening: Float?
  /// Whether the distribution already includes the plain model's, so that it replaces the row of logits where the gate
  /// is open instead of being mixed in; only for a dense distribution.
  public var isWhole = false

  /// Creates a reading.
  public init(
    distribution: Distribution, features: [Float], votes: [Vote] = [], opening: Float? = nil
  ) {
    self.distribution = distribution
    self.features = features
    self.votes = votes
    self.opening = opening
  }

  /// The most probable token and its log-probability; the lower id wins a tie.
  public var top: (token: Int32, logProbability: Float)? {
    switch distribution {
    case .sparse(let tokens, let probabilities):
      var best: (token: Int32, logProbability: Float)?
      for (token, probability) in zip(tokens, probabilities) {
        let logProbability = Foundation.log(max(probability, 1e-30))
        if let current = best,
          (current.logProbability, -current.token) >= (logProbability, -token)
        {
          continue
        }
        best = (token, logProbability)
      }
      return best
    case .dense(let values):
      guard !values.isEmpty else { return nil }
      let best = LinearAlgebra.indexOfMaximum(values, count: values.count)
      return (Int32(best), values[best])
    }
  }

  /// The log-probability of one token; -infinity when a sparse reading does not hold it.
  public func logProbability(of token: Int32) -> Float {
    switch distribution {
    case .sparse(let tokens, let probabilities):
      guard let index = tokens.firstIndex(of: token), probabilities[index] > 0 else {
        return -.infinity
      }
      return Foundation.log(probabilities[index])
    case .dense(let values):
      return token >= 0 && Int(token) < values.count ? values[Int(token)] : -.infinity
    }
  }
}

/// A joint reading of several memories of one kind.
public struct PooledReading: Sendable {
  /// The joint distribution, with its gate value set and without votes.
  public var reading: Reading
  /// Per memory the entries that contributed, by falling weight; weights are shares of the whole.
  public var votes: [[Reading.Vote]]

  /// Creates a reading.
  public init(reading: Reading, votes: [[Reading.Vote]]) {
    self.reading = reading
    self.votes = votes
  }
}
