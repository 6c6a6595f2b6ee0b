import Foundation
import Memory
import MemoryModules
import ModelFiles
import Tensors
import TestSupport
import Testing
import Transformer

/// Low-rank fast weights as values: steps, sums, what the file keeps.
@Suite("Fast weights")
struct FastWeightTests {
  private func weights(
    _ change: (inout FastWeightPlan) -> Void = { _ in }
  ) throws -> (weights: FastWeights, model: TransformerModel) {
    var plan = FastWeightPlan()
    plan.rank = 3
    plan.skipped = 0
    change(&plan)
    let model = try TinyLlama(seed: 3).model
    return (FastWeights(plan, model: model), model)
  }

  /// Gradients of one value everywhere.
  private func gradients(
    _ weights: FastWeights, _ value: Float
  ) -> [ProjectionPoint: LowRankGradient] {
    weights.updates.mapValues { update in
      var gradient = LowRankGradient(like: update)
      gradient.down = gradient.down.map { _ in value }
      gradient.up = gradient.up.map { _ in value }
      return gradient
    }
  }

  @Test("A step that would not be finite is refused and changes nothing")
  func notFinite() throws {
    var (weights, _) = try weights()
    let before = weights
    var broken = gradients(weights, 1)
    let point = try #require(weights.matrices.first?.point)
    broken[point]?.up[0] = .nan
    #expect(weights.step(broken) == nil)
    broken[point]?.up[0] = .infinity
    #expect(weights.step(broken) == nil)
    broken[point] = nil
    #expect(weights.step(broken) == nil, "a matrix without gradient")
    #expect(weights == before)
    #expect(weights.step(gradients(weights, 1)) != nil)
    #expect(weights.steps == 1)
  }

  @Test("AdamW's first step has the step size in every weight, against the gradient")
  func firstStep() throws {
    var (weights, _) = try weights { $0.learningRate = 0.5 }
    let before = weights
    #expect(weights.step(gradients(weights, 1e-3)) != nil)
    for (old, new) in zip(before.matrices, weights.matrices) {
      #expect(zip(old.up, new.up).allSatisfy { abs($0 - $1 - 0.5) < 1e-3 })
      #expect(zip(old.down, new.down).allSatisfy { abs($0 - $1 - 0.5) < 1e-3 })
    }
  }

  @Test("A gradient far longer than all before moves no further than the trust region allows")
  func trust() throws {
    func second(_ value: Float) throws -> FastWeights {
      var (weights, _) = try weights { $0.optimiser = .adam }
      _ = weights.step(gradients(weights, 1))
      _ = weights.step(gradients(weights, value))
      return weights
    }
    func up(_ value: Float) throws -> [Float] { try second(value).matrices.flatMap(\.up) }
    // Four times the longest is the bound.
    #expect(try zip(up(4), up(4e6)).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(try zip(up(4), up(2)).contains { abs($0 - $1) > 1e-5 })
  }

  @Test("A text of another kind costs a few nats at most, however wrong the weights are for it")
  func unrelatedText() throws {
    let bench = try Workbench.shared.get().withFastWeights {
      $0.learningRate = 0.05
      $0.chunkLength = 64
    }
    // Two kinds of text: other tokens, each in a circle.
    func circle(from first: Int, by step: Int) -> [Int32] {
      (0..<120).map { Int32(first + ($0 * step) % 40) }
    }
    let (learned, other) = (circle(from: 5, by: 1), circle(from: 50, by: 33))
    let memory = try bench.memory([.neural])
    let session = bench.session()
    let attached = try memory.attach(to: session)
    for _ in 0..<12 {
      session.reset()
      try Workbench.feed(learned, to: session)
    }
    attached.detach()
    func loss(_ tokens: [Int32], _ logits: [Float]) -> Double {
      let columns = bench.model.configuration.vocabularySize
      return tokens.indices.dropLast().reduce(0) { sum, row in
        let line = Array(logits[row * columns..<(row + 1) * columns])
        let most = Double(line.max() ?? 0)
        let total = line.reduce(0.0) { $0 + exp(Double($1) - most) }
        return sum + most + log(total) - Double(line[Int(tokens[row + 1])])
      }
    }
    func losses(_ tokens: [Int32]) throws -> (plain: Double, mixed: Double, alone: Double) {
      let module = try #require(memory.modules.first as? NeuralMemory)
      let alone = bench.session()
      for point in try #require(module.fast).points {
        _ = alone.hooks.updateWeights(of: point) { module.fast?.update(of: point) }
      }
      return (
        loss(tokens, try bench.logits(tokens)),
        loss(tokens, try bench.logits(tokens, with: memory)),
        loss(tokens, try alone.forward(tokens, logits: .all).values)
      )
    }
    let known = try losses(learned)
    #expect(known.mixed < known.plain - 20, "\(known)")
    #expect(known.mixed < known.alone + 3, "\(known)")
    let unknown = try losses(other)
    #expect(unknown.alone > unknown.plain + 20, "\(unknown)")
    #expect(unknown.mixed < unknown.plain + 4, "\(unknown)")
  }

  @Test(
    "Moments and matrices in 16 bits: half the bytes, and reading goes on as if nothing happened")
  func storage() throws {
    let folder = try TemporaryFolder()
    func written(_ weights: FastWeights) throws -> (bytes: Int, path: String) {
      var writer = SafetensorsWriter()
      weights.save(as: "w", into: &writer)
      let path = folder.path("\(UUID().uuidString).safetensors")
      try writer.write(to: path)
      return (try SafetensorsFile.open(path).data.count, path)
    }
    var (half, model) = try weights { $0.storage = .f16 }
    var (full, _) = try weights()
    for value in [Float(1e-2), 3e-4, 0.7] {
      _ = half.step(gradients(half, value))
      _ = full.step(gradients(full, value))
    }
    let (bytes, path) = try written(half)
    #expect(Double(bytes) < 0.6 * Double(try written(full).bytes))
    var again = FastWeights(half.plan, model: model)
    try again.read("w", from: SafetensorsFile.open(path))
    #expect(again.matrices == half.matrices)
    // Not far from what 32 bits give.
    for (a, b) in zip(half.matrices, full.matrices) {
      #expect(zip(a.up, b.up).allSatisfy { abs($0 - $1) <= 2e-3 * abs($1) + 1e-4 })
    }
  }

  @Test("The sum of two is the best of its rank: exact where it has that rank")
  func sum() throws {
    var random = TestRandom(seed: 9)
    func matrix(_ rows: Int, _ columns: Int) -> [Float] {
      random.normals(rows * columns)
    }
    func product(_ up: [Float], _ down: [Float], outputs: Int, inputs: Int, rank: Int) -> [Float] {
      var result = [Float](repeating: 0, count: outputs * inputs)
      for o in 0..<outputs {
        for r in 0..<rank {
          for i in 0..<inputs {
            result[o * inputs + i] += up[o * rank + r] * down[r * inputs + i]
          }
        }
      }
      return result
    }
    let (outputs, inputs) = (7, 5)
    let up = matrix(outputs, 4)
    let down = matrix(4, inputs)
    let whole = product(up, down, outputs: outputs, inputs: inputs, rank: 4)
    let same = try #require(
      FastWeights.truncated(down: down, up: up, rank: 4, inputs: inputs, outputs: outputs))
    let back = product(same.up, same.down, outputs: outputs, inputs: inputs, rank: 4)
    #expect(zip(whole, back).allSatisfy { abs($0 - $1) < 1e-4 })
    // Cut to rank 2 the error is what the smaller singular values make (Eckart and Young 1936).
    var square = [Double](repeating: 0, count: inputs * inputs)
    for i in 0..<inputs {
      for j in 0..<inputs {
        for o in 0..<outputs {
          square[i * inputs + j] += Double(whole[o * inputs + i]) * Double(whole[o * inputs + j])
        }
      }
    }
    let values = try #require(Eigen.symmetric(square, inputs)).values.sorted(by: >)
    let cut = try #require(
      FastWeights.truncated(down: down, up: up, rank: 2, inputs: inputs, outputs: outputs))
    let rough = product(cut.up, cut.down, outputs: outputs, inputs: inputs, rank: 2)
    let error = zip(whole, rough).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
    #expect(abs(error - values.dropFirst(2).reduce(0, +)) < 1e-3 * values[0])
  }

  @Test("Eigenvectors of a symmetric matrix are orthonormal and give it back")
  func eigen() throws {
    let n = 6
    var random = TestRandom(seed: 4)
    var matrix = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0...i {
        let value = random.normal()
        matrix[i * n + j] = value
        matrix[j * n + i] = value
      }
    }
    let (values, vectors) = try #require(Eigen.symmetric(matrix, n))
    for i in 0..<n {
      for j in 0..<n {
        var back = 0.0
        var dot = 0.0
        for k in 0..<n {
          back += vectors[i * n + k] * values[k] * vectors[j * n + k]
          dot += vectors[k * n + i] * vectors[k * n + j]
        }
        #expect(abs(back - matrix[i * n + j]) < 1e-9)
        #expect(abs(dot - (i == j ? 1 : 0)) < 1e-9)
      }
    }
    #expect(Eigen.symmetric([1, .nan, .nan, 1], 2) == nil)
    #expect(try #require(Eigen.symmetric([3], 1)).values == [3])
  }

  @Test("What mattered is pulled back to where it stood, the rest is free")
  func importance() throws {
    var (weights, _) = try weights()
    let anchor = weights
    let point = try #require(weights.matrices.first?.point)
    var seen = gradients(weights, 0)
    seen[point]?.up[0] = 2
    var importance = WeightImportance(like: weights)
    importance.add(seen, of: weights)
    importance = importance.normalised
    _ = weights.step(gradients(weights, -1))
    var pulled = gradients(weights, 0)
    importance.pull(&pulled, of: weights, to: anchor, strength: 1)
    let first = try #require(pulled[point])
    let moved = try #require(weights.matrices.first).up[0] - anchor.matrices[0].up[0]
    #expect(moved > 0)
    #expect(first.up[0] > 0)
    #expect(first.up.dropFirst().allSatisfy { $0 == 0 })
    #expect(first.down.allSatisfy { $0 == 0 })
    let alone = WeightImportance(like: weights).normalised
    #expect(
      alone == WeightImportance(like: weights), "nothing matters, and nothing is divided by zero")
  }
}
