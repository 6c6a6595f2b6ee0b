import Foundation
import Memory
import Tensors
import Transformer

/// Fits sharpness and gate of a neighbor memory to held-out tokens.
struct NeighborFitting {
  let module: NeighborMemory
  let context: ModuleContext

  /// Sharpness first, with a constant gate; then the gate before the search, then the one after it, then the threshold.
  func fit(
    _ examples: NeighborExamples, progress: (Double) -> Void = { _ in }
  ) -> (sharpness: Float, gate: NeighborGate, skipBelow: Float, report: RefitReport) {
    let (training, selection, rest, foreign) = examples.split()
    let sharpness = Self.sharpness(training + selection)
    progress(0.2)
    let sets = [training, selection, rest, foreign].map { cheapRows($0, sharpness: sharpness) }
    let skip = GateNetwork.fit(sets[0], selection: sets[1])
    progress(0.6)
    let found = zip([training, selection, rest, foreign], sets).map { rows, set in
      foundRows(rows, set, skip: skip, sharpness: sharpness)
    }
    let mix = GateNetwork.fit(found[0], selection: found[1])
    progress(0.9)
    let gate = NeighborGate(skip: skip, mix: mix)
    let threshold = Self.threshold(
      odds: odds(skip, sets[1]), gates: openings(mix, found[1]), rows: found[1])
    var report = RefitReport(tokens: rest.count, sharpness: sharpness)
    report.classes = Self.classes(
      rest, plain: found[2],
      gates: zip(odds(skip, sets[2]), openings(mix, found[2])).map {
        $0 < threshold ? 0 : $1
      })
    fill(&report, sets, found, gate: gate, threshold: threshold)
    progress(1)
    return (sharpness, gate, threshold, report)
  }

  /// The sharpness with the best likelihood under a constant gate.
  private static func sharpness(_ rows: [NeighborExamples.Row]) -> Float {
    let stride = max(1, rows.count / 8000)
    let sample = rows.indices.filter { $0 / 16 % stride == 0 }.map { rows[$0] }
    var best: (loss: Double, sharpness: Float) = (.infinity, 20)
    for sharpness in [8, 12, 16, 20, 24, 30, 36, 44, 54, 66] as [Float] {
      var set = GateRows(inputs: 0)
      for row in sample {
        set.base.append(row.baseLogProbability)
        set.memory.append(row.memoryLogProbability(sharpness: sharpness))
        set.weights.append(row.weight)
      }
      let gate = set.constantGate()
      let loss = set.loss([Float](repeating: gate, count: set.count))
      if loss < best.loss { best = (loss, sharpness) }
    }
    return best.sharpness
  }

  private func cheapRows(_ rows: [NeighborExamples.Row], sharpness: Float) -> GateRows {
    var set = GateRows(inputs: NeighborGate.cheapNames.count + context.width)
    for row in rows {
      set.features += row.cheap
      set.features += row.hidden
      set.base.append(row.baseLogProbability)
      set.memory.append(row.memoryLogProbability(sharpness: sharpness))
      set.weights.append(row.weight)
    }
    return set
  }

  private func foundRows(
    _ rows: [NeighborExamples.Row], _ cheap: GateRows, skip: GateNetwork, sharpness: Float
  ) -> GateRows {
    let odds = odds(skip, cheap)
    var set = cheap
    set.inputs = NeighborGate.cheapNames.count + NeighborGate.foundNames.count
    set.features = []
    for (index, row) in rows.enumerated() {
      // The module's own gate has the number of entries among its cheap features.
      let reading = NeighborMemory.reading(
        row.hits, tokens: row.tokens, seats: row.seats, sharpness: sharpness, entries: 0)
      set.features += row.cheap
      set.features += module.foundFeatures(
        reading, hits: row.hits, base: row.base, hidden: row.hidden[...], firstStep: odds[index])
    }
    return set
  }

  private func odds(_ network: GateNetwork, _ rows: GateRows) -> [Float] {
    network.forward(network.normalised(rows.features), rows: rows.count).output
  }

  private func openings(_ network: GateNetwork, _ rows: GateRows) -> [Float] {
    network.openings(rows.features, rows: rows.count).map {
      $0 < NeighborMemory.floor ? 0 : $0
    }
  }

  /// The threshold that skips most searches while losing at most 1 % of the memory's gain.
  static func threshold(odds: [Float], gates: [Float], rows: GateRows) -> Float {
    guard rows.count > 20 else { return -1000 }
    let sorted = odds.sorted()
    let whole = rows.loss(gates)
    let gain = rows.loss([Float](repeating: 0, count: rows.count)) - whole
    var threshold: Float = -1000
    for tenth in stride(from: 0.05, to: 0.96, by: 0.05) {
      let candidate = sorted[Int(Double(sorted.count) * tenth)]
      let loss = rows.loss(zip(odds, gates).map { $0 < candidate ? 0 : $1 })
      if loss - whole <= 0.01 * max(0, gain) { threshold = candidate }
    }
    return threshold
  }

  private func fill(
    _ report: inout RefitReport, _ cheap: [GateRows], _ found: [GateRows],
    gate: NeighborGate, threshold: Float
  ) {
    let foreign = found[3]
    report.foreignTokens = foreign.count
    report.foreignPlain = foreign.loss([Float](repeating: 0, count: foreign.count))
    report.foreignLearned = foreign.loss(
      zip(self.odds(gate.skip, cheap[3]), openings(gate.mix, foreign)).map {
        $0 < threshold ? 0 : $1
      })
    let rows = found[2]
    guard rows.count > 0 else { return }
    let closed = [Float](repeating: 0, count: rows.count)
    let gates = openings(gate.mix, rows)
    let odds = odds(gate.skip, cheap[2])
    let constant = found[0].constantGate()
    report.plain = rows.loss(closed)
    report.before = report.plain
    report.constant = rows.loss([Float](repeating: constant, count: rows.count))
    report.learned = rows.loss(gates)
    func skipping(_ scores: [Float], share: Double) -> Double {
      let limit = scores.sorted()[min(rows.count - 1, Int(Double(rows.count) * share))]
      return rows.loss(zip(scores, gates).map { $0 < limit ? 0 : $1 })
    }
    let kept = zip(odds, gates).map { $0 < threshold ? 0 : $1 }
    report.skipping = rows.loss(kept)
    report.skipped = Double(odds.filter { $0 < threshold }.count) / Double(rows.count)
    var random = SplitMix64(seed: 23)
    let lottery = odds.map { _ in random.symmetric() }
    report.randomSkipping = skipping(lottery, share: report.skipped)
    report.halfSkipped = skipping(odds, share: 0.5)
    report.halfSkippedRandom = skipping(lottery, share: 0.5)
    let doubts = cheap.map { Self.doubtsOnly($0) }
    let plain = GateNetwork.fit(doubts[0], selection: doubts[1], epochs: 12)
    report.halfSkippedPlainFeatures = skipping(self.odds(plain, doubts[2]), share: 0.5)
  }

  /// Mean negative log-likelihood under the gate in some parameters, nats.
  func loss(
    of parameters: ModuleParameters, _ rows: [NeighborExamples.Row], sharpness: Float
  ) -> Double {
    let set = cheapRows(rows, sharpness: sharpness)
    let gates: [Float]
    if let gate = module.gate {
      gates = openings(gate.mix, foundRows(rows, set, skip: gate.skip, sharpness: sharpness))
    } else {
      gates = rows.map { row in
        guard
          var reading = NeighborMemory.reading(
            row.hits, tokens: row.tokens, seats: row.seats, sharpness: sharpness, entries: 0)
        else { return 0 }
        var features = FeatureVector<NeighborMemory.Feature>(reading.features)
        features[.entries] = row.cheap[2]
        reading.features = features.values
        let found = module.foundFeatures(
          reading, hits: row.hits, base: row.base, hidden: row.hidden[...], firstStep: 0)
        return parameters.gate(
          ReadoutGate.features(
            base: row.base, reading: reading, baseLogProbabilityOfMemoryTop: found[6]))
      }
    }
    return set.loss(gates)
  }

  /// Losses and shares of tokens that were helped or hurt, by the token's frequency among the report's tokens.
  private static func classes(
    _ rows: [NeighborExamples.Row], plain: GateRows, gates: [Float]
  ) -> [RefitReport.TokenClass] {
    var frequency: [Int32: Int] = [:]
    for row in rows { frequency[row.target, default: 0] += 1 }
    let bounds = [(1, 9), (10, 99), (100, Int.max)]
    return bounds.map { low, high in
      var result = RefitReport.TokenClass(from: low, tokens: 0)
      for (index, row) in rows.enumerated() {
        guard let count = frequency[row.target], (low...high).contains(count) else { continue }
        let g = Double(gates[index])
        let base = exp(Double(plain.base[index]))
        let mixed = g > 0 ? (1 - g) * base + g * exp(Double(plain.memory[index])) : base
        result.tokens += 1
        result.plain -= Double(plain.base[index])
        result.mixed -= log(max(mixed, 1e-30))
        if mixed > base * 1.0001 { result.helped += 1 }
        if mixed < base * 0.9999 { result.hurt += 1 }
      }
      let count = Double(max(1, result.tokens))
      result.plain /= count
      result.mixed /= count
      result.helped /= count
      result.hurt /= count
      return result
    }
  }

  /// SPALM's gate, fitted to the training rows, and its loss on the report's.
  func fitVectorGate(_ examples: NeighborExamples) -> (gate: VectorGate, loss: Double) {
    let (training, _, rest, _) = examples.split()
    func prepared(_ rows: [NeighborExamples.Row], limit: Int) -> [VectorGate.Example] {
      let stride = max(1, rows.count / limit)
      return rows.indices.filter { $0 % stride == 0 }.map { index in
        let row = rows[index]
        return VectorGate.Example(
          hidden: row.hidden,
          attention: VectorGate.attention(
            row.tokens, seats: row.seats, hidden: row.hidden, matrix: context.model.outputMatrix),
          target: row.target, weight: row.weight)
      }
    }
    let gate = VectorGate.fit(prepared(training, limit: 8000), model: context.model)
    return (gate, gate.loss(prepared(rest, limit: 4000), model: context.model))
  }

  /// The rows with the features entropy and confidence alone.
  private static func doubtsOnly(_ rows: GateRows) -> GateRows {
    var part = rows
    part.inputs = 2
    part.features = (0..<rows.count).flatMap { row in
      rows.features[row * rows.inputs..<row * rows.inputs + 2]
    }
    return part
  }
}
