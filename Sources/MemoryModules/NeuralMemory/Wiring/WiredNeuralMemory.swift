package import Memory
import ModelFiles

/// The part of a neural memory that acts inside the forward pass (Titans' MAG, MAL and MAC), by projections an adapter brings:
/// it learns pairs of key and value made of one block's input, and what it recalls joins that block.
package final class WiredNeuralMemory {
  package let wiring: NeuralWiring
  package var trainer: NeuralTrainer
  /// The last activations a convolution still needs.
  package var tail: NeuralTail?

  /// What changes.
  struct State: Sendable {
    let trainer: NeuralTrainer
    let tail: NeuralTail?
  }

  /// An empty memory.
  ///
  /// - Parameter initial: an adapter's tensors, of which M_0 may be taken.
  /// - Throws: `MemoryError.malformed` when keys or values do not divide among the heads, or M_0 does not fit.
  package init(
    _ configuration: NeuralConfiguration, wiring: NeuralWiring,
    initial: [String: ParameterTensor]
  ) throws(MemoryError) {
    trainer = try NeuralTrainer(
      configuration, loss: ErrorLoss(configuration.loss, power: configuration.errorPower),
      keyColumns: wiring.keyColumns, outputs: wiring.valueColumns, initial: initial,
      hasTokenGates: wiring.hasTokenGates, mayHaveMomentum: wiring.hasMomentum)
    self.wiring = wiring
  }

  /// Whether nothing can be recalled.
  var isEmpty: Bool { trainer.readable == nil }

  /// Bytes of learned state.
  package var stateBytes: Int { trainer.stateBytes + 4 * wiring.tailCount }

  /// What the memory recalls for rows of queries, on its way back into the model.
  ///
  /// - Parameter queries: [rows, key columns], every head's share of length 1.
  /// - Returns: [rows, width]; nil while nothing was learned.
  package func recall(_ queries: [Float]) -> [Float]? {
    guard let readable = trainer.readable else { return nil }
    let rows = queries.count / wiring.keyColumns
    return wiring.recalled(trainer.learner.forward(queries, count: rows, readable).output)
  }

  // MARK: - State

  var state: State {
    get { State(trainer: trainer, tail: tail) }
    set {
      trainer = newValue.trainer
      tail = newValue.tail
    }
  }

  /// Adds the state to a file as tensors `<prefix>.<name>`.
  func save(as prefix: String, into writer: inout SafetensorsWriter) {
    trainer.save(as: prefix, into: &writer)
    tail?.save(as: "\(prefix).tail", into: &writer)
  }

  /// The state that a file holds.
  ///
  /// - Throws: `MemoryError` for tensors that are missing or do not fit, or tokens beyond the vocabulary.
  func loaded(
    _ prefix: String, from file: SafetensorsFile, vocabularySize: Int
  ) throws(MemoryError) -> State {
    let tail: NeuralTail?
    do throws(ModelFileError) {
      tail = try NeuralTail.load("\(prefix).tail", from: file, wiring: wiring)
    } catch {
      throw .file(error)
    }
    guard tail?.tokens.allSatisfy({ $0 >= 0 && Int($0) < vocabularySize }) ?? true else {
      throw .malformed(
        path: file.path, what: "the neural memory's last tokens are not sound",
        expected: "tokens of the vocabulary")
    }
    return State(
      trainer: try trainer.loaded(prefix, from: file, vocabularySize: vocabularySize), tail: tail)
  }
}
