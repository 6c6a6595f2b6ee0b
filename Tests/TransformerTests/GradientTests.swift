import Foundation
import ModelFiles
import Tensors
import TestSupport
import Testing
import Transformer

/// Gradients of fast weights beside PyTorch's autograd in Float64 (`Tools/golden/gradients.py`), every architecture.
@Suite("Gradients of low-rank fast weights")
struct GradientTests {
  /// What the recorded file of a model holds.
  private struct Golden {
    let file: SafetensorsFile
    let tokens: [Int32]
    let weights: [Float]
    let updates: [ProjectionPoint: LowRankUpdate]

    init(_ name: String, of model: TransformerModel) throws {
      let url = try #require(
        Bundle.module.url(
          forResource: name, withExtension: "safetensors", subdirectory: "Fixtures/gradients"))
      file = try SafetensorsFile.open(url.path)
      tokens = try SafetensorsFile.open(PeerModel.url(name, "safetensors").path)
        .require("tokens").int64s().map { Int32($0) }
      weights = try file.require("weights").floats()
      var updates: [ProjectionPoint: LowRankUpdate] = [:]
      for point in model.projections {
        let down = try file.require("\(point.name).A")
        updates[point] = try LowRankUpdate(
          rank: down.shape[0], down: down.floats(), up: file.require("\(point.name).B").floats())
      }
      self.updates = updates
    }

    /// The weights of rows from `first` on, divided by their sum.
    func shares(from first: Int) -> [(row: Int, weight: Float)] {
      let sum = weights[first...].reduce(0, +)
      return (first..<weights.count).map { ($0, weights[$0] / sum) }
    }

    /// Next tokens, from row `context` on.
    func sequence(context: Int = 0) -> GradientSequence {
      GradientSequence(
        tokens: tokens, context: context,
        targets: shares(from: context).map {
          GradientTarget(row: $0.row, weight: $0.weight, goal: .token(tokens[$0.row + 1]))
        })
    }
  }

  private static func check(
    _ result: GradientResult, _ golden: Golden, loss: String, suffix: String, name: String
  ) throws {
    let expected = try golden.file.require(loss).floats()[0]
    #expect(
      abs(Float(result.loss) - expected) < 2e-5 * max(1, expected),
      "\(name): \(result.loss), not \(expected)")
    #expect(result.gradients.count == golden.updates.count)
    for (point, gradient) in result.gradients {
      for (values, matrix) in [(gradient.down, "dA"), (gradient.up, "dB")] {
        let found = try relativeDifference(
          values, golden.file.require("\(point.name).\(suffix)\(matrix)").floats())
        #expect(found < 5e-5, "\(name), \(point.name), \(suffix)\(matrix): \(found)")
      }
    }
  }

  private static func model(_ name: String, threads: Int = 1) throws -> TransformerModel {
    try PeerModel.load(name, widened: true, in: TemporaryFolder(), threads: threads)
  }

  @Test("Next tokens", arguments: PeerModel.names)
  func nextTokens(name: String) throws {
    let model = try Self.model(name)
    let golden = try Golden(name, of: model)
    let pass = GradientPass(model: model, points: model.projections)
    let result = pass.run([golden.sequence()], updates: golden.updates)
    try Self.check(result, golden, loss: "loss", suffix: "", name: name)
  }

  @Test("The plain model's predictions", arguments: PeerModel.names)
  func predictions(name: String) throws {
    let model = try Self.model(name, threads: 2)
    let golden = try Golden(name, of: model)
    let pass = GradientPass(model: model, points: model.projections)
    let width = model.configuration.width
    let states = pass.hiddenStates(of: [(golden.tokens, Array(golden.tokens.indices))])[0]
    let sequence = GradientSequence(
      tokens: golden.tokens,
      targets: golden.shares(from: 0).map {
        GradientTarget(
          row: $0.row, weight: $0.weight,
          goal: .prediction(hidden: Array(states[$0.row * width..<($0.row + 1) * width])))
      })
    let result = pass.run([sequence], updates: golden.updates)
    try Self.check(result, golden, loss: "kl", suffix: "kl.", name: name)
  }

  @Test("Behind a context that is read without a gradient", arguments: PeerModel.names)
  func context(name: String) throws {
    let model = try Self.model(name)
    let golden = try Golden(name, of: model)
    let pass = GradientPass(model: model, points: model.projections)
    let result = pass.run([golden.sequence(context: 24)], updates: golden.updates)
    try Self.check(result, golden, loss: "context.loss", suffix: "context.", name: name)
  }

  @Test("Sequences beside each other do not see each other; threads change no bit")
  func batches() throws {
    for name in PeerModel.names {
      let alone = try Self.model(name)
      let golden = try Golden(name, of: alone)
      var short = golden.sequence()
      short.tokens = Array(golden.tokens.prefix(17).reversed())
      short.targets = [GradientTarget(row: 15, weight: 1, goal: .token(short.tokens[16]))]
      let pass = GradientPass(model: alone, points: alone.projections)
      let first = pass.run([golden.sequence()], updates: golden.updates)
      let second = pass.run([short], updates: golden.updates)
      let both = pass.run([golden.sequence(), short], updates: golden.updates)
      #expect(both.losses == first.losses + second.losses)
      for (point, gradient) in both.gradients {
        let sum = zip(first.gradients[point]?.up ?? [], second.gradients[point]?.up ?? [])
          .map { $0 + $1 }
        #expect(relativeDifference(gradient.up, sum) < 1e-5, "\(name), \(point.name)")
      }
      let shared = try Self.model(name, threads: 3)
      let again = GradientPass(model: shared, points: shared.projections)
        .run([golden.sequence(), short], updates: golden.updates)
      for (point, gradient) in both.gradients {
        #expect(again.gradients[point]?.up == gradient.up && again.losses == both.losses)
        #expect(again.gradients[point]?.down == gradient.down)
      }
    }
  }

  @Test("Updates of the upper blocks alone get the same gradients")
  func upperBlocks() throws {
    for name in PeerModel.names {
      let model = try Self.model(name)
      let golden = try Golden(name, of: model)
      let last = model.configuration.layerCount - 1
      let all = GradientPass(model: model, points: model.projections)
        .run([golden.sequence()], updates: golden.updates)
      let points = model.projections.filter {
        $0.layer == last && [.gate, .up, .down].contains($0.site)
      }
      // What is not learned stays in the pass.
      let some = GradientPass(model: model, points: points)
        .run([golden.sequence()], updates: golden.updates)
      #expect(some.gradients.count == points.count && some.loss == all.loss)
      for point in points {
        #expect(some.gradients[point]?.up == all.gradients[point]?.up)
        #expect(some.gradients[point]?.down == all.gradients[point]?.down)
      }
    }
  }

  @Test("Finite differences agree", arguments: PeerModel.names)
  func finiteDifferences(name: String) throws {
    let model = try Self.model(name)
    let golden = try Golden(name, of: model)
    let pass = GradientPass(model: model, points: model.projections)
    let point = ProjectionPoint(0, .up)
    let gradient = try #require(
      pass.run([golden.sequence()], updates: golden.updates).gradients[point])
    let length = gradient.up.reduce(0) { $0 + $1 * $1 }.squareRoot()
    /// The loss after a step along the gradient.
    func loss(_ step: Float) throws -> Double {
      var updates = golden.updates
      let old = try #require(updates[point])
      updates[point] = LowRankUpdate(
        rank: old.rank, down: old.down,
        up: zip(old.up, gradient.up).map { $0 + step / length * $1 })
      return pass.run([golden.sequence()], updates: updates, wantsGradients: false).loss
    }
    let slope = try Float(loss(0.02) - loss(-0.02)) / 0.04
    #expect(abs(slope - length) < 0.01 * length, "\(name): \(slope), not \(length)")
  }

  @Test(
    "Stored as they are, weights give the gradients of their values", arguments: PeerModel.names)
  func storedWeights(name: String) throws {
    let stored = try PeerModel.load(name, in: TemporaryFolder())
    let golden = try Golden(name, of: stored)
    // Inputs are rounded to F16 in the forward pass alone.
    for (point, gradient) in GradientPass(model: stored, points: stored.projections)
      .run([golden.sequence()], updates: golden.updates).gradients
    {
      let expected = try golden.file.require("\(point.name).dB").floats()
      #expect(relativeDifference(gradient.up, expected) < 0.02, "\(name), \(point.name)")
    }
  }
}

extension GradientTests {
  @Test("A common beginning is computed once", arguments: PeerModel.names)
  func commonBeginning(name: String) throws {
    let model = try Self.model(name, threads: 2)
    let golden = try Golden(name, of: model)
    let pass = GradientPass(model: model, points: model.projections)
    var first = golden.sequence(context: 24)
    var second = first
    second.tokens = Array(first.tokens.prefix(24)) + first.tokens.suffix(9).reversed()
    second.targets = [GradientTarget(row: 30, weight: 0.5, goal: .token(second.tokens[31]))]
    let apart = pass.run([first, second], updates: golden.updates)
    first.context = 0
    second.context = 0
    let together = pass.run([first, second], updates: golden.updates, sharesPrefix: true)
    #expect(abs(apart.loss - together.loss) < 1e-5 * apart.loss)
    for (point, gradient) in apart.gradients {
      let found = try #require(together.gradients[point])
      #expect(relativeDifference(found.up, gradient.up) < 2e-5, "\(name), \(point.name)")
      #expect(relativeDifference(found.down, gradient.down) < 2e-5, "\(name), \(point.name)")
    }
  }
}
