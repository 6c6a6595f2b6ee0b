import Foundation
import Memory
import TestSupport
import Testing

@Suite("Mixing a reading into logits")
struct MixtureTests {
  let vocabulary = 40

  func probabilities(_ logits: [Float]) -> [Double] {
    let top = Double(logits.max() ?? 0)
    let powers = logits.map { exp(Double($0) - top) }
    let total = powers.reduce(0, +)
    return powers.map { $0 / total }
  }

  func mixed(_ logits: [Float], _ reading: Reading, gate: Float) -> [Float] {
    let base = logits.withUnsafeBufferPointer { BaseDistribution($0) }
    var result = logits
    Mixture.apply(reading, gate: gate, logSumExp: base.logSumExp, to: &result)
    return result
  }

  func logits(_ seed: UInt64) -> [Float] {
    var generator = TinyLlama.Generator(seed: seed)
    return generator.normal(vocabulary, deviation: 3)
  }

  @Test("p = (1 - g) p_LM + g p_mem, sparse", arguments: [Float(0.01), 0.3, 0.9])
  func sparse(gate: Float) {
    for seed in 0..<10 {
      let logits = logits(UInt64(seed))
      let base = probabilities(logits)
      let reading = Reading(
        distribution: .sparse(tokens: [3, 17, 39], probabilities: [0.5, 0.3, 0.2]), features: [])
      let result = probabilities(mixed(logits, reading, gate: gate))
      let memory: [Int: Double] = [3: 0.5, 17: 0.3, 39: 0.2]
      let g = Double(gate)
      for token in 0..<vocabulary {
        let said: Double = memory[token] ?? 0
        let expected: Double = (1 - g) * base[token] + g * said
        #expect(abs(result[token] - expected) < 1e-5)
      }
    }
  }

  @Test("The same, dense", arguments: [Float(0.01), 0.3, 0.9])
  func dense(gate: Float) {
    let logits = logits(1)
    let memory = probabilities(self.logits(2))
    let reading = Reading(
      distribution: .dense(logProbabilities: memory.map { Float(log($0)) }), features: [])
    let result = probabilities(mixed(logits, reading, gate: gate))
    for (token, base) in probabilities(logits).enumerated() {
      let g = Double(gate)
      let expected: Double = (1 - g) * base + g * memory[token]
      #expect(abs(result[token] - expected) < 1e-5)
    }
  }

  @Test("A sparse reading touches its own tokens only; gate 0 touches nothing")
  func touchesLittle() {
    let logits = logits(3)
    let reading = Reading(
      distribution: .sparse(tokens: [5, 6], probabilities: [1, 0]), features: [])
    let result = mixed(logits, reading, gate: 0.4)
    for token in 0..<vocabulary where token != 5 { #expect(result[token] == logits[token]) }
    #expect(result[5] > logits[5])
    #expect(mixed(logits, reading, gate: 0) == logits)
  }

  @Test("Extreme logits and a fully open gate stay finite")
  func extremes() {
    var logits = [Float](repeating: -200, count: vocabulary)
    logits[0] = 200
    let reading = Reading(
      distribution: .sparse(tokens: [9], probabilities: [1]), features: [])
    let result = mixed(logits, reading, gate: 1)
    #expect(result.allSatisfy { $0.isFinite })
    #expect(probabilities(result)[9] > 0.99)
    #expect(probabilities(mixed(logits, reading, gate: 0.5))[9] > 0.499)
  }

  @Test("What the gate sees of the plain model")
  func baseDistribution() {
    let logits = logits(4)
    let base = logits.withUnsafeBufferPointer { BaseDistribution($0) }
    let p = probabilities(logits)
    #expect(abs(Double(base.entropy) - p.reduce(0) { $0 - $1 * log($1) }) < 1e-4)
    let top = p.indices.max { p[$0] < p[$1] } ?? 0
    #expect(Int(base.top) == top)
    #expect(abs(Double(base.topLogProbability) - log(p[top])) < 1e-5)
    let flat = [Float](repeating: 2, count: 16).withUnsafeBufferPointer { BaseDistribution($0) }
    #expect(abs(flat.entropy - log(16)) < 1e-5)
  }

  @Test("The top of a reading; ties go to the lower id")
  func tops() {
    let sparse = Reading(
      distribution: .sparse(tokens: [8, 2, 5], probabilities: [0.4, 0.4, 0.2]), features: [])
    #expect(sparse.top?.token == 2)
    #expect(abs((sparse.top?.logProbability ?? 0) - log(0.4)) < 1e-6)
    #expect(sparse.logProbability(of: 5) == log(Float(0.2)))
    #expect(sparse.logProbability(of: 6) == -.infinity)
    let dense = Reading(distribution: .dense(logProbabilities: [-2, -1, -1]), features: [])
    #expect(dense.top?.token == 1)
    #expect(dense.logProbability(of: 7) == -.infinity)
    #expect(dense.logProbability(of: -1) == -.infinity)
    let nothing = Reading(distribution: .sparse(tokens: [], probabilities: []), features: [])
    #expect(nothing.top == nil)
  }

  @Test("Features have names, one each")
  func featureNames() {
    let reading = Reading(
      distribution: .sparse(tokens: [1], probabilities: [1]), features: [7, 8])
    let base = logits(1).withUnsafeBufferPointer { BaseDistribution($0) }
    let features = ReadoutGate.features(
      base: base, reading: reading, baseLogProbabilityOfMemoryTop: -.infinity)
    #expect(features.count == ReadoutGate.commonFeatureNames.count + 2)
    #expect(Array(features.suffix(2)) == [7, 8])
    #expect(features.allSatisfy { $0.isFinite })
  }
}
