import Foundation
import Tensors
public import Transformer

/// Streams of tokens with the plain model's activations, on which modules are calibrated: the pairs to learn, and the
/// tokens to predict from them.
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
    /// Weight of the token's prediction in the loss; 0 leaves it out, [rows].
    public var weights: [Float]
    /// The text itself, [rows + 1]: row i is the position of token i; empty where unknown.
    public var tokens: [Int32]
    /// Whether `tokens` are a plain text, or a prompt and its answer.
    public var mode: ReadingMode
    /// The author of what is learned.
    public var role: Role
    /// A summary of the plain model's distribution at each predicted or learned row, [rows]; computed once for all
    /// candidates.
    package internal(set) var base: [BaseDistribution] = []
    /// Log-probability the plain model gives each target, [rows].
    package internal(set) var logProbabilities: [Float] = []

    /// Creates a segment.
    public init(
      keys: [Float], hidden: [Float], targets: [Int32], isLearned: [Bool], weights: [Float],
      tokens: [Int32] = [], mode: ReadingMode = .text, role: Role = .document
    ) {
      self.keys = keys
      self.hidden = hidden
      self.targets = targets
      self.isLearned = isLearned
      self.weights = weights
      self.tokens = tokens
      self.mode = mode
      self.role = role
    }
  }

  /// Episodes: in each, an empty memory reads and learns the segments in order.
  public var episodes: [[Segment]]

  /// Creates data; the plain model's distributions are computed here, once.
  public init(episodes: [[Segment]], model: TransformerModel) {
    self.episodes = episodes
    for episode in episodes.indices {
      for segment in episodes[episode].indices {
        self.episodes[episode][segment].summarise(model)
      }
    }
  }

  /// Whether an episode is a text that is read and learned, not conversations of one person.
  package static func isText(_ episode: [Segment]) -> Bool {
    episode.allSatisfy { !$0.mode.isAnswer && $0.isLearned.contains(true) }
  }

  /// The same streams under other keys.
  func replacingKeys(_ keys: (_ episode: Int, _ segment: Int) -> [Float]) -> CalibrationData {
    var copy = self
    for episode in episodes.indices {
      for segment in episodes[episode].indices {
        copy.episodes[episode][segment].keys = keys(episode, segment)
      }
    }
    return copy
  }

  /// The gate examples of fresh memories at every predicted token; each segment is read before it is written.
  ///
  /// - Parameter make: makes an empty memory for each episode.
  public func examples(
    context: ModuleContext, progress: (Double) -> Void = { _ in },
    _ make: () throws(MemoryError) -> any AssociativeModule
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
    _ segment: Segment, by module: any AssociativeModule, context: ModuleContext
  ) -> [GateExample] {
    let rows = segment.targets.indices.filter { segment.weights[$0] > 0 }
    guard !rows.isEmpty, !module.isEmpty else { return [] }
    let (keys, hidden) = select(rows, of: segment, context: context)
    let text =
      segment.tokens.isEmpty
      ? nil
      : TextWindow(tokens: segment.tokens, positions: rows, mode: segment.mode)
    let readings = module.read(
      ReadInput(
        rows: rows.count, keys: keys, hidden: hidden, text: text,
        base: rows.map { segment.base[$0] }))
    var examples: [GateExample] = []
    for (index, row) in rows.enumerated() {
      guard let reading = readings[index], let top = reading.top else { continue }
      let base = segment.base[row]
      let topLogit = context.model.logit(
        of: top.token, hidden: hidden[index * context.width..<(index + 1) * context.width])
      examples.append(
        GateExample(
          features: ReadoutGate.features(
            base: base, reading: reading,
            baseLogProbabilityOfMemoryTop: topLogit - base.logSumExp),
          base: segment.logProbabilities[row],
          memory: reading.logProbability(of: segment.targets[row]), weight: segment.weights[row]))
    }
    return examples
  }

  /// Writes a segment's learned pairs into a module, without ending the segment.
  public func write(
    _ segment: Segment, to module: any AssociativeModule, context: ModuleContext
  ) {
    let rows = segment.targets.indices.filter { segment.isLearned[$0] }
    guard !rows.isEmpty else { return }
    let (keys, hidden) = select(rows, of: segment, context: context)
    module.write(
      WriteBatch(
        keys: keys, hidden: hidden, targets: rows.map { segment.targets[$0] },
        logProbabilities: rows.map { segment.logProbabilities[$0] },
        journal: rows.map { _ in -1 },
        provenance: Provenance(
          conversation: "calibration", turn: 0, role: segment.role, source: "", time: 0),
        follows: rows.indices.map { $0 > 0 && rows[$0] == rows[$0 - 1] + 1 }))
  }

  /// Keys [rows, key columns] and hidden states [rows, width] of some rows of a segment.
  package func select(
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

extension CalibrationData.Segment {
  /// Computes the plain model's distribution at every row.
  fileprivate mutating func summarise(_ model: TransformerModel) {
    let vocabulary = model.configuration.vocabularySize
    let width = model.configuration.width
    let block = 64
    var logits = [Float](repeating: 0, count: block * vocabulary)
    base = []
    logProbabilities = []
    for start in stride(from: 0, to: targets.count, by: block) {
      let count = min(block, targets.count - start)
      hidden.withUnsafeBufferPointer { hidden in
        guard let first = hidden.baseAddress else { return }
        model.unembed(first + start * width, rows: count, into: &logits)
      }
      for row in 0..<count {
        let summary = logits.withUnsafeBufferPointer { all in
          BaseDistribution(
            UnsafeBufferPointer(rebasing: all[row * vocabulary..<(row + 1) * vocabulary]))
        }
        base.append(summary)
        logProbabilities.append(
          logits[row * vocabulary + Int(targets[start + row])] - summary.logSumExp)
      }
    }
  }
}
