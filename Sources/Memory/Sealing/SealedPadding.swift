package import Foundation

/// Hides the exact length of a memory: the padded form is the length as 8 bytes, little-endian, then the content, then
/// zeros.
///
/// Lengths are rounded up after Padmé (Nikitin et al., Reducing metadata leakage from encrypted files and communication
/// with PURBs, PoPETs 2019): of a length of E bits only the first log2(E) + 1 or so can be seen, which costs at most 12 % and
/// of a memory of 13 MB at most 2 %. Never less than a multiple of 4 KiB.
package enum SealedPadding {
  package static let grain = 4096

  /// The padded length of a content of `count` bytes, the 8 bytes of the length included.
  package static func padded(_ count: Int) -> Int {
    let exponent = Int.bitWidth - 1 - max(1, count).leadingZeroBitCount
    let digits = Int.bitWidth - max(1, exponent).leadingZeroBitCount
    let step = max(grain, 1 << max(0, exponent - digits))
    return (count + step - 1) / step * step
  }

  package static func pad(_ content: Data) -> Data {
    let total = padded(content.count + 8)
    var plain = Data(capacity: total)
    withUnsafeBytes(of: UInt64(content.count).littleEndian) { plain.append(contentsOf: $0) }
    plain.append(content)
    plain.append(Data(count: total - plain.count))
    return plain
  }

  /// The content; nil when the length or the padding is not what `pad` makes.
  package static func unpad(_ plain: Data) -> Data? {
    guard plain.count >= 8 else { return nil }
    let length = plain.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(plain.count - 8) else { return nil }
    let end = plain.startIndex + 8 + Int(length)
    guard padded(Int(length) + 8) == plain.count, plain[end...].allSatisfy({ $0 == 0 }) else {
      return nil
    }
    return plain[(plain.startIndex + 8)..<end]
  }
}
