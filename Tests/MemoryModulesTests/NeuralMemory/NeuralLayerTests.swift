import MemoryModules
import Tensors
import TestSupport
import Testing

@Suite("Neural memory: a layer on its own")
struct NeuralLayerTests {
  let shape = NeuralLayer.Shape(
    width: 24, heads: 3, columns: 8, expansion: 2, depth: 2, chunk: 5)

  private func rows(_ count: Int, seed: UInt64) -> [Float] {
    var generator = TinyLlama.Generator(seed: seed)
    return generator.normal(count * 24)
  }

  @Test("Any split of the rows recalls and learns the same; threads change no bit")
  func splits() throws {
    let x = rows(1100, seed: 1)  // more than a block of 512
    func run(_ pieces: [Int], threads: Int) throws -> (recalled: [Float], layer: NeuralLayer) {
      var layer = try #require(NeuralLayer(shape, threads: ThreadPool(threads: threads)))
      var recalled: [Float] = []
      var start = 0
      for size in pieces {
        recalled += layer.process(Array(x[start * 24..<(start + size) * 24]))
        start += size
      }
      return (recalled, layer)
    }
    let whole = try run([1100], threads: 1)
    let two = try run([1100], threads: 2)
    #expect(whole.recalled == two.recalled)
    #expect(whole.layer.learner == two.layer.learner)
    for pieces in [[Int](repeating: 1, count: 1100), randomPieces(1100, seed: 4)] {
      let split = try run(pieces, threads: 2)
      #expect(difference(whole.recalled, split.recalled) < 1e-4)
      #expect(
        difference(
          whole.layer.learner.heads[1].weights.layers[0],
          split.layer.learner.heads[1].weights.layers[0]) < 1e-4)
    }
  }

  @Test("A row's recall does not see its own chunk, and sees the chunks before")
  func causal() throws {
    var x = rows(20, seed: 2)
    var first = try #require(NeuralLayer(shape))
    let before = first.process(x)
    for column in 0..<24 { x[12 * 24 + column] += 1 }
    var second = try #require(NeuralLayer(shape))
    let after = second.process(x)
    // Row 12 stands in the third chunk of five: only its own query and what follows the chunk can change.
    #expect(before[..<(12 * 24)] == after[..<(12 * 24)])
    #expect(before[(13 * 24)..<(15 * 24)] == after[(13 * 24)..<(15 * 24)])
    #expect(before[(15 * 24)...] != after[(15 * 24)...])
    // Nothing is recalled before the first chunk was written: M_0 ends in zeros.
    #expect(before[..<(5 * 24)].allSatisfy { $0 == 0 })
  }

  @Test("Shown again and again, rows are recalled more and more like their values")
  func learns() throws {
    var layer = try #require(NeuralLayer(shape))
    let x = rows(5, seed: 3)
    let early = layer.process(x + x)
    var late: [Float] = []
    for _ in 0..<300 { late = layer.process(x) }
    func size(_ values: ArraySlice<Float>) -> Float { values.reduce(0) { $0 + $1 * $1 } }
    #expect(size(late[...]) > 4 * size(early[(5 * 24)...]))
    #expect(layer.learner.isFinite)
    let again = layer.process(x)
    #expect(difference(late, again) < 0.05, "it has settled")
  }

  @Test("Shapes that make no layer are refused")
  func refused() {
    for change: (inout NeuralLayer.Shape) -> Void in [
      { $0.width = 0 }, { $0.heads = 0 }, { $0.columns = 0 }, { $0.depth = 5 },
      { $0.chunk = 0 }, { $0.expansion = .nan }, { $0.columns = 1 << 20 },
    ] {
      var shape = shape
      change(&shape)
      #expect(NeuralLayer(shape) == nil)
    }
  }
}
