import Foundation
import Tensors
import Transformer

/// Streams of tokens with the plain model's activations, on which modules are calibrated: what would have been learned,
/// and what is to be predicted from it.
public struct CalibrationData: Sendable {
  /// Consecutive tokens after which what was written becomes readable.
  public struct Segment: Sendable {
    /// Keys of the positions whose next token is learned or predicted, [rows, key columns].
    public var keys: [Float]
    /// Final hidden states there, [rows, width].
    public var hidden: [Float]
    /// The next tokens, [rows].
    public var targets: [Int32]
    /// Whether the pair is written, [rows].
    public var isLearned: [Bool]
    /// How much the prediction of the token counts; 0 leaves it out, [rows].
    public var weights: [Float]

    /// Creates a segment.
    public init(
      keys: [Float], hidden: [Float], targets: [Int32], isLearned: [Bool], weights: [Float]
    ) {
      self.keys = keys
      self.hidden = hidden
      self.targets = targets
      self.isLearned = isLearned
      self.weights = weights
    }
  }

  /// Lives of a memory: each begins empty and goes through its segments.
  public var episodes: [[Segment]]

  /// Creates data.
  public init(episodes: [[Segment]]) { self.episodes = episodes }

  /// What fresh memories would have said at every predicted token, read before written.
  ///
  /// - Parameter make: makes an empty memory for each episode.
  public func examples(
    context: ModuleContext, progress: (Double) -> Void = { _ in },
    _ make: () throws(MemoryError) -> any MemoryModule
  ) throws(MemoryError) -> [GateExample] {
    var examples: [GateExample] = []
    for (index, episode) in episodes.enumerated() {
      let module = try make()
      for segment in episode {
        examples += score(segment, by: module, context: context)
        write(segment, to: module, context: context)
        module.endSegment()
      }
      progress(Double(index + 1) / Double(episodes.count))
    }
    return examples
  }

  private func score(
    _ segment: Segment, by module: any MemoryModule, context: ModuleContext
  ) -> [GateExample] {
    let rows = segment.targets.indices.filter { segment.weights[$0] > 0 }
    guard !rows.isEmpty, !module.isEmpty else { return [] }
    let (keys, hidden) = select(rows, of: segment, context: context)
    let readings = module.read(ReadInput(rows: rows.count, keys: keys, hidden: hidden))
    var examples: [GateExample] = []
    let vocabulary = context.vocabularySize
    var logits = [Float](repeating: 0, count: vocabulary)
    for (index, row) in rows.enumerated() {
      hidden.withUnsafeBufferPointer { hidden in
        guard let start = hidden.baseAddress else { return }
        context.model.unembed(start + index * context.width, rows: 1, into: &logits)
      }
      let base = logits.withUnsafeBufferPointer { BaseDistribution($0) }
      let reading = readings[index]
      guard let top = reading.top else { continue }
      examples.append(
        GateExample(
          features: ReadoutGate.features(
            base: base, reading: reading,
            baseLogProbabilityOfMemoryTop: logits[Int(top.token)] - base.logSumExp),
          base: logits[Int(segment.targets[row])] - base.logSumExp,
          memory: reading.logProbability(of: segment.targets[row]), weight: segment.weights[row]))
    }
    return examples
  }

  private func write(
    _ segment: Segment, to module: any MemoryModule, context: ModuleContext
  ) {
    let rows = segment.targets.indices.filter { segment.isLearned[$0] }
    guard !rows.isEmpty else { return }
    let (keys, hidden) = select(rows, of: segment, context: context)
    let targets = rows.map { segment.targets[$0] }
    module.write(
      WriteBatch(
        keys: keys, hidden: hidden, targets: targets,
        logProbabilities: context.model.logProbabilities(
          of: targets, hidden: hidden, rows: rows.count), journal: rows.map { _ in -1 }))
  }

  private func select(
    _ rows: [Int], of segment: Segment, context: ModuleContext
  ) -> (keys: [Float], hidden: [Float]) {
    let (k, w) = (context.keyColumns, context.width)
    var keys: [Float] = []
    var hidden: [Float] = []
    keys.reserveCapacity(rows.count * k)
    hidden.reserveCapacity(rows.count * w)
    for row in rows {
      keys.append(contentsOf: segment.keys[row * k..<(row + 1) * k])
      hidden.append(contentsOf: segment.hidden[row * w..<(row + 1) * w])
    }
    return (keys, hidden)
  }
}
