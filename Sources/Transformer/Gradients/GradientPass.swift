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
  let lowest: Int
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
  public func run(
    _ sequences: [GradientSequence], updates: [ProjectionPoint: LowRankUpdate],
    wantsGradients: Bool = true
  ) -> GradientResult {
    let batch = Batch(sequences)
    let space = workspace(batch.rows)
    forward(batch, updates: updates, in: space, keeps: wantsGradients)
    model.outputNorm.apply(space.stream, into: space.normalized, rows: batch.rows)
    var gradients: [ProjectionPoint: LowRankGradient] = [:]
    let losses = loss(sequences, batch, in: space, wantsGradients: wantsGradients)
    if wantsGradients {
      for point in points {
        if let update = updates[point] { gradients[point] = LowRankGradient(like: update) }
      }
      backward(batch, updates: updates, in: space, gradients: &gradients)
    }
    var total = 0.0
    for (sequence, values) in zip(sequences, losses) {
      for (target, value) in zip(sequence.targets, values) {
        total += Double(target.weight) * Double(value)
      }
    }
    return GradientResult(losses: losses, loss: total, gradients: gradients)
  }

  /// Final hidden states after the norm at some rows: what a `.prediction` is made of.
  ///
  /// - Returns: per sequence the states of its rows, [rows of the sequence, width].
  public func hiddenStates(
    of sequences: [(tokens: [Int32], rows: [Int])],
    updates: [ProjectionPoint: LowRankUpdate] = [:]
  ) -> [[Float]] {
    let batch = Batch(sequences.map { GradientSequence(tokens: $0.tokens, targets: []) })
    let space = workspace(batch.rows)
    forward(batch, updates: updates, in: space, keeps: false)
    model.outputNorm.apply(space.stream, into: space.normalized, rows: batch.rows)
    let width = model.configuration.width
    return zip(sequences, batch.parts).map { sequence, part in
      sequence.rows.flatMap { row in
        Array(
          UnsafeBufferPointer(
            start: space.normalized + (part.rows.lowerBound + row) * width, count: width))
      }
    }
  }

  private func workspace(_ rows: Int) -> GradientWorkspace {
    if let buffers, buffers.rows >= rows { return buffers }
    // Freed before the larger ones are made.
    buffers = nil
    let made = GradientWorkspace(configuration: model.configuration, rows: rows, lowest: lowest)
    buffers = made
    return made
  }

  func rotary(layer: Int) -> RotaryEmbedding {
    model.configuration.window(layer: layer) == nil ? rotary : localRotary ?? rotary
  }

  /// Several sequences, one after the other.
  struct Batch {
    struct Part {
      let rows: Range<Int>
      /// The first rows, which carry no gradient.
      let context: Int
    }

    let parts: [Part]
    let tokens: [Int32]
    var rows: Int { tokens.count }
    var longest: Int { parts.map(\.rows.count).max() ?? 0 }

    init(_ sequences: [GradientSequence]) {
      var tokens: [Int32] = []
      parts = sequences.map { sequence in
        precondition(!sequence.tokens.isEmpty, "a sequence without tokens")
        let start = tokens.count
        tokens += sequence.tokens
        return Part(rows: start..<tokens.count, context: sequence.context)
      }
      self.tokens = tokens
    }
  }
}
