import Foundation
import MemoryModules
import TestSupport
import Testing

@Suite("Attention Matching")
struct AttentionMatchingTests {
  let dimension = 8
  var matching: AttentionMatching { AttentionMatching(dimension: dimension, scale: 0.35) }

  func random(_ rows: Int, seed: UInt64) -> [Float] {
    var generator = TinyLlama.Generator(seed: seed)
    return generator.normal(rows * dimension, deviation: 1.5)
  }

  /// softmax(q k scale + bias) v and the log of its sum.
  func attend(
    _ q: [Float], _ keys: [Float], _ values: [Float], _ biases: [Float]
  ) -> (output: [Float], total: Float) {
    let scores = biases.indices.map { row in
      biases[row]
        + 0.35 * (0..<dimension).reduce(Float(0)) { $0 + q[$1] * keys[row * dimension + $1] }
    }
    let weights = scores.map { exp($0) }
    let mass = weights.reduce(0, +)
    let output = (0..<dimension).map { column in
      weights.indices.reduce(Float(0)) { $0 + weights[$1] * values[$1 * dimension + column] } / mass
    }
    return (output, log(mass))
  }

  @Test("Attention over the kept rows is nearer than over them unfitted, in output and in mass")
  func nearer() {
    let (keys, values) = (random(60, seed: 1), random(60, seed: 2))
    let kept = matching.compacted(
      keys: keys, values: values, queries: random(200, seed: 3), to: 12)
    #expect(kept.rows.count == 12 && kept.rows == kept.rows.sorted())
    let chosen = kept.rows.flatMap { keys[$0 * dimension..<($0 + 1) * dimension] }
    let plain = kept.rows.flatMap { values[$0 * dimension..<($0 + 1) * dimension] }
    var (errors, totals) = ([Float(0), 0], [Float(0), 0])
    // Queries that it was not fitted to.
    let asked = random(100, seed: 4)
    for row in 0..<100 {
      let q = Array(asked[row * dimension..<(row + 1) * dimension])
      let whole = attend(q, keys, values, [Float](repeating: 0, count: 60))
      let share = log(Float(5))
      for (index, made) in [
        attend(q, chosen, kept.values, kept.biases),
        attend(q, chosen, plain, kept.biases.map { _ in share }),
      ].enumerated() {
        errors[index] += zip(whole.output, made.output).reduce(0) {
          $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
        }
        totals[index] += abs(whole.total - made.total)
      }
    }
    #expect(errors[0] < 0.5 * errors[1], "\(errors)")
    #expect(totals[0] < totals[1], "\(totals)")
  }

  @Test("With as many rows as there are, nothing changes")
  func whole() {
    let (keys, values) = (random(9, seed: 1), random(9, seed: 2))
    let kept = matching.compacted(keys: keys, values: values, queries: random(5, seed: 3), to: 9)
    #expect(kept.rows == Array(0..<9) && kept.values == values)
    #expect(kept.biases.allSatisfy { $0 == 0 })
  }

  @Test("A key that stands twice counts twice")
  func twice() {
    // Rows 0 and 1 are one key; of two kept rows, the one that stands for both has a bias of log 2.
    let one = random(2, seed: 5)
    let keys = Array(one[..<dimension]) + one
    let values = keys
    let kept = matching.compacted(
      keys: keys, values: values, queries: random(300, seed: 6), to: 2)
    #expect(kept.rows == [0, 2])
    #expect(abs(kept.biases[0] - log(Float(2))) < 0.02)
    #expect(abs(kept.biases[1]) < 0.02)
  }

  @Test("Factors below zero are none: the best of those that are not")
  func nonNegative() {
    // |A w - b|² with A = [[1, 1], [0, 1]], b = [1, -1]: without the bound w = [2, -1], with it [1, 0].
    let solution = NonNegativeLeastSquares(gram: [1, 1, 1, 2], right: [1, 0]).solution
    #expect(abs(solution[0] - 1) < 1e-6 && solution[1] == 0)
  }
}
