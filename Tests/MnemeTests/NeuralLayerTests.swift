import Mneme
import TestSupport
import Testing

/// What `mneme bench --neural-layer` measures.
@Suite("Neural memory: the measured layer")
struct NeuralLayerTests {
  let shape = NeuralLayerMeasurement.Shape(
    width: 24, heads: 3, columns: 8, expansion: 2, depth: 2, chunk: 5)

  private func rows(_ count: Int, seed: UInt64) -> [Float] {
    var generator = TinyLlama.Generator(seed: seed)
    return generator.normal(count * 24)
  }

  /// The largest difference, relative to the largest number of the first.
  private func difference(_ a: [Float], _ b: [Float]) -> Float {
    guard a.count == b.count else { return .infinity }
    let scale = a.reduce(Float(1e-9)) { max($0, abs($1)) }
    return zip(a, b).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) } / scale
  }

  @Test("Any split of the rows recalls and learns the same, bit for bit")
  func splits() throws {
    let x = rows(1100, seed: 1)
    func run(_ pieces: [Int]) throws -> (recalled: [Float], layer: NeuralLayerRun) {
      let layer = try NeuralLayerRun(shape)
      var recalled: [Float] = []
      var start = 0
      for size in pieces {
        recalled += layer.process(Array(x[start * 24..<(start + size) * 24]))
        start += size
      }
      return (recalled, layer)
    }
    let whole = try run([1100])
    #expect(whole.layer.memory.trainer.written == 1100)
    #expect(whole.layer.memory.trainer.rejected == 0)
    for pieces in [[Int](repeating: 1, count: 1100), [7, 500, 3, 590]] {
      let split = try run(pieces)
      #expect(split.recalled == whole.recalled)
      #expect(split.layer.memory.trainer.learner == whole.layer.memory.trainer.learner)
    }
  }

  @Test("A row's recall does not see its own chunk, and sees the chunks before")
  func causal() throws {
    var x = rows(20, seed: 2)
    let before = try NeuralLayerRun(shape).process(x)
    for column in 0..<24 { x[12 * 24 + column] += 1 }
    let after = try NeuralLayerRun(shape).process(x)
    // Row 12 stands in the third chunk of five: only its own query and what follows the chunk can change.
    #expect(before[..<(12 * 24)] == after[..<(12 * 24)])
    #expect(before[(12 * 24)..<(13 * 24)] != after[(12 * 24)..<(13 * 24)])
    #expect(before[(13 * 24)..<(15 * 24)] == after[(13 * 24)..<(15 * 24)])
    #expect(before[(15 * 24)...] != after[(15 * 24)...])
    // Nothing is recalled before the first chunk was written.
    #expect(before[..<(5 * 24)].allSatisfy { $0 == 0 })
    #expect(before[(5 * 24)..<(6 * 24)].contains { $0 != 0 })
  }

  @Test("Shown again and again, rows are recalled as their values")
  func learns() throws {
    let layer = try NeuralLayerRun(shape)
    let x = rows(5, seed: 3)
    func loss() -> Float { layer.memory.trainer.surprises.reduce(0) { $0 + $1.loss } }
    _ = layer.process(x)
    let first = loss()
    var late: [Float] = []
    for _ in 0..<300 { late = layer.process(x) }
    #expect(first > 0)
    #expect(loss() < 0.1 * first, "loss \(loss()) of \(first)")
    #expect(layer.memory.trainer.learner.isFinite)
    #expect(difference(late, layer.process(x)) < 0.05, "it has settled")
  }

  @Test("Shapes that make no layer are refused")
  func refused() {
    for change: (inout NeuralLayerMeasurement.Shape) -> Void in [
      { $0.width = 0 }, { $0.heads = 0 }, { $0.columns = 0 }, { $0.depth = 5 },
      { $0.chunk = 0 }, { $0.expansion = .nan }, { $0.columns = 1 << 20 }, { $0.heads = -3 },
    ] {
      var shape = shape
      change(&shape)
      #expect(throws: MemoryError.self) { try NeuralLayerRun(shape) }
    }
  }

  @Test("Descriptions: what is left out has its default, what makes no sense is refused")
  func descriptions() throws {
    for text in ["width", "width=", "width=x", "width=0", "size=4", "depth=9", "width=24;chunk=5"] {
      #expect(NeuralLayerMeasurement(text) == nil, "\(text)")
    }
    let small = try #require(
      NeuralLayerMeasurement("width=24,heads=3,columns=8,expansion=2,chunk=5,tokens=40"))
    let report = try #require(small.run(single: 7))
    #expect(report.prefillPerSecond > 0 && report.prefillPerSecond.isFinite)
    #expect(report.decodePerSecond > 0 && report.decodePerSecond.isFinite)
  }
}
