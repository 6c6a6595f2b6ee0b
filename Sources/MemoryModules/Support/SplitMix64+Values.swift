import Tensors

extension SplitMix64 {
  /// Between -1 and 1.
  mutating func symmetric() -> Float { Float(Int64(bitPattern: next()) >> 40) * 0x1p-23 }

  /// Random signs times a scale: the bits of the next numbers, lowest first, 1 for plus.
  mutating func signs(_ count: Int, scale: Float = 1) -> [Float] {
    var signs: [Float] = []
    signs.reserveCapacity(count)
    while signs.count < count {
      let word = next()
      for bit in 0..<min(64, count - signs.count) {
        signs.append(word >> UInt64(bit) & 1 == 1 ? scale : -scale)
      }
    }
    return signs
  }
}
