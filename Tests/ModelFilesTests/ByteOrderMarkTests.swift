import Foundation
import ModelFiles
import Testing

@Suite("Byte order marks")
struct ByteOrderMarkTests {
  @Test("Taken off once, before the text and nowhere else; what is left counts from 0")
  func removal() {
    let removed = ByteOrderMark.removed(from: Data("\u{FEFF}a\u{FEFF}".utf8))
    #expect(removed == Data("a\u{FEFF}".utf8) && removed.startIndex == 0)
    for text in ["", "a", "a\u{FEFF}", "\u{FE}"] {
      #expect(ByteOrderMark.removed(from: Data(text.utf8)) == Data(text.utf8))
    }
    #expect(ByteOrderMark.removed(from: Data("\u{FEFF}".utf8)).isEmpty)
    #expect(ByteOrderMark.removed(from: Data([0xEF, 0xBB])) == Data([0xEF, 0xBB]))
  }

  @Test("Those of wider encodings are told from UTF-8")
  func wide() throws {
    for encoding in [
      String.Encoding.utf16LittleEndian, .utf16BigEndian, .utf32LittleEndian, .utf32BigEndian,
    ] {
      #expect(ByteOrderMark.isWide(try #require("\u{FEFF}a".data(using: encoding))))
    }
    for text in ["", "a", "\u{FEFF}a", "\0\0"] { #expect(!ByteOrderMark.isWide(Data(text.utf8))) }
  }
}
