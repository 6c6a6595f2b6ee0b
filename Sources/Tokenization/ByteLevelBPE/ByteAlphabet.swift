/// GPT-2's way to write any bytes as printable text: every byte is one character.
///
/// Printable bytes of Latin-1 map to themselves, the others to U+0100 and on, in order (`bytes_to_unicode` of GPT-2's
/// `encoder.py`).
enum ByteAlphabet {
  /// The character of every byte.
  static let scalars: [Unicode.Scalar] = {
    var next: UInt32 = 0x100
    return (UInt8.min...UInt8.max).map { byte in
      switch byte {
      case 0x21...0x7e, 0xa1...0xac, 0xae...0xff: return Unicode.Scalar(byte)
      default:
        defer { next += 1 }
        return Unicode.Scalar(next) ?? "\u{fffd}"
      }
    }
  }()

  /// The UTF-8 of every byte's character.
  static let encodings: [[UInt8]] = scalars.map { Array(String($0).utf8) }

  /// The byte of every character, for the first characters only; -1 for those without one.
  private static let bytes: [Int16] = {
    var bytes = [Int16](repeating: -1, count: 0x144)
    for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar.value)] = Int16(byte) }
    return bytes
  }()

  /// The bytes of a piece; nil when it has characters outside the alphabet.
  static func decode(_ piece: String) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(piece.utf8.count)
    for scalar in piece.unicodeScalars {
      guard scalar.value < UInt32(bytes.count), bytes[Int(scalar.value)] >= 0 else { return nil }
      result.append(UInt8(truncatingIfNeeded: bytes[Int(scalar.value)]))
    }
    return result
  }
}
