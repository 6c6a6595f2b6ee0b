import Memory
import Tensors

/// The part of a neural memory that learns texts: pairs of a key the host makes and the token that followed, read as a
/// next-token distribution (logit mixing, Titans' LMM).
package final class NeuralTextMemory {
  /// What its gate looks at.
  enum Feature: String, FeatureName {
    /// Length of what was read relative to the hidden state's.
    case readNorm = "read norm"
    /// log(1 + tokens learned).
    case tokens
  }

  package let objective: NeuralObjective
  package var trainer: NeuralTrainer
  private let context: ModuleContext

  /// An empty memory.
  ///
  /// - Parameter initial: an adapter's tensors, of which M_0 may be taken.
  /// - Throws: `MemoryError.malformed` when keys or hidden states do not divide among the heads, or M_0 does not fit.
  init(
    _ configuration: NeuralConfiguration, initial: [String: ParameterTensor],
    context: ModuleContext
  ) throws(MemoryError) {
    objective = NeuralObjective(configuration, model: context.model)
    trainer = try NeuralTrainer(
      configuration, loss: objective, keyColumns: context.keyColumns, outputs: context.width,
      initial: initial)
    self.context = context
  }

  /// Learns pairs of key and next token, in order.
  func write(_ batch: WriteBatch) {
    let (k, w) = (context.keyColumns, context.width)
    let configuration = trainer.configuration
    let isMasked = configuration.masks(batch.provenance)
    for index in 0..<batch.count {
      var pair = NeuralChunk()
      pair.keys = Array(batch.keys[index * k..<(index + 1) * k])
      pair.lossInputs = Array(batch.hidden[index * w..<(index + 1) * w])
      pair.tokens = [batch.targets[index]]
      let surprisal = -batch.logProbabilities[index]
      pair.surprisals = [surprisal.isFinite ? surprisal : configuration.referenceSurprisal]
      pair.journal = [batch.journal[index]]
      trainer.append(pair, isMasked: isMasked)
    }
  }

  /// Reads for each row of keys; nil for every row while nothing was learned.
  func read(_ input: ReadInput) -> [Reading?] {
    guard let readable = trainer.readable else {
      return [Reading?](repeating: nil, count: input.rows)
    }
    let output = trainer.learner.forward(input.keys, count: input.rows, readable).output
    let decoded = objective.decode(output: output, hidden: input.hidden, rows: input.rows)
    return (0..<input.rows).map { row in
      let features = FeatureVector<Feature>([
        .readNorm: length(of: output, relativeTo: input.hidden, row: row),
        .tokens: Float(min(trainer.written, 1 << 20) + 1).logarithm,
      ])
      return Reading(
        distribution: .dense(logProbabilities: decoded[row]), features: features.values)
    }
  }

  /// The length of one row of `rows` over that of `reference`, both [rows, width].
  private func length(of rows: [Float], relativeTo reference: [Float], row: Int) -> Float {
    let width = context.width
    return rows.withUnsafeBufferPointer { rows in
      reference.withUnsafeBufferPointer { reference in
        guard let a = rows.baseAddress, let b = reference.baseAddress else { return 0 }
        let (y, h) = (a + row * width, b + row * width)
        let (square, other) = (
          LinearAlgebra.dot(y, y, count: width), LinearAlgebra.dot(h, h, count: width)
        )
        return (square / max(other, 1e-12)).squareRoot()
      }
    }
  }
}
