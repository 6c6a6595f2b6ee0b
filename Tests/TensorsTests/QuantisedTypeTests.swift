import Foundation
import ModelFiles
import Tensors
import TestSupport
import Testing

/// The quantised types beside llama.cpp's `gguf` package (`Tools/golden/quantised.py`).
@Suite struct QuantisedTypeTests {
  static let types = ElementType.allCases.filter { $0.blockSize > 1 }

  private func matrix(_ bytes: [UInt8], _ type: ElementType, rows: Int) throws -> WeightMatrix {
    let owner = OwnedBytes(bytes)
    return try #require(
      WeightMatrix(
        rows: rows, columns: bytes.count / type.bytesPerBlock * type.blockSize / rows, type: type,
        bytes: UnsafeRawBufferPointer(owner.pointer), owner: owner))
  }

  @Test(arguments: types)
  func readsWhatLlamaCppReads(type: ElementType) throws {
    let url = try #require(
      Bundle.module.url(
        forResource: "quantised", withExtension: "safetensors", subdirectory: "Fixtures"))
    let golden = try SafetensorsFile.open(url.path)
    let bytes = try golden.require("\(type.name).bytes").uint8s()
    let expected = try golden.require("\(type.name).values").floats()
    let matrix = try matrix(bytes, type, rows: 2)
    atEveryLevel { level in
      var values = [Float](repeating: .nan, count: expected.count)
      matrix.dequantize(rows: 0..<2, into: &values)
      #expect(values == expected, "level \(level)")
    }
  }

  /// What is lost by quantising normally distributed weights, root mean square relative to theirs: ggml's own figures are
  /// about the same.
  @Test(arguments: [
    (ElementType.q8_0, 0.006), (.q6_K, 0.02), (.q5_1, 0.045), (.q5_0, 0.05), (.q5_K, 0.04),
    (.q4_1, 0.09), (.q4_0, 0.1), (.q4_K, 0.08), (.iq4_NL, 0.09), (.q3_K, 0.17), (.q2_K, 0.32),
    (.iq4_XS, 0.09), (.mxfp4, 0.15), (.iq3_S, 0.2),
  ])
  func quantisingLosesLittle(type: ElementType, limit: Double) throws {
    var random = TestRandom(seed: 3)
    let values = random.normals(4096)
    let bytes = try #require(ElementEncoding.encode(values, as: type))
    var read = [Float](repeating: 0, count: values.count)
    try matrix(bytes, type, rows: 1).dequantize(rows: 0..<1, into: &read)
    let error = zip(values, read).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
    let size = values.reduce(0.0) { $0 + Double($1 * $1) }
    let lost = (error / size).squareRoot()
    #expect(lost < limit && lost > limit / 3, "\(type.name) loses \(lost)")
  }

  /// The scales of MXFP4 are powers of two that reach beyond the normal numbers.
  @Test func exponentsOfEverySizeAreMultiplied() throws {
    // One block a row; its first value is 3, or 6 before halving, and the input is -127 there and nowhere else.
    let rows = 245
    let bytes = (0..<rows).flatMap { [UInt8($0), 0x25] + [UInt8](repeating: 0x94, count: 15) }
    let matrix = try matrix(bytes, .mxfp4, rows: rows)
    let expected = (0..<rows).map { Float(sign: .minus, exponent: $0 - 128, significand: 6 * 127) }
    for count in [1, 16] {
      let x = (0..<count * 32).map { $0 % 32 == 0 ? Float(-127) : 0 }
      atEveryLevel { level in
        var y = [Float](repeating: .nan, count: count * rows)
        matrix.product(x, into: &y, count: count, threads: ThreadPool(threads: 1))
        #expect(y == (0..<count).flatMap { _ in expected }, "level \(level), \(count)")
      }
    }
  }

  @Test(arguments: types)
  func zerosStayZeros(type: ElementType) throws {
    let bytes = try #require(
      ElementEncoding.encode([Float](repeating: 0, count: 256), as: type))
    var read = [Float](repeating: 1, count: 256)
    try matrix(bytes, type, rows: 1).dequantize(rows: 0..<1, into: &read)
    #expect(read.allSatisfy { $0 == 0 })
  }
}
