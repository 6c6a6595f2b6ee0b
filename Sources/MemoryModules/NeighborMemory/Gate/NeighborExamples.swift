import Foundation
import Memory
import Transformer

/// A neighbor memory's search results at held-out tokens, kept so that sharpness and gates can be tried without
/// repeating the searches.
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

  /// Rows of one text, in order.
  struct Part {
    /// The number of the predicted text.
    var document: Int
    /// Whether the memory held another text instead of the earlier part of this one.
    var isForeign: Bool
    var rows: [Row]
  }

  private(set) var parts: [Part] = []

  /// Reads before it writes, segment by segment, with a fresh memory for each episode.
  ///
  /// Streams are read a second time with a memory that has learned another stream and none of this one: the gate must
  /// also learn when neighbors are useless.
  init(
    _ data: CalibrationData, context: ModuleContext, progress: (Double) -> Void,
    _ make: () throws(MemoryError) -> NeighborMemory
  ) throws(MemoryError) {
    let streams = data.episodes.indices.filter { Self.isStream(data.episodes[$0]) }
    for (index, episode) in data.episodes.enumerated() {
      let module = try make()
      var rows: [Row] = []
      for segment in episode {
        rows += Self.rows(segment, of: data, module: module, context: context)
        data.write(segment, to: module, context: context)
        module.endSegment()
      }
      parts.append(Part(document: index, isForeign: false, rows: rows))
      if let place = streams.firstIndex(of: index), streams.count > 1 {
        // The other stream is from the other half of the list, which often holds texts of another kind when kinds are
        // grouped.
        let other = data.episodes[streams[(place + streams.count / 2) % streams.count]]
        let module = try make()
        for segment in other.prefix((other.count + 1) / 2) {
          data.write(segment, to: module, context: context)
          module.endSegment()
        }
        rows = episode.prefix((episode.count + 1) / 2).flatMap {
          Self.rows($0, of: data, module: module, context: context)
        }
        parts.append(Part(document: index, isForeign: true, rows: rows))
      }
      progress(Double(index + 1) / Double(data.episodes.count))
    }
  }

  /// Whether everything is predicted and learned.
  private static func isStream(_ episode: [CalibrationData.Segment]) -> Bool {
    !episode.isEmpty
      && episode.allSatisfy { segment in
        segment.isLearned.allSatisfy { $0 } && segment.weights.allSatisfy { $0 > 0 }
      }
  }

  private static func rows(
    _ segment: CalibrationData.Segment, of data: CalibrationData, module: NeighborMemory,
    context: ModuleContext
  ) -> [Row] {
    let chosen = segment.targets.indices.filter { segment.weights[$0] > 0 }
    guard !chosen.isEmpty, !module.isEmpty else { return [] }
    let (keys, hidden) = data.select(chosen, of: segment, context: context)
    let text = TextWindow(tokens: segment.tokens, positions: chosen, mode: segment.mode)
    let input = ReadInput(
      rows: chosen.count, keys: keys, hidden: hidden, text: text,
      base: chosen.map { segment.base[$0] })
    let cheap = module.cheapFeatures(input, text: text)
    let found = module.store.search(
      keys, rows: chosen.count, k: module.configuration.neighbors, threads: context.model.threads)
    return chosen.indices.map { index in
      let (hits, tokens, seats) = module.voters(found[index])
      return Row(
        hits: hits, tokens: tokens, seats: seats, cheap: cheap[index],
        hidden: Array(hidden[index * context.width..<(index + 1) * context.width]),
        base: segment.base[chosen[index]],
        baseLogProbability: segment.logProbabilities[chosen[index]],
        target: segment.targets[chosen[index]], weight: segment.weights[chosen[index]])
    }
  }

  var rows: [Row] { parts.flatMap(\.rows) }

  /// Rows for training, selection and the report; with five or more texts, whole texts are held out, otherwise each
  /// text is split 60 : 20 : 20 in order.
  func split() -> (training: [Row], selection: [Row], report: [Row], foreignReport: [Row]) {
    var sets = [[Row]](repeating: [], count: 4)
    let documents = (parts.map(\.document).max() ?? -1) + 1
    for part in parts {
      let last = part.isForeign ? 3 : 2
      if documents >= 5 {
        sets[[0, 0, 1, 0, last][part.document % 5]] += part.rows
      } else {
        let (first, second) = (part.rows.count * 6 / 10, part.rows.count * 8 / 10)
        sets[0] += part.rows[..<first]
        sets[1] += part.rows[first..<second]
        sets[last] += part.rows[second...]
      }
    }
    return (sets[0], sets[1], sets[2], sets[3])
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
