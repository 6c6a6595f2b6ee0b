import Foundation
public import Memory
import Transformer

extension NeighborMemory: Poolable {
  /// Reads several files as one: the best hits of each are ranked together, with one softmax and one gate.
  ///
  /// Several files are always mixed, whatever the read-out of each. The k best of all are among the k best of each, so
  /// pooling is as exact as one large store. The gate is the mean of the files' gates, weighted by their shares of the
  /// vote.
  public static func readTogether(
    _ modules: [any MemoryModule], _ inputs: [ReadInput], gates: [ReadoutGate]
  ) -> [PooledReading?] {
    let members = modules.compactMap { $0 as? NeighborMemory }
    let rows = inputs.first?.rows ?? 0
    guard members.count == modules.count else {
      return [PooledReading?](repeating: nil, count: rows)
    }
    let found = zip(members, inputs).map { $0.find($1) }
    return (0..<rows).map { row in
      pool(members, found.map { $0[row] }, inputs: inputs, gates: gates, row: row)
    }
  }

  /// A candidate of the pooled vote.
  private struct Voter {
    let member: Int
    let hit: NeighborStore.Hit
    let token: Int32
    let seats: Int
    let logit: Float
  }

  private static func pool(
    _ members: [NeighborMemory], _ found: [Found], inputs: [ReadInput], gates: [ReadoutGate],
    row: Int
  ) -> PooledReading? {
    var voters: [Voter] = []
    for (index, member) in members.enumerated() {
      for hit in member.current(found[index].hits) {
        guard let token = member.store.token(of: hit.index) else { continue }
        voters.append(
          Voter(
            member: index, hit: hit, token: token, seats: member.store.weight(of: hit.index),
            logit: member.configuration.sharpness * hit.score))
      }
    }
    // Ties between files are ordered independently of the order of the files.
    voters.sort {
      ($1.logit, $0.token, $0.seats, $0.hit.index) < ($0.logit, $1.token, $1.seats, $1.hit.index)
    }
    var left = members.map(\.configuration.neighbors).max() ?? 0
    var kept: [Voter] = []
    var seats: [Float] = []
    for voter in voters where left > 0 {
      let count = min(left, voter.seats)
      left -= count
      kept.append(voter)
      seats.append(Float(count))
    }
    // Logits replace the scores, since every file has its own sharpness.
    let entries = members.reduce(0) { $0 + $1.store.liveCount }
    guard
      var reading = NeighborMemory.reading(
        kept.map { .init(index: $0.hit.index, score: $0.logit) }, tokens: kept.map(\.token),
        seats: seats, sharpness: 1, entries: entries)
    else { return nil }
    var votes = [[Reading.Vote]](repeating: [], count: members.count)
    var shares = [Float](repeating: 0, count: members.count)
    for (voter, vote) in zip(kept, reading.votes) {
      shares[voter.member] += vote.weight
      votes[voter.member].append(
        .init(
          journal: members[voter.member].store.journal(of: voter.hit.index), token: vote.token,
          weight: vote.weight))
    }
    let cosines = kept.map(\.hit.score)
    let best = cosines.first ?? 0
    let rival = kept.first { $0.token != kept[0].token }?.hit.score ?? 0
    var spread: Float = 0
    if case .sparse(_, let probabilities) = reading.distribution {
      spread = entropy(probabilities)
    }
    let features = FeatureVector<Feature>([
      .bestCosine: best, .bestCosineSquared: best * best, .margin: best - rival,
      .entropyTimesCosine: spread * best, .entries: log(Float(entries) + 1),
    ])
    reading.features = features.values
    reading.votes = []
    var opening: Float = 0
    for (index, member) in members.enumerated() where shares[index] > 0 {
      opening +=
        shares[index]
        * member.opening(
          reading, hits: kept.map(\.hit), found: found[index], input: inputs[index], row: row,
          gate: gates[index])
    }
    reading.opening = opening < floor ? 0 : opening
    return PooledReading(reading: reading, votes: votes)
  }

  /// The value of this memory's own gate for a reading.
  private func opening(
    _ reading: Reading, hits: [NeighborStore.Hit], found: Found, input: ReadInput, row: Int,
    gate common: ReadoutGate
  ) -> Float {
    guard let base = input.base.indices.contains(row) ? input.base[row] : nil,
      let top = reading.top
    else { return 0 }
    let hidden = input.hidden[row * context.width..<(row + 1) * context.width]
    if let gate, let cheap = found.cheap {
      let features =
        cheap
        + foundFeatures(reading, hits: hits, base: base, hidden: hidden, firstStep: found.odds)
      return gate.mix.openings(features, rows: 1)[0]
    }
    return common(
      ReadoutGate.features(
        base: base, reading: reading,
        baseLogProbabilityOfMemoryTop: context.model.logit(of: top.token, hidden: hidden)
          - base.logSumExp))
  }
}
