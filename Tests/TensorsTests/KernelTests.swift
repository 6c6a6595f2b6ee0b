import CKernels
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct KernelTests {
  static let counts = [1, 2, 7, 8, 15, 16, 17, 31, 33, 64, 100, 1000]

  @Test func theForcedLevelHoldsOnThisThreadOnly() {
    defer { mn_force_level(-1) }
    let best = mn_level()
    #expect(mn_force_level(Int32(MN_PORTABLE)) == Int32(MN_PORTABLE))
    #expect(LinearAlgebra.kernelLevel == "portable")
    let seen = Mutable<Int32>(-1)
    let thread = Thread { seen.set(mn_level()) }
    thread.start()
    while seen.value < 0 { usleep(100) }
    #expect(seen.value == best)
    #expect(mn_force_level(99) == best)
  }

  @Test func dotAndAxpy() {
    var random = TestRandom(seed: 1)
    for count in Self.counts {
      let a = random.normals(count)
      let b = random.normals(count)
      let scale = Float(zip(a, b).reduce(0) { $0 + abs($1.0 * $1.1) })
      atEveryLevel { level in
        let found = LinearAlgebra.dot(a, b, count: count)
        #expect(abs(found - Reference.dot(a, b)) <= 1e-6 * scale, "\(count), level \(level)")
        var y = b
        LinearAlgebra.axpy(0.5, a, &y, count: count)
        let expected = zip(a, b).map { 0.5 * $0 + $1 }
        #expect(relativeDifference(y, expected) < 1e-6)
      }
    }
  }

  @Test func softmaxAndLogSumExp() {
    var random = TestRandom(seed: 2)
    for count in Self.counts {
      for spread in [0.1, 3, 40] {
        let x = random.normals(count, deviation: spread)
        atEveryLevel { level in
          var p = x
          let logarithm = LinearAlgebra.softmax(&p, count: count)
          #expect(relativeDifference(p, Reference.softmax(x)) < 2e-6, "\(count), \(level)")
          let expected = Reference.logSumExp(x)
          let limit = 2e-6 * max(1, abs(expected))
          #expect(abs(logarithm - expected) < limit)
          #expect(abs(LinearAlgebra.logSumExp(x, count: count) - expected) < limit)
        }
      }
    }
  }

  @Test func softmaxOfExtremes() {
    atEveryLevel { level in
      var huge: [Float] = [1e30, 0, -1e30] + [Float](repeating: -1e30, count: 30)
      LinearAlgebra.softmax(&huge, count: huge.count)
      #expect(huge[0] == 1 && huge[1...].allSatisfy { $0 < 1e-30 }, "level \(level)")
      #expect(LinearAlgebra.logSumExp([], count: 0) == -.infinity)
      let none = [Float](repeating: -.infinity, count: 20)
      #expect(LinearAlgebra.logSumExp(none, count: 20) == -.infinity)
    }
  }

  @Test func siluAndNorm() {
    var random = TestRandom(seed: 3)
    for count in Self.counts {
      let x = random.normals(count, deviation: 5)
      let up = random.normals(count)
      let weight = random.normals(count)
      atEveryLevel { level in
        var gate = x
        LinearAlgebra.siluMultiply(&gate, up: up, count: count)
        #expect(
          relativeDifference(gate, Reference.siluMultiply(x, up: up)) < 2e-6, "\(count), \(level)")
        var y = [Float](repeating: .nan, count: count)
        LinearAlgebra.rmsNorm(x, weight: weight, into: &y, count: count, epsilon: 1e-5)
        let expected = Reference.rmsNorm(x, weight: weight, epsilon: 1e-5)
        #expect(relativeDifference(y, expected) < 2e-6)
      }
    }
  }

  @Test func geluSoftCapAndLayerNorm() {
    var random = TestRandom(seed: 4)
    for count in Self.counts {
      let x = random.normals(count, deviation: 5)
      let (up, weight, bias) = (random.normals(count), random.normals(count), random.normals(count))
      atEveryLevel { level in
        for factor in [nil, up] {
          var gate = x
          if let factor {
            LinearAlgebra.geluMultiply(&gate, up: factor, count: count)
          } else {
            LinearAlgebra.geluMultiply(&gate, up: nil, count: count)
          }
          let expected = Reference.geluMultiply(x, up: factor)
          #expect(relativeDifference(gate, expected) < 2e-6, "\(count), level \(level)")
        }
        var capped = x
        LinearAlgebra.softCap(&capped, limit: 7, count: count)
        #expect(relativeDifference(capped, Reference.softCap(x, limit: 7)) < 2e-6)
        for (index, value) in x.enumerated() {
          var (alone, smooth) = (value, value)
          LinearAlgebra.softCap(&alone, limit: 7, count: 1)
          LinearAlgebra.geluMultiply(&smooth, up: nil, count: 1)
          var all = x
          LinearAlgebra.geluMultiply(&all, up: nil, count: count)
          #expect(alone == capped[index] && smooth == all[index])
        }
        var y = [Float](repeating: .nan, count: count)
        LinearAlgebra.layerNorm(
          x, weight: weight, bias: bias, into: &y, count: count, epsilon: 1e-5)
        let expected = Reference.layerNorm(x, weight: weight, bias: bias, epsilon: 1e-5)
        #expect(relativeDifference(y, expected) < 4e-6, "\(count), level \(level)")
      }
    }
    atEveryLevel { _ in
      var extremes: [Float] = [-1e30, -300, 300, 1e30]
      LinearAlgebra.softCap(&extremes, limit: 30, count: 4)
      #expect(extremes == [-30, -30, 30, 30])
    }
  }

  /// Rows of keys and values as caches store them, for as many queries as share them.
  @Test(arguments: [ElementType.f32, .f16, .q8_0], [1, 2, 3, 5, 6, 9])
  func storedRows(type: ElementType, count: Int) {
    var random = TestRandom(seed: 5)
    for (n, columns) in [(75, 64), (7, 96), (40, 128)] {
      let rows = random.normals(n * columns)
      let x = random.normals(count * columns)
      let weights = random.normals(count * n)
      let rowBytes = columns / type.blockSize * type.bytesPerBlock
      let stored = UnsafeMutableRawPointer.allocate(byteCount: n * rowBytes, alignment: 16)
      defer { stored.deallocate() }
      for row in 0..<n {
        LinearAlgebra.encode(
          Array(rows[row * columns..<(row + 1) * columns]), count: columns, as: type,
          to: stored + row * rowBytes)
      }
      var rounded = rows
      if type == .f16 { mn_round_f16(rows, &rounded, rows.count) }
      if type == .q8_0 { mn_round_q8_0(rows, &rounded, rows.count) }
      atEveryLevel { level in
        func scores(_ x: [Float]) -> [Float] {
          var found = [Float](repeating: .nan, count: x.count / columns * n)
          LinearAlgebra.rowProducts(
            stored, as: type, x, ldx: columns, count: x.count / columns, into: &found, ldy: n,
            rows: n, columns: columns)
          return found
        }
        let expected = Reference.product(x, rounded, m: count, n: n, k: columns, transposeB: true)
        let found = scores(x)
        #expect(relativeDifference(found, expected) < 2e-6, "\(n) rows, level \(level)")
        let alone = (0..<count).flatMap { scores(Array(x[$0 * columns..<($0 + 1) * columns])) }
        #expect(alone == found, "one query at a time, level \(level)")
        for accumulate in [false, true] {
          func mixture(_ p: [Float]) -> [Float] {
            var mixed = [Float](repeating: accumulate ? 2 : .nan, count: p.count / n * columns)
            LinearAlgebra.weightedSum(
              p, ldp: n, count: p.count / n, values: stored, as: type, n: n, columns: columns,
              into: &mixed, ldy: columns, accumulate: accumulate)
            return mixed
          }
          let sums = Reference.product(weights, rounded, m: count, n: columns, k: n)
            .map { $0 + (accumulate ? 2 : 0) }
          let mixed = mixture(weights)
          #expect(relativeDifference(mixed, sums) < 2e-6, "\(n) rows, level \(level)")
          let alone = (0..<count).flatMap { mixture(Array(weights[$0 * n..<($0 + 1) * n])) }
          #expect(alone == mixed, "one query at a time, level \(level)")
        }
      }
    }
  }

  @Test func siluWithItsSlope() {
    var random = TestRandom(seed: 8)
    for count in Self.counts {
      let x = random.normals(count, deviation: 5)
      let expected = Reference.silu(x)
      atEveryLevel { level in
        var value = x
        var slope = [Float](repeating: .nan, count: count)
        LinearAlgebra.silu(&value, slope: &slope, count: count)
        #expect(relativeDifference(value, expected.value) < 2e-6, "\(count), level \(level)")
        #expect(relativeDifference(slope, expected.slope) < 2e-6, "\(count), level \(level)")
        // The same value gives the same bits wherever it stands.
        for (index, z) in x.enumerated() {
          var (alone, slopeAlone) = (z, Float(0))
          LinearAlgebra.silu(&alone, slope: &slopeAlone, count: 1)
          #expect(alone == value[index] && slopeAlone == slope[index])
        }
      }
    }
  }

  @Test func sumsOfPowersInLogarithms() {
    var random = TestRandom(seed: 9)
    for count in Self.counts {
      for spread in [0.1, 3, 40] {
        let a = random.normals(count, deviation: spread)
        let b = random.normals(count, deviation: spread)
        let expected = Reference.logAdd(a, b, shift: 0.75)
        atEveryLevel { level in
          var sum = a
          LinearAlgebra.logAdd(&sum, b, shift: 0.75, count: count)
          for index in a.indices {
            let limit = 5e-7 * max(1, abs(expected[index]))
            #expect(abs(sum[index] - expected[index]) <= limit, "\(count), level \(level)")
            var alone = a[index]
            LinearAlgebra.logAdd(&alone, [b[index]], shift: 0.75, count: 1)
            #expect(alone == sum[index])
          }
        }
      }
    }
  }

  @Test func infinitiesInLogarithms() {
    atEveryLevel { level in
      var a: [Float] = [-.infinity, 1, -.infinity, 3, 1e30]
      LinearAlgebra.logAdd(&a, [2, -.infinity, -.infinity, -1e30, 0], shift: 0.5, count: 5)
      #expect(a[0] == 2.5 && a[1] == 1 && a[3] == 3 && a[4] == 1e30, "level \(level)")
      #expect(a[2] <= -Float.greatestFiniteMagnitude)
    }
  }

  @Test func theFirstOfTheLargest() {
    var random = TestRandom(seed: 10)
    for count in Self.counts {
      var x = random.normals(count)
      atEveryLevel { level in
        let expected = x.indices.max { (x[$0], -$0) < (x[$1], -$1) }
        #expect(LinearAlgebra.indexOfMaximum(x, count: count) == expected, "level \(level)")
      }
      x = [Float](repeating: 2, count: count)
      atEveryLevel { _ in #expect(LinearAlgebra.indexOfMaximum(x, count: count) == 0) }
    }
    #expect(LinearAlgebra.indexOfMaximum([], count: 0) == 0)
  }

  @Test func everyHalfConvertsBothWays() {
    let bits = (0...UInt16.max).map { $0 }
    atEveryLevel { level in
      let values = LinearAlgebra.float(bits)
      var wrong = 0
      for (pattern, value) in zip(bits, values) {
        let expected = halfValue(pattern)
        if expected.isNaN ? !value.isNaN : value.bitPattern != expected.bitPattern { wrong += 1 }
      }
      #expect(wrong == 0, "level \(level)")
      let numbers = zip(bits, values).filter { !$1.isNaN }
      #expect(LinearAlgebra.half(numbers.map(\.1)) == numbers.map(\.0))
    }
  }

  @Test func halvesRoundToNearestEven() {
    let cases: [(Float, UInt16)] = [
      (1 + 1 / 2048, 0x3c00), (1 + 3 / 2048, 0x3c02), (65519, 0x7bff), (65520, 0x7c00),
      (-1e30, 0xfc00), (0x1p-25, 0), (0x1.8p-25, 1), (-0.0, 0x8000),
    ]
    #expect(LinearAlgebra.half(cases.map(\.0)) == cases.map(\.1))
  }

  @Test func roundsInputsAsTheWeightsTypeDoes() {
    var random = TestRandom(seed: 4)
    let x = random.normals(320, deviation: 10) + [Float](repeating: 1e-30, count: 32)
    let asHalf = LinearAlgebra.float(LinearAlgebra.half(x))
    atEveryLevel { level in
      var y = [Float](repeating: .nan, count: x.count)
      mn_round_f16(x, &y, x.count)
      #expect(y == asHalf, "level \(level)")
      mn_round_bf16(x, &y, x.count)
      #expect(y.allSatisfy { $0.bitPattern & 0xffff == 0 })
      #expect(zip(x, y).allSatisfy { abs($0 - $1) <= abs($0) / 256 })
      mn_round_q8_0(x, &y, x.count)
      for start in stride(from: 0, to: 320, by: 32) {
        let block = start..<start + 32
        let step = (x[block].map(abs).max() ?? 0) / 127
        #expect(block.allSatisfy { abs(x[$0] - y[$0]) <= 0.57 * step }, "level \(level)")
      }
      #expect(y[320...].allSatisfy { $0 == 0 })
    }
  }

  @Test func roundingKeepsWhatIsNotANumberAndBoundsTheRest() {
    let x: [Float] = [.nan, 1e9, -1e9, .infinity] + [Float](repeating: 1, count: 28)
    atEveryLevel { _ in
      var y = [Float](repeating: 0, count: 32)
      mn_round_f16(x, &y, 32)
      #expect(y[0].isNaN && y[1] == 65504 && y[2] == -65504 && y[3] == 65504)
      mn_round_bf16(x, &y, 32)
      #expect(y[0].isNaN && y[3] == .infinity && y[4] == 1)
    }
  }

  @Test func weightedSumsMatchAndDoNotDependOnTheSplit() {
    var random = TestRandom(seed: 5)
    for columns in [1, 8, 16, 40, 64, 100] {
      for (count, n) in [(1, 1), (1, 9), (4, 7), (7, 33)] {
        let p = random.normals(count * n)
        let v = random.normals(n * columns)
        let start = random.normals(count * columns)
        let product = Reference.product(p, v, m: count, n: columns, k: n)
        atEveryLevel { level in
          var y = start
          LinearAlgebra.weightedSum(
            p, ldp: n, count: count, values: v, n: n, columns: columns, into: &y, ldy: columns,
            accumulate: false)
          #expect(relativeDifference(y, product) < 1e-5, "\(columns), \(count), level \(level)")
          // In two halves, the second added to the first: the same terms in the same order.
          let half = n / 2
          var z = start
          p.withUnsafeBufferPointer { p in
            v.withUnsafeBufferPointer { v in
              guard let p = p.baseAddress, let v = v.baseAddress else { return }
              LinearAlgebra.weightedSum(
                p, ldp: n, count: count, values: v, n: half, columns: columns, into: &z,
                ldy: columns, accumulate: false)
              LinearAlgebra.weightedSum(
                p + half, ldp: n, count: count, values: v + half * columns, n: n - half,
                columns: columns, into: &z, ldy: columns, accumulate: true)
            }
          }
          #expect(z == y)
        }
      }
    }
  }
}

/// A value that another thread sets.
final class Mutable<Value>: @unchecked Sendable {
  private let lock = NSLock()
  private var stored: Value
  init(_ value: Value) { stored = value }
  var value: Value { lock.withLock { stored } }
  func set(_ value: Value) { lock.withLock { stored = value } }
}
