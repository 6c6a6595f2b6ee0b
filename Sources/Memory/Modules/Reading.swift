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

  /// An entry that had a say.
  public struct Vote: Sendable, Equatable {
    /// The entry's index in the journal.
    public let journal: Int
    /// The token it stands for.
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

  /// What the memory expects next.
  public var distribution: Distribution
  /// The module's own features for the gate, in the order of its `featureNames` (`FeatureVector` makes them by name).
  public var features: [Float]
  /// The entries behind it, strongest first; empty for memories without entries.
  public var votes: [Vote]
  /// How far it wants to be heard, 0...1, where the module has a gate of its own; nil leaves that to the common gate.
  public var opening: Float?
  /// Whether the distribution already contains what the plain model thinks, so that where the gate is open it takes the
  /// row's place instead of being mixed in; only a dense one can.
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

/// What several memories of one kind say together.
public struct PooledReading: Sendable {
  /// The distribution of all, with its gate decided; without votes.
  public var reading: Reading
  /// Per memory the entries behind it, strongest first; weights are shares of the whole.
  public var votes: [[Reading.Vote]]

  /// Creates a reading.
  public init(reading: Reading, votes: [[Reading.Vote]]) {
    self.reading = reading
    self.votes = votes
  }
}
