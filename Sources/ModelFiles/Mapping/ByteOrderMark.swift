public import Foundation

/// The mark that some editors put before a text, to say how it is encoded.
///
/// Before UTF-8 it says nothing and belongs to no line of the text: RFC 8259 lets a reader of JSON pass over it. It is
/// taken off wherever a file of the user's becomes text or JSON, by this type alone. What a program wrote into a memory
/// or model file has none.
public enum ByteOrderMark {
  /// U+FEFF in UTF-8.
  public static let utf8: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// A text without the mark; its bytes count from 0 again.
  public static func removed(from text: Data) -> Data {
    text.starts(with: utf8) ? Data(text.dropFirst(utf8.count)) : text
  }

  /// Whether a text begins with the mark of UTF-16 or UTF-32, in either order of bytes. Neither can begin UTF-8.
  public static func isWide(_ text: some Sequence<UInt8>) -> Bool {
    text.starts(with: [0xFF, 0xFE]) || text.starts(with: [0xFE, 0xFF])
      || text.starts(with: [0x00, 0x00, 0xFE, 0xFF])
  }
}
