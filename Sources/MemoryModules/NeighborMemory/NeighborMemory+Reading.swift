import Foundation
public import Memory
import Tensors
import Transformer

extension NeighborMemory: AssociativeModule {
  public static var featureNames: [String] { Feature.names }

  /// The search result of a row, and its features from before the search.
  struct Found {
    var hits: [NeighborStore.Hit] = []
    /// Features before the search; nil when the module has no own gate.
    var cheap: [Float]?
    /// Log-odds before the search.
    var odds: Float = 0
    /// Whether the gate was closed before the search.
    var isSkipped = false
  }

  /// The votes of the neighbors of each row; nothing where the gate is closed before the search.
  public func read(_ input: ReadInput) -> [Reading?] {
    find(input).enumerated().map { row, found in
      guard !found.isSkipped else { return nil }
      let hits = current(found.hits)
      guard var result = reading(hits, isAnswer: input.text?.mode.isAnswer ?? false) else {
        return nil
      }
      if configuration.readout == .spalm, let vectorGate {
        let hidden = Array(input.hidden[row * context.width..<(row + 1) * context.width])
        return whole(result, hits, vectorGate, hidden: hidden)
      }
      if let gate, let cheap = found.cheap {
        let features =
          cheap
          + foundFeatures(
            result, hits: hits, base: input.base[row],
            hidden: input.hidden[row * context.width..<(row + 1) * context.width],
            firstStep: found.odds)
        let g = gate.mix.openings(features, rows: 1)[0]
        result.opening = g < Self.floor ? 0 : g
      }
      return result
    }
  }

  /// The same votes with SPALM's read-out.
  private func whole(
    _ reading: Reading, _ hits: [NeighborStore.Hit], _ gate: VectorGate, hidden: [Float]
  ) -> Reading? {
    var result = reading
    let open = 1 - gate.share(of: hidden)
    let (_, tokens, seats) = voters(hits)
    guard !tokens.isEmpty, open >= VectorGate.floor else { return nil }
    let z = gate.mixed(
      VectorGate.attention(
        tokens, seats: seats, hidden: hidden, matrix: context.model.outputMatrix), hidden: hidden)
    var logits = [Float](repeating: 0, count: context.vocabularySize)
    context.model.unembed(z, rows: 1, into: &logits)
    let total = LinearAlgebra.logSumExp(logits, count: logits.count)
    guard total.isFinite else { return nil }
    result.distribution = .dense(logProbabilities: logits.map { $0 - total })
    result.opening = open
    result.isWhole = true
    return result
  }

  /// The neighbors of each row whose gate is not closed before the search.
  func find(_ input: ReadInput) -> [Found] {
    lookups.rows += input.rows
    var found = [Found](repeating: Found(), count: input.rows)
    if let gate, let text = input.text, input.base.count == input.rows {
      let cheap = cheapFeatures(input, text: text)
      let odds = firstStep(gate, cheap: cheap, hidden: input.hidden)
      for row in 0..<input.rows {
        found[row] = Found(
          cheap: cheap[row], odds: odds[row], isSkipped: odds[row] < configuration.skipBelow)
      }
    }
    let open = (0..<input.rows).filter { !found[$0].isSkipped }
    lookups.skipped += input.rows - open.count
    let hits: [[NeighborStore.Hit]]
    if let text = input.text, pointers(isAnswer: text.mode.isAnswer) > 0 {
      hits = follow(input, text: text, wanted: open)
    } else {
      let columns = context.keyColumns
      hits = search(
        open.flatMap { input.keys[$0 * columns..<($0 + 1) * columns] }, rows: open.count)
    }
    for (row, hits) in zip(open, hits) { found[row].hits = hits }
    return found
  }

  /// Pointers followed in a text: more of them on an answer.
  func pointers(isAnswer: Bool) -> Int {
    isAnswer
      ? max(configuration.pointers, configuration.answerPointers) : configuration.pointers
  }

  /// Gates below it count as closed.
  static let floor: Float = 0.01

  func search(_ keys: [Float], rows: Int) -> [[NeighborStore.Hit]] {
    lookups.searches += rows
    let (threads, k) = (context.model.threads, configuration.neighbors)
    guard store.rowCount >= configuration.approximateFrom else {
      return store.search(keys, rows: rows, k: k, threads: threads)
    }
    let known = index.flatMap {
      $0.fits(store, smallest: configuration.approximateFrom) ? $0 : nil
    }
    let index =
      known
      ?? NeighborIndex(store, smallest: configuration.approximateFrom, threads: threads)
    if isIndexBehind || known == nil { index.follow(store, threads: threads) }
    isIndexBehind = false
    self.index = index
    return index.search(
      store, keys, rows: rows, k: k, probes: configuration.probes, threads: threads)
  }

  // MARK: - Features

  /// Features available before a search, per row.
  func cheapFeatures(_ input: ReadInput, text: TextWindow) -> [[Float]] {
    if counts.map({ !$0.holds(store) }) ?? true { counts = SuccessorCounts(store) }
    counts?.extend(store)
    guard let counts else { return [] }
    return (0..<input.rows).map { row in
      NeighborGate.cheap(
        base: input.base[row], entries: store.liveCount, counts: counts, text: text, row: row)
    }
  }

  /// The gate's log-odds before a search, per row.
  func firstStep(_ gate: NeighborGate, cheap: [[Float]], hidden: [Float]) -> [Float] {
    let width = context.width
    var inputs: [Float] = []
    for (row, features) in cheap.enumerated() {
      inputs += features
      inputs += hidden[row * width..<(row + 1) * width]
    }
    return gate.skip.forward(gate.skip.normalised(inputs), rows: cheap.count).output
  }

  /// Features available after a search.
  func foundFeatures(
    _ reading: Reading?, hits: [NeighborStore.Hit], base: BaseDistribution,
    hidden: ArraySlice<Float>, firstStep: Float
  ) -> [Float] {
    let nearest = hits.prefix(8)
    let mean = nearest.reduce(Float(0)) { $0 + $1.score } / Float(max(1, nearest.count))
    let top =
      reading?.top.map { context.model.logit(of: $0.token, hidden: hidden) - base.logSumExp } ?? -20
    return NeighborGate.found(
      reading, meanCosine: mean, base: base, topLogProbability: top, firstStep: firstStep)
  }

  /// The reading of some hits.
  ///
  /// The best rows vote until `neighbors` entries have: a row shared by several entries counts that many times, and the
  /// last row with the remainder, so that merging equal entries changes nothing.
  ///
  /// - Returns: nil without hits.
  func reading(_ hits: [NeighborStore.Hit], isAnswer: Bool = false) -> Reading? {
    let (voters, tokens, seats) = voters(hits)
    let sharpness = isAnswer ? configuration.answerSharpness : nil
    guard
      var result = Self.reading(
        voters, tokens: tokens, seats: seats, sharpness: sharpness ?? configuration.sharpness,
        entries: store.liveCount)
    else { return nil }
    for index in result.votes.indices {
      let vote = result.votes[index]
      result.votes[index] = .init(
        journal: store.journal(of: vote.journal), token: vote.token, weight: vote.weight)
    }
    return result
  }

  /// The hits that vote, their tokens, and the entries they vote for.
  func voters(
    _ hits: [NeighborStore.Hit]
  ) -> (hits: [NeighborStore.Hit], tokens: [Int32], seats: [Float]) {
    var left = configuration.neighbors
    var voters: [NeighborStore.Hit] = []
    var tokens: [Int32] = []
    var seats: [Float] = []
    for hit in hits where left > 0 {
      guard let token = store.token(of: hit.index) else { continue }
      let count = min(left, store.weight(of: hit.index))
      left -= count
      voters.append(hit)
      tokens.append(token)
      seats.append(Float(count))
    }
    return (voters, tokens, seats)
  }

  /// p(token) = sum of seats * exp(sharpness * score) over its hits, of all hits; votes name entries.
  ///
  /// - Parameter entries: how many the memory holds.
  /// - Returns: nil without hits.
  static func reading(
    _ hits: [NeighborStore.Hit], tokens voted: [Int32], seats: [Float], sharpness: Float,
    entries: Int
  ) -> Reading? {
    guard let best = hits.first else { return nil }
    let powers = zip(hits, seats).map { $1 * exp(sharpness * ($0.score - best.score)) }
    let total = powers.reduce(0, +)
    var tokens: [Int32] = []
    var probabilities: [Float] = []
    var slots: [Int32: Int] = [:]
    var votes: [Reading.Vote] = []
    for index in hits.indices {
      let (token, weight) = (voted[index], powers[index] / total)
      if let slot = slots[token] {
        probabilities[slot] += weight
      } else {
        slots[token] = tokens.count
        tokens.append(token)
        probabilities.append(weight)
      }
      votes.append(.init(journal: hits[index].index, token: token, weight: weight))
    }
    let rival = hits.indices.first { voted[$0] != voted[0] }
    let features = FeatureVector<Feature>([
      .bestCosine: best.score, .bestCosineSquared: best.score * best.score,
      .margin: best.score - (rival.map { hits[$0].score } ?? 0),
      .entropyTimesCosine: entropy(probabilities) * best.score,
      .entries: log(Float(entries) + 1),
    ])
    return Reading(
      distribution: .sparse(tokens: tokens, probabilities: probabilities),
      features: features.values, votes: votes)
  }

  /// The entropy in nats.
  static func entropy(_ probabilities: [Float]) -> Float {
    probabilities.reduce(Float(0)) { $0 - ($1 > 0 ? $1 * log($1) : 0) }
  }
}
