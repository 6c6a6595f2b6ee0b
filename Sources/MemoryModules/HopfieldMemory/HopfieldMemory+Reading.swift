import Foundation
public import Memory
import Tensors

extension HopfieldMemory: AssociativeModule {
  /// The features of its gate.
  enum Feature: String, FeatureName {
    /// The largest cosine of the query and a pattern.
    case bestCosine = "best cosine"
    /// Length of the retrieved pattern: 1 for one stored pattern, less for a blend.
    case purity
    /// Probability of the first token minus that of the second.
    case margin
  }

  public static var featureNames: [String] { Feature.names }

  public func write(_ batch: WriteBatch) {
    let columns = context.keyColumns
    for row in 0..<batch.count {
      let key = batch.keys[row * columns..<(row + 1) * columns]
      guard key.allSatisfy(\.isFinite) else {
        state.rejected += 1
        continue
      }
      state.keys += key
      state.tokens.append(batch.targets[row])
      state.journal.append(batch.journal[row])
    }
  }

  public func read(_ input: ReadInput) -> [Reading?] {
    let columns = context.keyColumns
    return (0..<input.rows).map { row in
      let query = Array(input.keys[row * columns..<(row + 1) * columns])
      return isEmpty || !query.allSatisfy(\.isFinite) ? nil : read(query)
    }
  }

  /// Iterates the update rule from a query, [key columns].
  private func read(_ query: [Float]) -> Reading? {
    let count = state.readable
    var xi = query
    var weights = scores(of: xi)
    let best = weights.max() ?? 0
    var purity: Float = 0
    for step in 0..<configuration.updates {
      if step > 0 { weights = scores(of: xi) }
      for index in weights.indices { weights[index] *= configuration.beta }
      LinearAlgebra.softmax(&weights, count: count)
      // X softmax(beta Xᵀ xi)
      LinearAlgebra.weightedSum(
        weights, ldp: count, count: 1, values: state.keys, n: count, columns: xi.count, into: &xi,
        ldy: xi.count, accumulate: false)
      purity = LinearAlgebra.dot(xi, xi, count: xi.count).squareRoot()
      LinearAlgebra.normalize(&xi, count: xi.count)
    }
    return reading(voters(weights), best: best, purity: purity)
  }

  /// Cosines of a state and the patterns that can be read, [readable].
  private func scores(of xi: [Float]) -> [Float] {
    let count = state.readable
    return [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      if let start = buffer.baseAddress {
        LinearAlgebra.gemv(state.keys, xi, start, rows: count, columns: xi.count)
      }
      filled = count
    }
  }

  /// The voting patterns, by falling weight, without those that a newer one replaces.
  private func voters(_ weights: [Float]) -> [(index: Int, weight: Float)] {
    let columns = context.keyColumns
    let heard = weights.indices.filter { weights[$0] > 1e-4 }
      .sorted { (weights[$0], $1) > (weights[$1], $0) }.prefix(64)
    return heard.filter { old in
      !heard.contains { new in
        new > old && state.tokens[new] != state.tokens[old]
          && state.keys.withUnsafeBufferPointer { keys in
            guard let keys = keys.baseAddress else { return false }
            return LinearAlgebra.dot(keys + new * columns, keys + old * columns, count: columns)
              >= configuration.supersededFrom
          }
      }
    }.map { ($0, weights[$0]) }
  }

  private func reading(
    _ voters: [(index: Int, weight: Float)], best: Float, purity: Float
  ) -> Reading? {
    let total = voters.reduce(Float(0)) { $0 + $1.weight }
    guard total > 0, total.isFinite else { return nil }
    var tokens: [Int32] = []
    var probabilities: [Float] = []
    for voter in voters {
      let token = state.tokens[voter.index]
      if let place = tokens.firstIndex(of: token) {
        probabilities[place] += voter.weight / total
      } else {
        tokens.append(token)
        probabilities.append(voter.weight / total)
      }
    }
    let ranked = probabilities.sorted(by: >)
    let features = FeatureVector<Feature>([
      .bestCosine: best, .purity: purity,
      .margin: ranked[0] - (ranked.count > 1 ? ranked[1] : 0),
    ])
    return Reading(
      distribution: .sparse(tokens: tokens, probabilities: probabilities),
      features: features.values,
      votes: voters.prefix(8).map {
        .init(
          journal: state.journal[$0.index], token: state.tokens[$0.index],
          weight: $0.weight / total)
      })
  }
}

extension HopfieldMemory: Calibratable {
  /// Chooses the temperature, then whether a second step of the update rule helps, by held-out likelihood.
  public static func calibrate(
    _ data: CalibrationData, context: ModuleContext, progress: (Double) -> Void
  ) throws(MemoryError) -> ModuleParameters {
    let search = CandidateSearch<HopfieldMemory>(data, context: context)
    for beta: Float in [16, 32, 64] {
      var configuration = HopfieldConfiguration(for: context)
      configuration.beta = beta
      try search.consider(configuration)
      progress(Double(search.tried) / 4)
    }
    try search.consider(changing: { $0.updates = 2 })
    progress(1)
    return try search.parameters()
  }
}
