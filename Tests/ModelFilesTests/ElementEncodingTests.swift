import ModelFiles
import Tensors
import Testing

@Suite struct ElementEncodingTests {
  @Test func blocksOfQ8HoldAScaleAndRoundedValues() throws {
    var values = [Float](repeating: 0, count: 32)
    values[0] = 127
    values[1] = -127
    values[2] = 0.5
    values[3] = -0.5
    values[4] = 63.4
    let bytes = try #require(ElementEncoding.encode(values, as: .q8_0))
    #expect(bytes.count == 34)
    #expect(Array(bytes.prefix(2)) == [0x00, 0x3c], "the scale 1 as Float16")
    // Halves are rounded away from zero, as ggml does.
    #expect(bytes[2..<7].map { Int8(bitPattern: $0) } == [127, -127, 1, -1, 63])
  }

  @Test func quantisingStaysWithinHalfAStep() throws {
    var numbers = Numbers(state: 5)
    let values = (0..<320).map { _ in Float.random(in: -3...3, using: &numbers) }
    let bytes = try #require(ElementEncoding.encode(values, as: .q8_0))
    for block in 0..<10 {
      let bits = UInt16(bytes[block * 34]) | UInt16(bytes[block * 34 + 1]) << 8
      let scale = Float(Float16(bitPattern: bits))
      for index in 0..<32 {
        let level = Float(Int8(bitPattern: bytes[block * 34 + 2 + index]))
        // Half a step, and the rounding of the scale itself (2^-11) over 127 steps.
        let bound = scale * (0.5 + 127 / 2048)
        #expect(abs(level * scale - values[block * 32 + index]) <= bound)
      }
    }
  }

  @Test func valuesThatAreNoNumbersDoNotTrap() throws {
    var values = [Float](repeating: 1, count: 256)
    values[3] = .nan
    values[4] = .infinity
    values[5] = -.infinity
    for type in ElementType.allCases {
      #expect(ElementEncoding.encode(values, as: type)?.count == type.byteCount(elements: 256))
    }
  }

  @Test func bfloatRoundsToNearestEvenAndKeepsNaN() {
    #expect(ElementEncoding.bfloat16(1) == 0x3f80)
    #expect(ElementEncoding.bfloat16(Float(bitPattern: 0x3f80_8000)) == 0x3f80, "a tie, to even")
    #expect(ElementEncoding.bfloat16(Float(bitPattern: 0x3f81_8000)) == 0x3f82, "a tie, to even")
    #expect(ElementEncoding.bfloat16(Float(bitPattern: 0x3f80_8001)) == 0x3f81)
    #expect(ElementEncoding.bfloat16(.infinity) == 0x7f80)
    let nan = UInt32(ElementEncoding.bfloat16(Float(bitPattern: 0x7f80_0001))) << 16
    #expect(Float(bitPattern: nan).isNaN)
  }

  @Test func partOfABlockIsRefused() {
    #expect(ElementEncoding.encode([1, 2, 3], as: .q8_0) == nil)
    #expect(ElementEncoding.encode([], as: .q8_0) == [])
  }
}
