import TestSupport
import Testing
import Tokenization

@Suite struct TextStreamTests {
  let vocabulary = SmallVocabulary()
  let tokenizer: any Tokenizer

  init() throws { tokenizer = try loadTokenizer(from: vocabulary.file()) }

  private func byte(_ value: UInt8) -> Int32 { 7 + Int32(value) }

  @Test func charactersComeWhole() {
    var stream = TextStream(tokenizer: tokenizer)
    #expect(stream.append(byte(0xf0)) == "")
    #expect(stream.append(byte(0x9f)) == "")
    #expect(stream.append(byte(0xa6)) == "")
    #expect(stream.append(byte(0x99)) == "🦙")
    #expect(stream.append(vocabulary.id("\u{2581}the")) == " the")
    #expect(stream.append(byte(0xc3)) == "")
    #expect(stream.append(byte(0xa9)) == "é")
  }

  @Test func charactersThatNeverEndAreReplaced() {
    var stream = TextStream(tokenizer: tokenizer)
    #expect(stream.append(byte(0xe2)) == "")
    #expect(stream.append(byte(0x82)) == "")
    // The next letter shows that the character will not be completed.
    #expect(stream.append(vocabulary.id("a")) == "\u{fffd}a")
    #expect(stream.append(byte(0x82)) == "\u{fffd}", "a continuation without a begin")
    #expect(stream.append(byte(0xff)) == "\u{fffd}")
    #expect(stream.append(byte(0xc3)) == "")
    #expect(stream.isInsideCharacter)
  }

  @Test func charactersThatALimitCutsAreNotShown() {
    let hello = vocabulary.id("\u{2581}hello")
    #expect(tokenizer.decode([hello, byte(0xf0), byte(0x9f), byte(0xa6)]) == "hello")
    #expect(tokenizer.decode([hello, byte(0xf0), byte(0x9f), byte(0xa6), byte(0x99)]) == "hello🦙")
    #expect(tokenizer.decode([byte(0xff), byte(0xc3)]) == "\u{fffd}", "only the last may go on")
    #expect(TextStream.text(of: [0xc3, 0x28, 0xe2, 0x82]) == "\u{fffd}(")
    #expect(TextStream.text(of: []) == "")
  }

  @Test func aTokenAloneShowsTheBytesOfAPartOfACharacter() {
    #expect(tokenizer.label(of: byte(0xe2)) == "<0xE2>")
    #expect(tokenizer.label(of: byte(0x41)) == "A")
    #expect(tokenizer.label(of: vocabulary.id("\u{2581}hello")) == " hello")
    #expect(tokenizer.label(of: 4) == "<|user|>")
  }

  @Test func aStreamEqualsDecodingAtOnce() {
    var numbers = SystemRandomNumberGenerator()
    for _ in 0..<300 {
      let bytes = (0..<12).map { _ -> UInt8 in
        // Mostly lead and continuation bytes, where the difficulties are.
        [0x80, 0x9f, 0xa0, 0xbf, 0xc2, 0xe0, 0xe2, 0xed, 0xf0, 0xf4, 0x41, 0xff]
          .randomElement(using: &numbers) ?? 0
      }
      var stream = TextStream(tokenizer: tokenizer)
      let parts = bytes.map { stream.append(byte($0)) }
      // What is left shows its begin in the end.
      let text = parts.joined() + stream.append(vocabulary.id("a"))
      let whole = String(decoding: bytes + [0x61], as: UTF8.self)
      #expect(Array(text.utf8) == Array(whole.utf8), "\(bytes)")
    }
  }

  @Test func theSpaceInFrontIsStrippedOnce() {
    let the = vocabulary.id("\u{2581}the")
    var stream = TextStream(tokenizer: tokenizer, stripsLeadingSpace: true)
    #expect(stream.append(4) == "", "a control token prints nothing and does not count")
    #expect(stream.append(the) == "the")
    #expect(stream.append(the) == " the")
    var kept = TextStream(tokenizer: tokenizer)
    #expect(kept.append(the) == " the")
    var raw = TextStream(tokenizer: tokenizer, stripsLeadingSpace: true)
    #expect(raw.append(byte(0x20)) == " ", "a space that was written as a byte is no prefix")
  }

  @Test func controlTokensPrintTheirNamesOnDemand() {
    var stream = TextStream(tokenizer: tokenizer, rendersSpecial: true)
    #expect(stream.append(4) == "<|user|>")
    #expect(tokenizer.bytes(of: 4, renderSpecial: false).isEmpty)
    #expect(tokenizer.bytes(of: 0, renderSpecial: true) == Array("<unk>".utf8))
  }

  @Test func idsOutsideTheVocabularyPrintNothing() {
    for id: Int32 in [-1, .min, Int32(vocabulary.pieces.count), .max] {
      #expect(tokenizer.piece(id).isEmpty)
      #expect(tokenizer.kind(of: id) == .unused)
      #expect(tokenizer.bytes(of: id, renderSpecial: true).isEmpty)
    }
  }

  @Test func piecesAreFoundByTheirBytes() {
    #expect(tokenizer.id(ofPiece: "<|user|>") == 4)
    #expect(tokenizer.id(ofPiece: "é") == vocabulary.id("é"))
    #expect(tokenizer.id(ofPiece: "e\u{301}") == nil)
    #expect(tokenizer.id(ofPiece: "nowhere") == nil)
  }
}
