import CKernels
import Tensors
import TestSupport
import Testing

/// Several matrices with the same inputs: the same bits as one after the other.
@Suite struct SharedProductTests {
  @Test(arguments: [
    [ElementType.q4_K, .q6_K, .q4_K], [.q5_1, .q4_1], [.iq4_NL, .q8_0, .q4_0, .q5_0, .mxfp4],
    [.f32, .q8_0, .f16, .bf16], [.q2_K, .q3_K, .q5_K],
    [.iq4_XS, .q6_K, .iq3_S],
  ])
  func sharingChangesNoBit(types: [ElementType]) throws {
    var random = TestRandom(seed: 8)
    let columns = 512
    let matrices = try types.enumerated().map { index, type in
      try #require(
        TestMatrix(rows: 20 + 37 * index, columns: columns, type: type, random: &random))
    }
    for count in [1, 3, 4, 5, 23] {
      let x = random.normals(count * columns)
      for threads in [1, 3] {
        let pool = ThreadPool(threads: threads)
        let outputs = matrices.map {
          UnsafeMutableBufferPointer<Float>.allocate(capacity: count * $0.matrix.rows)
        }
        defer { for output in outputs { output.deallocate() } }
        WeightMatrix.products(
          try zip(matrices, outputs).map { matrix, output in
            WeightMatrix.Target(
              matrix: matrix.matrix, output: try #require(output.baseAddress))
          }, of: x, count: count, threads: pool)
        for (matrix, output) in zip(matrices, outputs) {
          var alone = [Float](repeating: .nan, count: count * matrix.matrix.rows)
          matrix.matrix.product(x, into: &alone, count: count, threads: pool)
          #expect(Array(output) == alone)
        }
      }
    }
  }

  @Test(arguments: ElementType.allCases)
  func everyLevelGivesTheSameBits(type: ElementType) throws {
    var random = TestRandom(seed: 9)
    let matrix = try #require(TestMatrix(rows: 53, columns: 512, type: type, random: &random))
    for count in [1, 2, 7, 16] {
      // Very large, very small, no numbers: what is rounded to bytes is the same everywhere.
      var x = random.normals(count * 512, deviation: 3)
      x[5] = 1e30
      x[70] = -1e-30
      x[300] = .nan
      var first: [UInt32]?
      atEveryLevel { level in
        var y = [Float](repeating: 0, count: count * 53)
        matrix.matrix.product(x, into: &y, count: count, threads: ThreadPool(threads: 1))
        let bits = y.map(\.bitPattern)
        #expect(first == nil || first == bits, "level \(level), \(count)")
        first = first ?? bits
      }
    }
  }
}
