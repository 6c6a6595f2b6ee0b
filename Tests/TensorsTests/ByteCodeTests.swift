import CKernels
import Tensors
import TestSupport
import Testing

/// The scan of byte codes: integers, so that every level must find the very same.
@Suite("Byte codes")
struct ByteCodeTests {
  func codes(_ count: Int, seed: UInt64) -> [Int8] {
    var generator = TinyLlama.Generator(seed: seed)
    return (0..<count).map { _ in
      Int8(truncatingIfNeeded: Int.random(in: -127...127, using: &generator))
    }
  }

  @Test(
    "Products are exact at every level", arguments: [1, 3, 4, 64, 65, 131], [1, 2, 7, 9, 30])
  func products(columns: Int, count: Int) {
    let padded = ByteCodes.steps(columns: columns) * 4
    let groups = 7
    let rows = groups * ByteCodes.group
    func padding(_ values: [Int8]) -> [Int8] {
      values.indices.map { $0 % padded < columns ? values[$0] : 0 }
    }
    // The extremes too: the byte product of AVX2 would saturate.
    var keys = padding(codes(rows * padded, seed: 1))
    for column in 0..<columns { keys[column] = column % 2 == 0 ? 127 : -127 }
    var queries = padding(codes(count * padded, seed: 2))
    for column in 0..<columns { queries[column] = 127 }
    var packed = [UInt8](repeating: 128, count: groups * ByteCodes.groupBytes(columns: columns))
    packed.withUnsafeMutableBufferPointer { buffer in
      for row in 0..<rows {
        let group = row / ByteCodes.group * ByteCodes.groupBytes(columns: columns)
        ByteCodes.pack(
          Array(keys[row * padded..<(row + 1) * padded]), columns: columns,
          into: buffer.baseAddress! + group, lane: row % ByteCodes.group)
      }
    }
    let last = packed.withUnsafeBufferPointer {
      ByteCodes.unpack(
        $0.baseAddress! + (groups - 1) * ByteCodes.groupBytes(columns: columns), lane: 15,
        columns: columns)
    }
    #expect(last == Array(keys[(rows - 1) * padded..<rows * padded]))
    for level in levels() {
      mn_force_level(level)
      defer { mn_force_level(-1) }
      var found = [Int32](repeating: -1, count: count * rows)
      ByteCodes.products(
        packed, groups: groups, columns: columns, queries: queries, count: count, into: &found,
        ldo: rows)
      for query in 0..<count {
        for row in 0..<rows {
          var sum = 0
          for column in 0..<padded {
            sum += (Int(keys[row * padded + column]) + 128) * Int(queries[query * padded + column])
          }
          #expect(Int(found[query * rows + row]) == sum)
        }
      }
    }
  }

  @Test("Quantised to the nearest code, within half a step", arguments: [1, 5, 64, 100])
  func quantises(columns: Int) {
    var generator = TinyLlama.Generator(seed: 3)
    for scale in [Float(1e-30), 1e-3, 1, 1e20] {
      let values = generator.normal(columns, deviation: scale)
      let (codes, step) = ByteCodes.quantise(values, columns: columns)
      #expect(codes.count == ByteCodes.steps(columns: columns) * 4)
      #expect(codes.dropFirst(columns).allSatisfy { $0 == 0 })
      for (value, code) in zip(values, codes) {
        #expect(abs(value - Float(code) * step) <= 0.5001 * step)
      }
    }
    let zero = ByteCodes.quantise([Float](repeating: 0, count: columns), columns: columns)
    #expect(zero.scale == 0)
    #expect(zero.codes.allSatisfy { $0 == 0 })
  }

  @Test("The same rows are chosen at every level", arguments: [1, 15, 16, 17, 100])
  func selects(rows: Int) {
    var generator = TinyLlama.Generator(seed: 8)
    let products = (0..<rows).map { _ in Int32.random(in: -5000...5000, using: &generator) }
    let scales = generator.normal(rows).map { abs($0) * 0.01 }
    let residuals = generator.normal(rows).map { abs($0) * 0.1 }
    let lengths = generator.normal(rows).map { abs($0) }
    func run(_ level: Int32, _ threshold: Float) -> ([UInt32], [Float], [Float]) {
      mn_force_level(level)
      defer { mn_force_level(-1) }
      var chosen = [UInt32](repeating: 0, count: rows)
      var (lower, upper) = ([Float](repeating: 0, count: rows), [Float](repeating: 0, count: rows))
      let count = ByteCodes.select(
        products, offset: 300, scales: scales, residuals: residuals, lengths: lengths, rows: rows,
        scale: 0.05, length: 1.5, error: 0.2, threshold: threshold, chosen: &chosen,
        lower: &lower, upper: &upper)
      return (Array(chosen.prefix(count)), Array(lower.prefix(count)), Array(upper.prefix(count)))
    }
    for threshold in [-Float.infinity, -1, 0, 0.5, 1, .infinity] {
      let expected = (0..<rows).filter { row in
        let value = Float(products[row] - 300) * (scales[row] * 0.05)
        return value + (1.5 * residuals[row] + 0.2 * lengths[row]) >= threshold
      }
      let portable = run(0, threshold)
      let fast = run(Int32(MN_AVX512_VNNI), threshold)
      #expect(portable.0.map { Int($0) } == expected)
      #expect(fast.0 == portable.0)
      for index in expected.indices {
        #expect(abs(fast.1[index] - portable.1[index]) < 1e-5)
        #expect(abs(fast.2[index] - portable.2[index]) < 1e-5)
      }
    }
  }
}
