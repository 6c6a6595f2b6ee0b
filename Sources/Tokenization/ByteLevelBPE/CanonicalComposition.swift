import Foundation

/// Unicode's normalisation form C: letters and their marks as one character where there is one.
enum CanonicalComposition {
  /// U+11A7, the place before the first trailing consonant of Hangul.
  private static let beforeTrailing: [UInt8] = [0xe1, 0x86, 0xa7]

  /// The composed text.
  ///
  /// Foundation drops U+11A7, which is no trailing consonant, and leaves a syllable and a trailing consonant apart (The
  /// Unicode Standard, 3.12, composes them): the text is taken in parts between the former, and the latter are joined here.
  static func composed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    // Nothing below U+0300 is changed by composition; its UTF-8 begins with bytes below CC.
    guard text.contains(where: { $0 >= 0xcc }) else { return text }
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var start = text.startIndex
    var place = start
    while place < text.endIndex {
      if text[place] == beforeTrailing[0], text[place...].starts(with: beforeTrailing) {
        append(text[start..<place], to: &result)
        result += beforeTrailing
        place += beforeTrailing.count
        start = place
      } else {
        place += 1
      }
    }
    append(text[start...], to: &result)
    return result[...]
  }

  private static func append(_ part: ArraySlice<UInt8>, to result: inout [UInt8]) {
    let composed = String(decoding: part, as: UTF8.self).precomposedStringWithCanonicalMapping
    var syllable: UInt32?
    for scalar in composed.unicodeScalars {
      if let open = syllable, 0x11a8...0x11c2 ~= scalar.value,
        let closed = Unicode.Scalar(open + scalar.value - 0x11a7)
      {
        result.removeLast(3)
        result += Array(String(closed).utf8)
        syllable = nil
        continue
      }
      result += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
      let isOpen = 0xac00...0xd7a3 ~= scalar.value && (scalar.value - 0xac00) % 28 == 0
      syllable = isOpen ? scalar.value : nil
    }
  }
}
