import Tensors

/// ggml's quantised types value by value, as their layouts say, slow and plain: what the kernels are compared with beside the
/// golden file.
enum BlockDefinition {
  static func decode(_ bytes: [UInt8], _ type: ElementType) -> [Float] {
    stride(from: 0, to: bytes.count, by: type.bytesPerBlock).flatMap { start in
      let block = Array(bytes[start..<start + type.bytesPerBlock])
      return (0..<type.blockSize).map { value($0, block, type) }
    }
  }

  private static func half(_ block: [UInt8], _ at: Int) -> Float {
    halfValue(UInt16(block[at]) | UInt16(block[at + 1]) << 8)
  }

  private static func bits(_ byte: UInt8, _ shift: Int, _ count: Int) -> Int {
    Int(byte) >> shift & (1 << count - 1)
  }

  private static func value(_ index: Int, _ b: [UInt8], _ type: ElementType) -> Float {
    let nibble = { (start: Int) in bits(b[start + index % 16], index / 16 * 4, 4) }
    let fifth = { (start: Int) in bits(b[start + index / 8], index % 8, 1) << 4 }
    switch type {
    case .q4_0: return half(b, 0) * Float(nibble(2) - 8)
    case .q4_1: return half(b, 0) * Float(nibble(4)) + half(b, 2)
    case .q5_0: return half(b, 0) * Float((nibble(6) | fifth(2)) - 16)
    case .q5_1: return half(b, 0) * Float(nibble(8) | fifth(4)) + half(b, 2)
    case .iq4_NL: return half(b, 0) * Float(nonlinear[nibble(2)])
    case .mxfp4:
      // One bit sign, two exponent, one fraction.
      let code = nibble(1)
      let (exponent, fraction) = (code >> 1 & 3, Float(code & 1) / 2)
      let magnitude = exponent == 0 ? fraction : (1 + fraction) * Float(1 << (exponent - 1))
      return Float(
        sign: code < 8 ? .plus : .minus, exponent: Int(b[0]) - 127, significand: magnitude)
    default: return superblock(index, b, type)
    }
  }

  private static let nonlinear = [
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
  ]

  private static func superblock(_ index: Int, _ b: [UInt8], _ type: ElementType) -> Float {
    /// Two bits of four runs of 32 values in 32 bytes.
    func pair(_ start: Int) -> Int {
      bits(b[start + index / 128 * 32 + index % 32], index % 128 / 32 * 2, 2)
    }
    switch type {
    case .q2_K:
      let scales = b[index / 16]
      return half(b, 80) * Float(bits(scales, 0, 4)) * Float(pair(16))
        - half(b, 82) * Float(bits(scales, 4, 4))
    case .q3_K:
      let part = index / 16
      let low = bits(b[96 + part % 8], part / 8 * 4, 4)
      let scale = (low | bits(b[104 + part % 4], part / 4 * 2, 2) << 4) - 32
      let third = bits(b[index % 32], index / 32, 1)
      return half(b, 108) * Float(scale) * Float((pair(32) | third << 2) - 4)
    case .q4_K, .q5_K:
      let part = index / 32
      func six(_ isMinimum: Bool) -> Int {
        let own = 4 + part % 4
        if part < 4 { return bits(b[own + (isMinimum ? 4 : 0)], 0, 6) }
        return bits(b[4 + part + 4], isMinimum ? 4 : 0, 4)
          | bits(b[own + (isMinimum ? 4 : 0)], 6, 2) << 4
      }
      let start = type == .q4_K ? 16 : 48
      let low = bits(b[start + part / 2 * 32 + index % 32], part % 2 * 4, 4)
      let high = type == .q4_K ? 0 : bits(b[16 + index % 32], part, 1) << 4
      return half(b, 0) * Float(six(false)) * Float(low | high) - half(b, 2) * Float(six(true))
    case .iq4_XS:
      let part = index / 32
      let scale =
        bits(b[4 + part / 2], part % 2 * 4, 4) | bits(b[2 + part / 4], part % 4 * 2, 2) << 4
      let code = bits(b[8 + part * 16 + index % 16], index % 32 / 16 * 4, 4)
      return half(b, 0) * Float(scale - 32) * Float(nonlinear[code])
    case .iq3_S:
      let four = index / 4
      let point = CodeBook.iq3S[Int(b[2 + four]) | bits(b[66 + four / 8], four % 8, 1) << 8]
      let magnitude = 2 * (Int(point) >> (9 - 3 * (index % 4)) & 7) + 1
      let sign = bits(b[74 + index / 8], index % 8, 1)
      let scale = 1 + 2 * bits(b[106 + index / 64], index / 32 % 2 * 4, 4)
      return half(b, 0) * Float(scale) * Float(sign == 0 ? magnitude : -magnitude)
    default:  // Q6_K
      let (half, run, place) = (index / 128, index % 128 / 32, index % 32)
      let low = bits(b[half * 64 + run % 2 * 32 + place], run / 2 * 4, 4)
      let high = bits(b[128 + half * 32 + place], run * 2, 2)
      let scale = Float(Int8(bitPattern: b[192 + index / 16]))
      return self.half(b, 208) * scale * Float((low | high << 4) - 32)
    }
  }
}
