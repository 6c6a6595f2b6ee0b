import Foundation
import Memory
import TestSupport
import Testing

@Suite("The read-out gate")
struct GateTests {
  /// Tokens at which a feature tells whether the memory knows better.
  func examples(_ count: Int, seed: UInt64, useful: Bool = true) -> [GateExample] {
    var generator = TinyLlama.Generator(seed: seed)
    return (0..<count).map { _ in
      let noise = generator.normal(2)
      let knows = useful && noise[0] > 0.5
      return GateExample(
        features: [noise[0] * 3 + 10, noise[1]], base: -4,
        memory: knows ? -0.1 : (generator.next() % 3 == 0 ? -.infinity : -9))
    }
  }

  @Test("A fitted gate opens where the memory knows, and only there")
  func fits() {
    let gate = ReadoutGate.fit(examples(2000, seed: 1), names: ["tells", "noise"])
    #expect(gate.isSound(features: 2))
    #expect(gate([14, 0]) > 0.8)
    #expect(gate([8, 0]) < 0.1)
    #expect(abs(gate.weights[1]) < 0.3 * abs(gate.weights[0]))
    let fresh = examples(1000, seed: 2)
    let closed = ReadoutGate.closed(["tells", "noise"])
    #expect(abs(closed.loss(fresh) - 4) < 1e-4)
    #expect(gate.loss(fresh) < 3.2)
  }

  @Test("A useless memory is shut out, bypass and all")
  func useless() {
    let gate = ReadoutGate.fit(
      examples(2000, seed: 1, useful: false), names: ["tells", "noise"])
    for feature: Float in [0, 8, 10, 12, 20] { #expect(gate([feature, 0]) == 0) }
  }

  @Test("No constant gate is better than the fitted one")
  func beatsConstants() {
    let data = examples(2000, seed: 1)
    let fitted = ReadoutGate.fit(data, names: ["tells", "noise"]).loss(data)
    for probability in stride(from: Float(0.05), to: 1, by: 0.05) {
      var constant = ReadoutGate.closed(["tells", "noise"])
      constant.bias = log(probability / (1 - probability))
      #expect(fitted < constant.loss(data))
    }
  }

  @Test("The likelihood at the fit is flat: nudging a weight does not help")
  func isStationary() {
    let data = examples(1500, seed: 1)
    let gate = ReadoutGate.fit(data, names: ["tells", "noise"], openness: 0, decay: 0)
    let best = gate.loss(data)
    for index in 0..<3 {
      for step: Float in [-0.3, 0.3] {
        var nudged = gate
        if index < 2 { nudged.weights[index] += step } else { nudged.bias += step }
        #expect(nudged.loss(data) > best - 2e-3)
      }
    }
  }

  @Test("Held-out loss is judged on tokens that were not fitted to")
  func heldOut() {
    let names = ["tells", "noise"]
    let useful = ReadoutGate.heldOutLoss(examples(640, seed: 1), names: names)
    let useless = ReadoutGate.heldOutLoss(examples(640, seed: 1, useful: false), names: names)
    #expect(useful < 3.5)
    #expect(abs(useless - 4) < 0.05)
    #expect(ReadoutGate.heldOutLoss([], names: names) == .infinity)
  }

  @Test("Weights count")
  func weights() {
    // The same features; half of the tokens profit, half suffer. Who weighs more decides.
    let data = (0..<400).map { index in
      GateExample(features: [0], base: -2, memory: index % 2 == 0 ? -0.1 : -.infinity)
    }
    func fit(_ profit: Float, _ loss: Float) -> Float {
      let weighted = data.enumerated().map { index, example in
        var example = example
        example.weight = index % 2 == 0 ? profit : loss
        return example
      }
      return ReadoutGate.fit(weighted, names: ["nothing"])([0])
    }
    #expect(fit(10, 1) > fit(1, 1))
    #expect(fit(1, 1) > fit(1, 10))
  }

  @Test("No examples: closed")
  func empty() {
    let gate = ReadoutGate.fit([], names: ["a"])
    #expect(gate.isSound(features: 1))
    #expect(gate([3]) == 0)
  }

  @Test("Below the floor it is closed; wild features count as the most extreme ones seen")
  func floorAndClamp() {
    var gate = ReadoutGate(names: ["a"], mean: [0], scale: [1], weights: [1], bias: -3)
    #expect(abs(gate([0]) - 0.0474) < 1e-3)
    #expect(gate([-2]) == 0)
    #expect(gate.opening([-2]) > 0)
    #expect(gate([4]) == gate([1e9]))
    gate.floor = 0.9
    #expect(gate([3]) == 0)
    for broken in [Float.nan, .infinity, -.infinity] {
      #expect(gate.opening([broken]) == 0)
    }
  }

  @Test("Soundness")
  func soundness() {
    let gate = ReadoutGate(names: ["a"], mean: [0], scale: [1], weights: [1], bias: 0)
    #expect(gate.isSound(features: 1))
    #expect(!gate.isSound(features: 2))
    var changed = gate
    changed.scale = [0]
    #expect(!changed.isSound(features: 1))
    changed = gate
    changed.weights = [.nan]
    #expect(!changed.isSound(features: 1))
    changed = gate
    changed.mean = []
    #expect(!changed.isSound(features: 1))
  }

  @Test("A gate survives its file form exactly")
  func codable() throws {
    let gate = ReadoutGate.fit(examples(300, seed: 1), names: ["tells", "noise"])
    let json = try JSONEncoder().encode(gate)
    #expect(try JSONDecoder().decode(ReadoutGate.self, from: json) == gate)
  }
}
