import Foundation
import Memory

extension NeighborMemory {
  /// The vote of some hits: p(token) = sum of weight * exp(sharpness * score) over its rows, of all rows.
  ///
  /// The best rows vote until `neighbors` entries have: a row that stands for several entries counts as often, and the
  /// last one with what is left, so that merging equal entries changes nothing.
  func reading(_ hits: [NeighborStore.Hit]) -> Reading {
    guard let best = hits.first else {
      return Reading(
        distribution: .sparse(tokens: [], probabilities: []), features: [0, 0, 0, 0, 0])
    }
    var seats = configuration.neighbors
    var voters: [(hit: NeighborStore.Hit, token: Int32, power: Float)] = []
    var total: Float = 0
    for hit in hits where seats > 0 {
      guard let token = store.token(of: hit.index) else { continue }
      let count = min(seats, store.weight(of: hit.index))
      seats -= count
      let power = Float(count) * exp(configuration.sharpness * (hit.score - best.score))
      total += power
      voters.append((hit, token, power))
    }
    var tokens: [Int32] = []
    var probabilities: [Float] = []
    var slots: [Int32: Int] = [:]
    var votes: [Reading.Vote] = []
    for voter in voters {
      let weight = voter.power / total
      if let slot = slots[voter.token] {
        probabilities[slot] += weight
      } else {
        slots[voter.token] = tokens.count
        tokens.append(voter.token)
        probabilities.append(weight)
      }
      votes.append(
        .init(journal: store.journal(of: voter.hit.index), token: voter.token, weight: weight))
    }
    let rival = voters.first { $0.token != voters[0].token }
    let spread = probabilities.reduce(Float(0)) { $0 - ($1 > 0 ? $1 * log($1) : 0) }
    return Reading(
      distribution: .sparse(tokens: tokens, probabilities: probabilities),
      features: [
        best.score, best.score * best.score, best.score - (rival?.hit.score ?? 0),
        spread * best.score, log(Float(store.liveCount) + 1),
      ], votes: votes)
  }
}
