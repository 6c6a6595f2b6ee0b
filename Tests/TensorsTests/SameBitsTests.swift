import CKernels
import Tensors
import TestSupport
import Testing

/// Every kernel gives the same bits at every level, whatever is left after the last whole vector and wherever it lies.
///
/// What one processor learned is the same on another because of this: learning makes much of a last digit.
@Suite struct SameBitsTests {
  static let counts = Array(1...70) + [127, 128, 129, 255, 300, 1000]

  /// Compares what `body` makes at each level, bit for bit.
  private func expectSame(_ what: String, _ body: () -> [Float]) {
    var first: [UInt32]?
    atEveryLevel { level in
      let bits = body().map(\.bitPattern)
      if let first { #expect(bits == first, "\(what), level \(level)") }
      first = first ?? bits
    }
  }

  /// Values of very different sizes, now and then a zero.
  private func values(_ count: Int, _ random: inout TestRandom) -> [Float] {
    random.normals(count, deviation: 3).enumerated().map { index, value in
      switch index % 11 {
      case 4: 0
      case 7: value * 1e-6
      case 9: value * 40
      default: value
      }
    }
  }

  @Test(arguments: [0, 1, 3]) func sumsAndNorms(offset: Int) {
    var random = TestRandom(seed: 21)
    for count in Self.counts {
      let a = values(count + offset, &random)
      let b = values(count + offset, &random)
      let c = values(count + offset, &random)
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          c.withUnsafeBufferPointer { c in
            guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else {
              return
            }
            let (x, w, z) = (a + offset, b + offset, c + offset)
            expectSame("dot \(count)") { [mn_dot(x, w, count)] }
            expectSame("log-sum \(count)") { [mn_log_sum_exp(x, count)] }
            expectSame("axpy \(count)") {
              var y = Array(UnsafeBufferPointer(start: w, count: count))
              mn_axpy(0.37, x, &y, count)
              return y
            }
            expectSame("rms norm \(count)") {
              var y = [Float](repeating: 0, count: count)
              mn_rms_norm(x, w, &y, count, 1e-5)
              return y
            }
            expectSame("layer norm \(count)") {
              var y = [Float](repeating: 0, count: count)
              mn_layer_norm(x, w, z, &y, count, 1e-5)
              return y
            }
            expectSame("Float16 \(count)") {
              var y = [Float](repeating: 0, count: count)
              mn_round_f16(x, &y, count)
              return y
            }
          }
        }
      }
    }
  }

  @Test func functionsOfSingleValues() {
    var random = TestRandom(seed: 22)
    for count in Self.counts {
      let x = values(count, &random)
      let up = values(count, &random)
      func changed(_ body: (inout [Float]) -> Void) -> [Float] {
        var y = x
        body(&y)
        return y
      }
      expectSame("softmax \(count)") {
        var total: Float = 0
        return changed { total = mn_softmax(&$0, count) } + [total]
      }
      expectSame("silu \(count)") { changed { mn_silu_multiply(&$0, up, count) } }
      expectSame("gelu \(count)") { changed { mn_gelu_multiply(&$0, up, count) } }
      expectSame("gelu alone \(count)") { changed { mn_gelu_multiply(&$0, nil, count) } }
      expectSame("cap \(count)") { changed { mn_soft_cap(&$0, 7, count) } }
      expectSame("log-add \(count)") { changed { mn_log_add(&$0, up, 0.3, count) } }
      expectSame("silu with slope \(count)") {
        var slope = [Float](repeating: 0, count: count)
        return changed { mn_silu_slope(&$0, &slope, count) } + slope
      }
    }
  }

  @Test func extremes() {
    let x: [Float] = [
      0, -0.0, 88, 89, 1e30, -87, -88, -1e30, 1e-30, -1e-38, 0x1p-149, 103.97, -103.97, 65504,
      .infinity, -.infinity, 1, -1, 0.5,
    ]
    for rotation in 0..<x.count {
      let y = Array(x[rotation...] + x[..<rotation])
      func changed(_ body: (inout [Float]) -> Void) -> [Float] {
        var z = y
        body(&z)
        // What is no number is so at every level; its other bits say nothing.
        return z.map { $0.isNaN ? .nan : $0 }
      }
      expectSame("softmax") { changed { mn_softmax(&$0, y.count) } }
      expectSame("silu") { changed { mn_silu_multiply(&$0, y, y.count) } }
      expectSame("gelu") { changed { mn_gelu_multiply(&$0, nil, y.count) } }
      expectSame("cap") { changed { mn_soft_cap(&$0, 30, y.count) } }
      expectSame("log-add") { changed { mn_log_add(&$0, y.reversed(), 0.5, y.count) } }
      expectSame("Float16") { changed { mn_round_f16(y, &$0, y.count) } }
      expectSame("axpy") { changed { mn_axpy(0x1p-130, y, &$0, y.count) } }
    }
  }

  @Test(arguments: ElementType.allCases) func products(type: ElementType) throws {
    var random = TestRandom(seed: 23)
    let widths =
      type.blockSize == 1 ? Array(1...70) + [300] : [1, 2, 3, 5].map { $0 * type.blockSize }
    let pool = ThreadPool(threads: 1)
    for columns in widths {
      let rows = 21
      let matrix = try #require(
        TestMatrix(rows: rows, columns: columns, type: type, random: &random)
      ).matrix
      for count in [1, 2, 3, 4, 5, 7, 19] {
        let x = values(count * columns, &random)
        expectSame("\(type), \(columns) columns, \(count) inputs") {
          var y = [Float](repeating: 0, count: count * rows)
          matrix.product(x, into: &y, count: count, threads: pool)
          return y
        }
      }
      expectSame("values of \(type)") {
        var y = [Float](repeating: 0, count: rows * columns)
        matrix.dequantize(rows: 0..<rows, into: &y)
        return y
      }
    }
  }

  @Test func sumsOfRows() {
    var random = TestRandom(seed: 24)
    for (count, n, columns) in [
      (1, 1, 1), (1, 9, 70), (2, 30, 64), (3, 8, 128), (5, 7, 40), (9, 33, 131),
    ] {
      let p = values(count * n, &random)
      let v = values(n * columns, &random)
      let start = values(count * columns, &random)
      for accumulate in [Int32(0), 1] {
        expectSame("weighted sum \(count), \(n), \(columns)") {
          var y = start
          mn_weighted_sum(p, n, count, v, n, columns, &y, columns, accumulate)
          return y
        }
        let half = LinearAlgebra.half(v)
        expectSame("weighted sum of Float16 \(count), \(n), \(columns)") {
          var y = start
          mn_weighted_sum_f16(p, n, count, half, n, columns, &y, columns, accumulate)
          return y
        }
        guard columns % 32 == 0 else { continue }
        var bytes = [UInt8](repeating: 0, count: n * columns / 32 * 34)
        mn_quantize_q8_0(v, &bytes, n * columns)
        expectSame("weighted sum of Q8_0 \(count), \(n), \(columns)") {
          var y = start
          mn_weighted_sum_q8_0(p, n, count, bytes, n, columns, &y, columns, accumulate)
          return y
        }
      }
    }
  }

  @Test(arguments: [false, true], [false, true])
  func matrixProducts(transposeA: Bool, transposeB: Bool) {
    var random = TestRandom(seed: 25)
    for (m, n, k) in [
      (1, 1, 1), (1, 100, 300), (3, 5, 7), (16, 64, 16), (13, 130, 513), (40, 33, 64),
    ] {
      let a = values(m * k, &random)
      let b = values(k * n, &random)
      let start = values(m * n, &random)
      for (alpha, beta) in [(Float(1), Float(0)), (-1, 1), (0.7, -0.3)] {
        expectSame("product \(m), \(n), \(k)") {
          var c = start
          LinearAlgebra.gemm(
            m: m, n: n, k: k, alpha: alpha, a: a, transposeA: transposeA,
            lda: transposeA ? m : k, b: b, transposeB: transposeB, ldb: transposeB ? k : n,
            beta: beta, c: &c, ldc: n)
          return c
        }
      }
    }
  }

  /// The multiplication and addition in one that the portable kernels make of Float64: here against the processor's.
  @Test func fusedMultiplyAndAdd() {
    var random = TestRandom(seed: 26)
    let n = 4096
    for exponent in stride(from: -150, through: 120, by: 9) {
      let scale = Float(sign: .plus, exponent: max(-126, exponent), significand: 1)
      let x = random.normals(n).map { $0 * scale }
      let z = random.normals(n).enumerated().map { index, value in
        // Near the product, near a tie, and far away.
        let product = 0.3 * x[index]
        switch index % 4 {
        case 0: return -product
        case 1: return value * scale * 0x1p-24
        case 2: return product * 0x1p24
        default: return value
        }
      }
      defer { mn_force_level(-1) }
      mn_force_level(Int32(MN_PORTABLE))
      var y = z
      mn_axpy(0.3, x, &y, n)
      let wanted = zip(x, z).map { Float($1).addingProduct(0.3, $0) }
      #expect(y.map(\.bitPattern) == wanted.map(\.bitPattern), "exponent \(exponent)")
    }
  }
}
