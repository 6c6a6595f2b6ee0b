import Foundation
import Memory
import Transformer

/// What a neighbor memory found at held-out tokens, kept so that sharpness and gates can be tried without searching again.
struct NeighborExamples {
  /// One held-out token.
  struct Row {
    var hits: [NeighborStore.Hit]
    var tokens: [Int32]  // [hits]
    var seats: [Float]  // entries a hit stands for, [hits]
    var cheap: [Float]
    var hidden: [Float]
    var base: BaseDistribution
    var baseLogProbability: Float
    var target: Int32
    var weight: Float
  }

  /// Per episode its rows in order.
  private(set) var episodes: [[Row]] = []

  /// Reads before it writes, segment by segment, with a fresh memory for each episode.
  init(
    _ data: CalibrationData, context: ModuleContext, progress: (Double) -> Void,
    _ make: () throws(MemoryError) -> NeighborMemory
  ) throws(MemoryError) {
    for (index, episode) in data.episodes.enumerated() {
      let module = try make()
      var rows: [Row] = []
      for segment in episode {
        rows += Self.rows(segment, of: data, module: module, context: context)
        data.write(segment, to: module, context: context)
        module.endSegment()
      }
      episodes.append(rows)
      progress(Double(index + 1) / Double(data.episodes.count))
    }
  }

  private static func rows(
    _ segment: CalibrationData.Segment, of data: CalibrationData, module: NeighborMemory,
    context: ModuleContext
  ) -> [Row] {
    let chosen = segment.targets.indices.filter { segment.weights[$0] > 0 }
    guard !chosen.isEmpty, !module.isEmpty else { return [] }
    let (keys, hidden) = data.select(chosen, of: segment, context: context)
    let text = TextWindow(
      tokens: segment.tokens, positions: chosen, responseStart: segment.responseStart)
    let input = ReadInput(
      rows: chosen.count, keys: keys, hidden: hidden, text: text,
      base: chosen.map { segment.base[$0] })
    let cheap = module.cheapFeatures(input, text: text)
    let found = module.store.search(
      keys, rows: chosen.count, k: module.configuration.neighbors, threads: context.model.threads)
    return chosen.indices.map { index in
      var seats = module.configuration.neighbors
      var row = Row(
        hits: [], tokens: [], seats: [], cheap: cheap[index],
        hidden: Array(hidden[index * context.width..<(index + 1) * context.width]),
        base: segment.base[chosen[index]],
        baseLogProbability: segment.logProbabilities[chosen[index]],
        target: segment.targets[chosen[index]], weight: segment.weights[chosen[index]])
      for hit in found[index] where seats > 0 {
        guard let token = module.store.token(of: hit.index) else { continue }
        let count = min(seats, module.store.weight(of: hit.index))
        seats -= count
        row.hits.append(hit)
        row.tokens.append(token)
        row.seats.append(Float(count))
      }
      return row
    }
  }

  var rows: [Row] { episodes.flatMap { $0 } }

  /// Training, selection and report rows: the first six tenths of each episode, then two and two.
  ///
  /// With three or more episodes whole ones are kept apart, so that no document is on two sides.
  func split() -> (training: [Row], selection: [Row], report: [Row]) {
    if episodes.count >= 5 {
      var parts = [[Row]](repeating: [], count: 3)
      for (index, episode) in episodes.enumerated() {
        parts[[0, 0, 1, 0, 2][index % 5]] += episode
      }
      return (parts[0], parts[1], parts[2])
    }
    var (training, selection, report): ([Row], [Row], [Row]) = ([], [], [])
    for episode in episodes {
      let (first, second) = (episode.count * 6 / 10, episode.count * 8 / 10)
      training += episode[..<first]
      selection += episode[first..<second]
      report += episode[second...]
    }
    return (training, selection, report)
  }
}

extension NeighborExamples.Row {
  /// log p of the target under the votes at some sharpness.
  func memoryLogProbability(sharpness: Float) -> Float {
    guard let best = hits.first else { return -.infinity }
    var (own, total): (Float, Float) = (0, 0)
    for index in hits.indices {
      let power = seats[index] * exp(sharpness * (hits[index].score - best.score))
      total += power
      if tokens[index] == target { own += power }
    }
    return own > 0 ? log(own / total) : -.infinity
  }
}
