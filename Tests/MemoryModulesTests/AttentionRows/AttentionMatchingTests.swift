import Foundation
import MemoryModules
import ModelFiles
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
    let head = AttentionMatching.Head(
      keys: keys, values: values, queries: random(200, seed: 3))
    let attention = matching.attention(head)
    let strengths = matching.strengths(attention)
    let rows = strengths.indices.sorted { strengths[$0] > strengths[$1] }.prefix(12).sorted()
    let kept = matching.fitted(head, attention, rows: rows)
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
    let head = AttentionMatching.Head(
      keys: random(9, seed: 1), values: random(9, seed: 2), queries: random(5, seed: 3))
    let kept = matching.fitted(head, matching.attention(head), rows: Array(0..<9))
    #expect(kept.values == head.values && kept.biases.allSatisfy { $0 == 0 })
  }

  @Test("Biases and values are those of an independent implementation, alone and beside other rows")
  func golden() throws {
    let file = try SafetensorsFile.open(
      #require(
        Bundle.module.path(forResource: "Fixtures/attention-matching", ofType: "safetensors")))
    func values(_ name: String) throws -> [Float] {
      let tensor = try file.require(name)
      return tensor.type == .f64 ? try tensor.doubles().map(Float.init) : try tensor.floats()
    }
    let matching = AttentionMatching(
      dimension: dimension, scale: 1 / Float(dimension).squareRoot(), valueRidge: 0.01)
    let head = AttentionMatching.Head(
      keys: try values("keys"), values: try values("rows"), queries: try values("queries"))
    var attention = matching.attention(head)
    #expect(difference(try values("scores"), matching.strengths(attention)) < 1e-4)
    let rows = try file.require("kept").int32s().map(Int.init)
    let alone = matching.fitted(head, attention, rows: rows)
    #expect(difference(try values("bias"), alone.biases) < 1e-4)
    #expect(difference(try values("values"), alone.values) < 1e-4)
    attention.parts = try values("share")
    attention.other = try values("own")
    let beside = matching.fitted(head, attention, rows: rows)
    #expect(difference(try values("joint"), beside.values) < 1e-4)
  }

  @Test("What else a query sees takes its part of the attention")
  func others() {
    // As if all keys were one list: the shares of the rows times their part are the softmax over all of them.
    let (keys, others, queries) = (random(6, seed: 1), random(4, seed: 2), random(3, seed: 3))
    let head = AttentionMatching.Head(
      keys: keys, values: keys, queries: queries, otherKeys: others, otherValues: others,
      seen: [4, 2, 0])
    let attention = matching.attention(head)
    for (query, seen) in [4, 2, 0].enumerated() {
      let q = Array(queries[query * dimension..<(query + 1) * dimension])
      let all = keys + others.prefix(seen * dimension)
      let scores = (0..<6 + seen).map { row in
        exp(0.35 * (0..<dimension).reduce(Float(0)) { $0 + q[$1] * all[row * dimension + $1] })
      }
      let mass = scores.reduce(0, +)
      for row in 0..<6 {
        let share = attention.parts[query] * attention.shares[query * 6 + row]
        #expect(abs(share - scores[row] / mass) < 1e-5)
      }
      #expect(
        (0..<dimension).allSatisfy { column in
          guard seen > 0 else { return attention.other[query * dimension + column] == 0 }
          let rest = scores[6...].reduce(0, +)
          let mean =
            (0..<seen).reduce(Float(0)) {
              $0 + scores[6 + $1] * others[$1 * dimension + column]
            } / rest
          return abs(attention.other[query * dimension + column] - mean) < 1e-4
        })
    }
  }

  @Test("A head that attends to the next token's row copies")
  func copying() {
    let attention = AttentionMatching.Attention(
      shares: [0.9, 0.1, 0, 0.2, 0.2, 0.6], parts: [1, 0.5], other: [])
    #expect(abs(matching.copying(attention, next: [0, 2]) - 0.6) < 1e-6)
    #expect(matching.copying(attention, next: [nil, nil]) == 0)
    // Of two query heads the one that copies more.
    #expect(abs(matching.copying(attention, next: [2]) - 0.3) < 1e-6)
    #expect(difference([0.9, 0.1, 0.3], matching.strengths(attention)) < 1e-6)
  }

  @Test("Factors stop at the bounds of the box: the best of those within it")
  func box() {
    // |A w - b|² with A = [[1, 1], [0, 1]], b = [1, -1]: without bounds w = [2, -1], at least 0 it is [1, 0].
    let solution = BoxLeastSquares(gram: [1, 1, 1, 2], right: [1, 0], box: 0...10).solution
    #expect(abs(solution[0] - 1) < 1e-6 && solution[1] == 0)
    let low = BoxLeastSquares(gram: [1, 1, 1, 2], right: [1, 0], box: 0...0.5).solution
    #expect(low == [0.5, 0])
  }
}
