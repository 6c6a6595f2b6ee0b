import Tensors

/// Losses of fast weights beside a frozen model's matrices, and their gradients.
///
/// Several sequences pass through the blocks together; each attends to itself alone. Only what entered each block is
/// kept: on the way back a block is computed a second time. Blocks below the lowest adapted one are passed through once.
/// A gradient is the same, to the bit, for any number of threads.
///
/// Not thread-safe; it holds buffers for the largest batch so far.
public final class GradientPass {
  /// The model, shared and never changed.
  public let model: TransformerModel
  /// The matrices that have updates.
  public let points: [ProjectionPoint]
  /// The lowest block among them.
  private let lowest: Int
  let rotary: RotaryEmbedding
  let localRotary: RotaryEmbedding?
  private var buffers: GradientWorkspace?

  /// A pass for updates of some matrices.
  ///
  /// - Parameter context: the longest sequence; the model's own context length when nil.
  public init(
    model: TransformerModel, points: [ProjectionPoint], context: Int? = nil
  ) {
    self.model = model
    self.points = points
    let configuration = model.configuration
    lowest = points.map(\.layer).min() ?? configuration.layerCount
    let length = max(1, context ?? configuration.contextLength)
    rotary = RotaryEmbedding(configuration: configuration, context: length, isLocal: false)
    localRotary =
      configuration.traits?.window?.ropeBase == nil
      ? nil : RotaryEmbedding(configuration: configuration, context: length, isLocal: true)
  }

  /// Frees the buffers; the next pass allocates them anew.
  public func releaseBuffers() { buffers = nil }

  /// The losses of some sequences, and the gradients of their weighted sum.
  ///
  /// - Parameters:
  ///   - sequences: each of at least one token within the vocabulary.
  ///   - updates: the fast weights, by matrix.
  ///   - wantsGradients: false computes the losses alone.
  ///   - prefix: rows that the sequences attend to besides, which have gradients, too.
  ///   - sharesPrefix: whether what all sequences begin with is computed once; it then carries no gradient, and no target
  ///     may stand in it.
  public func run(
    _ sequences: [GradientSequence], updates: [ProjectionPoint: LowRankUpdate],
    prefix: AttentionPrefix? = nil, wantsGradients: Bool = true, sharesPrefix: Bool = false
  ) -> GradientResult {
    let batch = Batch(
      sequences, sharesPrefix: sharesPrefix, gap: prefix.map { ($0.visibleFrom, $0.gap) })
    // With a prefix every block has rows that learn.
    let space = workspace(batch.rows, lowest: prefix == nil ? lowest : 0)
    space.prefix = prefix.map {
      PrefixWorkspace($0, of: self, wantsGradients: wantsGradients)
    }
    defer { space.prefix = nil }
    let updates = Updates(updates)
    forward(batch, updates: updates.inPass, in: space, keeps: wantsGradients)
    model.outputNorm.apply(space.stream, into: space.normalized, rows: batch.rows)
    var gradients: [ProjectionPoint: LowRankGradient] = [:]
    let losses = loss(sequences, batch, in: space, wantsGradients: wantsGradients)
    if wantsGradients {
      for point in points {
        if let update = updates.all[point] { gradients[point] = LowRankGradient(like: update) }
      }
      backward(batch, updates: updates, in: space, gradients: &gradients)
    }
    var total = 0.0
    for (sequence, values) in zip(sequences, losses) {
      for (target, value) in zip(sequence.targets, values) {
        total += Double(target.weight) * Double(value)
      }
    }
    return GradientResult(
      losses: losses, loss: total, gradients: gradients,
      prefix: wantsGradients ? space.prefix?.gradients(self) : nil)
  }

  /// Final hidden states after the norm at some rows: what a `.prediction` is made of.
  ///
  /// - Returns: per sequence the states of its rows, [rows of the sequence, width].
  public func hiddenStates(
    of sequences: [(tokens: [Int32], rows: [Int])],
    updates: [ProjectionPoint: LowRankUpdate] = [:]
  ) -> [[Float]] {
    let batch = Batch(
      sequences.map { GradientSequence(tokens: $0.tokens, targets: []) }, sharesPrefix: false)
    let space = workspace(batch.rows, lowest: lowest)
    forward(batch, updates: Updates(updates).inPass, in: space, keeps: false)
    model.outputNorm.apply(space.stream, into: space.normalized, rows: batch.rows)
    let width = model.configuration.width
    return zip(sequences, batch.parts).map { sequence, part in
      sequence.rows.flatMap { row in
        Array(
          UnsafeBufferPointer(
            start: space.normalized + part.row(row) * width, count: width))
      }
    }
  }

  private func workspace(_ rows: Int, lowest: Int) -> GradientWorkspace {
    if let buffers, buffers.rows >= rows, buffers.lowest == lowest { return buffers }
    // Freed before the larger ones are made.
    buffers = nil
    let made = GradientWorkspace(configuration: model.configuration, rows: rows, lowest: lowest)
    buffers = made
    return made
  }

  func rotary(layer: Int) -> RotaryEmbedding {
    model.configuration.window(layer: layer) == nil ? rotary : localRotary ?? rotary
  }

  /// The fast weights of a pass.
  struct Updates {
    /// Those that have gradients.
    let all: [ProjectionPoint: LowRankUpdate]
    /// Those that change something.
    let inPass: WeightUpdates

    init(_ all: [ProjectionPoint: LowRankUpdate]) {
      self.all = all
      var changing = WeightUpdates()
      for (point, update) in all { changing.add(update, to: point) }
      inPass = changing
    }
  }

  /// Several sequences, one after the other, behind what they have in common.
  struct Batch {
    struct Part {
      let rows: Range<Int>
      /// The first rows, which carry no gradient.
      let context: Int
      /// Rows at the beginning of the batch that stand before these.
      let shared: Int
      /// The token from which on positions are larger, and by how much.
      var gap: (from: Int, positions: Int)?

      /// The position of a row of the batch in its sequence.
      func position(_ row: Int) -> Int {
        let place = row - rows.lowerBound + shared
        guard let gap, place >= gap.from else { return place }
        return place + gap.positions
      }
      /// The row of the batch for one of the sequence.
      func row(_ row: Int) -> Int { rows.lowerBound + row - shared }
    }

    /// The common beginning, where there is one, and the sequences.
    let all: [Part]
    /// The sequences.
    let parts: ArraySlice<Part>
    let tokens: [Int32]
    var rows: Int { tokens.count }
    /// The tokens of the longest sequence.
    let longest: Int
    /// The positions of the longest sequence, a gap included.
    let positions: Int

    init(
      _ sequences: [GradientSequence], sharesPrefix: Bool, gap: (from: Int, positions: Int)? = nil
    ) {
      // Each sequence keeps a row of its own.
      var shared = 0
      if sharesPrefix, sequences.count > 1, let first = sequences.first {
        shared = sequences.map(\.tokens.count).min().map { max(0, $0 - 1) } ?? 0
        for sequence in sequences {
          shared = min(shared, first.tokens.commonPrefix(with: sequence.tokens))
        }
      }
      var tokens = Array(sequences.first?.tokens.prefix(shared) ?? [])
      var all = shared > 0 ? [Part(rows: 0..<shared, context: shared, shared: 0, gap: gap)] : []
      for sequence in sequences {
        precondition(!sequence.tokens.isEmpty, "a sequence without tokens")
        let start = tokens.count
        tokens += sequence.tokens[shared...]
        all.append(
          Part(
            rows: start..<tokens.count, context: max(0, sequence.context - shared), shared: shared,
            gap: gap))
      }
      self.all = all
      parts = all.suffix(sequences.count)
      self.tokens = tokens
      longest = sequences.map(\.tokens.count).max() ?? 0
      positions = longest + (gap?.positions ?? 0)
    }
  }
}
