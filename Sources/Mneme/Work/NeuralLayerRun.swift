package import Memory
package import MemoryModules
import Tensors
import Transformer

/// The wired part of a neural memory on rows of activations, without the model around it: what a session does at the block it
/// is wired to, from the block's input to what joins its output. A segment is a chunk.
///
/// Each row is read with M as of the last full chunk before it, then written (Titans, eqs. 11-15 and 26-28). Projections are
/// random, the rest is a memory as an adapter makes it: heads, per-token gates with momentum and decay, the associative loss.
package struct NeuralLayerRun {
  package let memory: WiredNeuralMemory
  private let width: Int
  private let chunk: Int
  private let provenance = Provenance(
    conversation: "measurement", turn: 0, role: .document, source: "", time: 0)

  /// A memory that has learned nothing.
  ///
  /// - Throws: `MemoryError.malformed` when the shape makes no memory.
  package init(_ shape: NeuralLayerMeasurement.Shape, seed: UInt64 = 1) throws(MemoryError) {
    var configuration = NeuralConfiguration(hiddenWidth: 1)
    configuration.heads = shape.heads
    configuration.expansion = shape.expansion
    configuration.depth = shape.depth
    configuration.chunkLength = shape.chunk
    configuration.loss = .associative
    configuration.stepBound = .weighted
    configuration.learningRate = .init(base: 1)
    configuration.wiring = NeuralWiringPlan(.gate, layer: 0)
    let columns = 1...1 << 16
    guard columns.contains(shape.width), columns.contains(shape.heads),
      columns.contains(shape.columns), columns.contains(shape.heads * shape.columns),
      configuration.isSound
    else { throw Self.unsound }
    let tensors = Self.tensors(shape, seed: seed)
    let model = NeuralWiring.Model(
      width: shape.width, layers: 1, attentionColumns: shape.heads * shape.columns,
      normEpsilon: 1e-5)
    guard let wiring = try NeuralWiring(configuration, tensors: tensors, model: model) else {
      throw Self.unsound
    }
    memory = try WiredNeuralMemory(configuration, wiring: wiring, initial: [:])
    width = shape.width
    chunk = shape.chunk
  }

  private static var unsound: MemoryError {
    .malformed(path: "the measurement", what: "the shape makes no memory", expected: nil)
  }

  /// An adapter of random projections that keep the length of rows of unit variance.
  private static func tensors(
    _ shape: NeuralLayerMeasurement.Shape, seed: UInt64
  ) -> [String: ParameterTensor] {
    let (width, inner) = (shape.width, shape.heads * shape.columns)
    var random = SplitMix64(seed: seed)
    var tensors: [String: ParameterTensor] = [:]
    func add(_ name: String, _ rows: Int, _ columns: Int) {
      let scale = (3 / Float(rows)).squareRoot()
      tensors[name] = ParameterTensor(
        shape: [rows, columns],
        values: (0..<rows * columns).map { _ in Float.random(in: -scale...scale, using: &random) })
    }
    add("wiring.query", width, inner)
    add("wiring.key", width, inner)
    add("wiring.value", width, inner)
    add("wiring.output", inner, width)
    add("wiring.rates", width, 3)
    tensors["wiring.gate.bias"] = ParameterTensor(
      shape: [width], values: [Float](repeating: 0, count: width))
    // Hardly any decay, half of the momentum, half steps.
    tensors["wiring.rates.bias"] = ParameterTensor(shape: [3], values: [-6, 0, 0])
    return tensors
  }

  /// Reads for rows and writes them.
  ///
  /// - Parameter x: [rows, width].
  /// - Returns: what joins the model at those rows, [rows, width].
  package func process(_ x: [Float]) -> [Float] {
    var joined: [Float] = []
    joined.reserveCapacity(x.count)
    var start = 0
    while start < x.count / width {
      let count = min(x.count / width - start, chunk - memory.trainer.open.count)
      let rows = Array(x[start * width..<(start + count) * width])
      joined += read(rows)
      write(rows, count: count)
      start += count
    }
    return joined
  }

  private func read(_ rows: [Float]) -> [Float] {
    let wiring = memory.wiring
    var joined = [Float](repeating: 0, count: rows.count)
    let queries = wiring.directions(rows, history: 0, wiring.query)
    let gates = wiring.gates(rows)
    guard let recalled = memory.recall(queries) else { return joined }
    var span = joined.mutableSpan
    wiring.join(recalled, gates: gates, into: &span)
    return joined
  }

  private func write(_ rows: [Float], count: Int) {
    let tokens = [Int32](repeating: 0, count: count)
    memory.write(
      CommittedRows(
        positions: 0..<count, tokens: tokens[...],
        isLearned: [Bool](repeating: true, count: count), provenance: provenance,
        rows: [memory.tap: rows]))
    if memory.trainer.open.count == 0 { memory.trainer.endSegment() }
  }
}
