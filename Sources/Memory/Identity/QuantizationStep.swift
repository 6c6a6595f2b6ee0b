import Tensors

/// The spacing of the levels of stored weights.
enum QuantizationStep {
  /// The distance between neighbouring levels where a run of 16 weights lies.
  ///
  /// Superblocks quantise the steps of their parts, too. A part whose step is small compared with the largest one is
  /// stored with an error that its own step does not show, so no step counts as less than a share of the superblock's
  /// unit.
  ///
  /// - Parameters:
  ///   - block: the bytes of one block.
  ///   - run: which 16 weights of the block.
  /// - Returns: nil for types that are not quantised, and for fewer bytes than a block has.
  static func of(_ type: ElementType, block: UnsafeRawBufferPointer, run: Int) -> Float? {
    guard type.blockSize > 1, block.count >= type.bytesPerBlock, run >= 0,
      run < type.blockSize / 16
    else { return nil }
    switch type {
    case .f32, .f16, .bf16: return nil
    case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0: return abs(half(block, 0))
    case .iq4_NL: return abs(half(block, 0)) * nonlinearGap
    case .mxfp4:
      return Float(sign: .plus, exponent: Int(block[0]) - 128, significand: floatingPointGap)
    case .iq4_XS:
      let part = run / 2
      let low = Int(block[4 + part / 2]) >> (part % 2 * 4) & 15
      let high = Int(block[2 + part / 4]) >> (part % 4 * 2) & 3
      let unit = half(block, 0) * nonlinearGap
      return least(step: unit * Float((low | high << 4) - 32), unit: unit, levels: 16)
    case .iq3_S:
      let scale = 1 + 2 * (Int(block[106 + run / 4]) >> (run / 2 % 2 * 4) & 15)
      let unit = half(block, 0) * gridGap
      return least(step: unit * Float(scale), unit: unit, levels: 8)
    case .q2_K:
      return least(
        step: half(block, 80) * Float(block[run] & 15), unit: half(block, 80), levels: 4)
    case .q3_K:
      let low = run < 8 ? block[96 + run] & 15 : block[96 + run - 8] >> 4
      let high = (block[104 + run % 4] >> UInt8(run / 4 * 2)) & 3
      let scale = Int(low | high << 4) - 32
      return least(step: half(block, 108) * Float(scale), unit: half(block, 108), levels: 8)
    case .q4_K, .q5_K:
      return least(
        step: half(block, 0) * Float(sixBits(block, part: run / 2)), unit: half(block, 0),
        levels: type == .q4_K ? 16 : 32)
    case .q6_K:
      let scale = Int8(bitPattern: block[192 + run])
      return least(step: half(block, 208) * Float(scale), unit: half(block, 208), levels: 64)
    }
  }

  /// IQ4_NL's levels are 10 to 24 units apart; most weights lie where it is 16 or less.
  private static let nonlinearGap: Float = 16
  /// MXFP4's are 1 to 4 apart; most weights lie where it is 2 or less.
  private static let floatingPointGap: Float = 2
  /// IQ3_S's are 2 apart, but of eight combinations of four values the grid has one, as if they were 2 * 8^(1/4) apart.
  private static let gridGap: Float = 3.4

  private static func least(step: Float, unit: Float, levels: Int) -> Float {
    max(abs(step), abs(unit) * Float(levels) / 4)
  }

  /// The six bits of a part's scale in Q4_K and Q5_K.
  private static func sixBits(_ block: UnsafeRawBufferPointer, part: Int) -> UInt8 {
    part < 4
      ? block[4 + part] & 63 : block[8 + part] & 15 | (block[part] >> 6) << 4
  }

  private static func half(_ block: UnsafeRawBufferPointer, _ offset: Int) -> Float {
    Float(
      Float16(
        bitPattern: UInt16(
          littleEndian: block.loadUnaligned(fromByteOffset: offset, as: UInt16.self))))
  }
}
