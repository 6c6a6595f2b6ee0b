import Memory
import Tensors
import TestSupport
import Testing
import Transformer

@Suite("Keys: statistics, whitening, transform")
struct KeyTests {
  /// Correlated rows with a mean far from zero.
  func rows(_ count: Int, columns: Int, seed: UInt64 = 1) -> [Float] {
    var generator = TinyLlama.Generator(seed: seed)
    let mixing = generator.normal(columns * columns)
    let sources = generator.normal(count * columns)
    var values = LinearAlgebra.product(sources, mixing, m: count, n: columns, k: columns)
    for index in values.indices { values[index] += Float(index % columns) * 2 - 5 }
    return values
  }

  @Test("Whitened rows have no mean and, ridge aside, the identity as covariance")
  func whitens() throws {
    let (count, columns) = (4000, 12)
    let values = rows(count, columns: columns)
    var statistics = WhiteningStatistics(columns: columns)
    // In uneven batches: the sums do not care.
    let cut = 1234 * columns
    statistics.add(Array(values[..<cut]))
    statistics.add(Array(values[cut...]))
    #expect(statistics.count == count)
    let whitening = try #require(statistics.transform())
    var centred = values
    for index in centred.indices { centred[index] -= statistics.mean[index % columns] }
    let white = LinearAlgebra.product(centred, whitening, m: count, n: columns, k: columns)
    let covariance = LinearAlgebra.product(
      white, white, m: columns, n: columns, k: count, transposeA: true
    ).map { $0 / Float(count) }
    for row in 0..<columns {
      for column in 0..<columns {
        let value = covariance[row * columns + column]
        if row == column {
          // The ridge takes a little of directions that hardly vary, never adds.
          #expect(value > 0.2 && value < 1.001)
        } else {
          #expect(abs(value) < 0.45)
        }
      }
      let mean = (0..<count).reduce(Float(0)) { $0 + white[$1 * columns + row] } / Float(count)
      #expect(abs(mean) < 0.01)
    }
    let trace = (0..<columns).reduce(Float(0)) { $0 + covariance[$1 * columns + $1] }
    #expect(trace > 0.9 * Float(columns))
  }

  @Test("Without variation there is no transform")
  func noVariation() {
    var statistics = WhiteningStatistics(columns: 3)
    #expect(statistics.transform() == nil)
    statistics.add([1, 2, 3])
    #expect(statistics.transform() == nil)
    for _ in 0..<10 { statistics.add([1, 2, 3]) }
    #expect(statistics.transform() == nil)
    statistics.add([.nan, 0, 0])
    #expect(statistics.transform() == nil)
  }

  @Test("A direction that never varies is not blown up")
  func deadDirection() throws {
    var generator = TinyLlama.Generator(seed: 3)
    var statistics = WhiteningStatistics(columns: 2)
    for _ in 0..<500 { statistics.add([generator.normal(1)[0], 4]) }
    let whitening = try #require(statistics.transform())
    #expect(whitening.allSatisfy { abs($0) < 100 })
  }

  @Test("Cholesky: L times its transpose, or nil")
  func cholesky() throws {
    let matrix: [Double] = [4, 2, 0.6, 2, 5, 1, 0.6, 1, 3]
    let lower = try #require(WhiteningStatistics.cholesky(matrix, 3))
    for row in 0..<3 {
      for column in 0..<3 {
        let product = (0..<3).reduce(0.0) { $0 + lower[row * 3 + $1] * lower[column * 3 + $1] }
        #expect(abs(product - matrix[row * 3 + column]) < 1e-12)
      }
    }
    #expect(WhiteningStatistics.cholesky([1, 2, 2, 1], 2) == nil)
  }

  func part(_ point: HookPoint, columns: Int, seed: UInt64) throws -> KeyTransform.Part {
    var statistics = WhiteningStatistics(columns: columns)
    statistics.add(rows(500, columns: columns, seed: seed))
    let whitening = try #require(statistics.transform())
    return try #require(
      KeyTransform.Part(point: point, mean: statistics.mean, whitening: whitening))
  }

  @Test("Keys have length one, and each part has its share", arguments: [1, 2, 3])
  func lengths(parts: Int) throws {
    let all = try (0..<parts).map { try part(.block($0, .ln2), columns: 8, seed: UInt64($0)) }
    let transform = KeyTransform(parts: all)
    #expect(transform.columns == 8 * parts)
    #expect(transform.points == (0..<parts).map { .block($0, .ln2) })
    let raw = (0..<parts).map { rows(5, columns: 8, seed: UInt64(50 + $0)) }
    let keys = transform.keys(raw, rows: 5)
    for row in 0..<5 {
      let key = keys[row * 8 * parts..<(row + 1) * 8 * parts]
      #expect(abs(key.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
      let first = key.prefix(8).reduce(0) { $0 + $1 * $1 }
      #expect(abs(first - 1 / Float(parts)) < 1e-5)
    }
    // A row's key does not depend on its neighbors.
    let alone = transform.keys(raw.map { Array($0[16..<24]) }, rows: 1)
    let width = 8 * parts
    for column in 0..<width { #expect(abs(alone[column] - keys[2 * width + column]) < 1e-6) }
  }

  @Test("An activation at the mean gives a zero part, not a division by zero")
  func zeroPart() throws {
    let only = try part(.block(0, .ln2), columns: 8, seed: 1)
    let keys = KeyTransform(parts: [only]).keys([only.mean], rows: 1)
    #expect(keys == [Float](repeating: 0, count: 8))
  }

  @Test("Statistics that are not sound make no part")
  func unsoundParts() {
    let point = HookPoint.block(0, .ln2)
    #expect(KeyTransform.Part(point: point, mean: [], whitening: []) == nil)
    #expect(KeyTransform.Part(point: point, mean: [0, 0], whitening: [1, 0, 0]) == nil)
    #expect(KeyTransform.Part(point: point, mean: [.nan], whitening: [1]) == nil)
    #expect(KeyTransform.Part(point: point, mean: [0], whitening: [.infinity]) == nil)
    #expect(KeyTransform.Part(point: point, mean: [0], whitening: [1]) != nil)
  }
}
