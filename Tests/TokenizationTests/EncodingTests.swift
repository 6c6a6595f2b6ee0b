import ModelFiles
import TestSupport
import Testing
import Tokenization

@Suite struct EncodingTests {
  private func tokenizer(_ vocabulary: SmallVocabulary = SmallVocabulary()) throws
    -> SentencePieceTokenizer
  {
    try SentencePieceTokenizer(file: vocabulary.file())
  }

  private func pieces(
    _ text: String, _ vocabulary: SmallVocabulary = SmallVocabulary(), addBOS: Bool = false,
    parseSpecial: Bool = false
  ) throws -> [String] {
    let tokenizer = try tokenizer(vocabulary)
    return tokenizer.encode(text, addBOS: addBOS, parseSpecial: parseSpecial).map(tokenizer.piece)
  }

  @Test func neighboursMergeByFallingScore() throws {
    #expect(try pieces("hello world") == ["\u{2581}hello", "\u{2581}world"])
    #expect(try pieces("the") == ["\u{2581}the"])
    #expect(try pieces("then") == ["\u{2581}the", "n"])
    // "on" ranks before "no": of two possible merges the higher score wins, of equal ones the left.
    #expect(try pieces("non") == ["\u{2581}", "n", "on"])
    #expect(try pieces("nono") == ["\u{2581}", "n", "on", "o"])
  }

  @Test func theSpaceInFrontFollowsTheRule() throws {
    #expect(try pieces("") == [])
    #expect(try pieces(" ") == ["\u{2581}\u{2581}"])
    #expect(try pieces(" the") == ["\u{2581}", "\u{2581}the"])
    #expect(try pieces("a  a") == ["\u{2581}a", "\u{2581}", "\u{2581}a"])
    var bare = SmallVocabulary()
    bare.metadata["tokenizer.ggml.add_space_prefix"] = .bool(false)
    #expect(try pieces("the", bare) == ["t", "he"])
    #expect(try pieces(" the", bare) == ["\u{2581}the"])
  }

  @Test func fragmentsContinueTextOnDemand() throws {
    let tokenizer = try tokenizer()
    let apart = tokenizer.encode(fragment: "the", continuing: false).map(tokenizer.piece)
    let joined = tokenizer.encode(fragment: "the", continuing: true).map(tokenizer.piece)
    #expect(apart == ["\u{2581}the"])
    #expect(joined == ["t", "he"])
  }

  @Test func textWithoutPiecesFallsBackToBytes() throws {
    #expect(try pieces("Z") == ["\u{2581}", "<0x5A>"])
    #expect(try pieces("é") == ["\u{2581}", "é"])
    #expect(try pieces("ê") == ["\u{2581}", "<0xC3>", "<0xAA>"])
    #expect(
      try pieces("🦙") == ["\u{2581}", "<0xF0>", "<0x9F>", "<0xA6>", "<0x99>"])
    // Composed and decomposed letters are different texts.
    #expect(try pieces("e\u{301}") == ["\u{2581}", "e", "<0xCC>", "<0x81>"])
  }

  @Test func bytesOfZeroSurvive() throws {
    let text = "a\0b\n\0"
    #expect(
      try pieces(text) == ["\u{2581}a", "<0x00>", "b", "<0x0A>", "<0x00>"])
    let tokenizer = try tokenizer()
    #expect(tokenizer.decode(tokenizer.encode(text)) == text)
  }

  @Test func controlTokensComeFromTextOnlyOnDemand() throws {
    #expect(
      try pieces("<|user|>the<|end|>", parseSpecial: true)
        == ["<|user|>", "\u{2581}the", "<|end|>"])
    let plain = try pieces("<|user|>the<|end|>")
    #expect(!plain.contains("<|user|>") && !plain.contains("<|end|>"))
    let tokenizer = try tokenizer()
    for text in ["</s>", "<s>", "<unk>", "<|end|>", " <|user|> ", "<0x0A>"] {
      let ids = tokenizer.encode(text, addBOS: false, parseSpecial: false)
      for id in ids {
        #expect([.normal, .byte].contains(tokenizer.kind(of: id)), "\(text)")
      }
      #expect(tokenizer.decode(ids) == text)
    }
  }

  @Test func textBehindASpecialTokenGetsASpaceAgain() throws {
    #expect(
      try pieces("the<|end|>the", parseSpecial: true)
        == ["\u{2581}the", "<|end|>", "\u{2581}the"])
    #expect(
      try pieces("<|end|><|end|> the", parseSpecial: true)
        == ["<|end|>", "<|end|>", "\u{2581}", "\u{2581}the"])
  }

  @Test func userDefinedPiecesAreAlwaysMatched() throws {
    var vocabulary = SmallVocabulary()
    vocabulary.append("[NAME]", kind: 4)
    vocabulary.append("[NAME][NAME]", kind: 4)
    #expect(try pieces("the[NAME]the", vocabulary) == ["\u{2581}the", "[NAME]", "\u{2581}the"])
    #expect(
      try pieces("[NAME][NAME][NAME]", vocabulary) == ["[NAME][NAME]", "[NAME]"],
      "the longest first")
  }

  @Test func longerSpecialTokensAreSearchedFirst() throws {
    var vocabulary = SmallVocabulary()
    vocabulary.append("bc", kind: 4)
    vocabulary.append("abca", kind: 4)
    // "bc" begins earlier in the text; the longer piece is taken out before all the same.
    #expect(try pieces("bcabca", vocabulary) == ["bc", "abca"])
    #expect(try pieces("abcabca", vocabulary) == ["abca", "bc", "\u{2581}a"])
  }

  @Test func unusedAndUserDefinedPiecesTakePartInMerges() throws {
    // As in llama.cpp, where a piece's kind does not matter to the merges.
    var vocabulary = SmallVocabulary(words: ["\u{2581}", "a", "b", "ab"])
    vocabulary.kinds[Int(vocabulary.id("ab"))] = 5
    #expect(try pieces("ab", vocabulary) == ["\u{2581}", "ab"])
  }

  @Test func beginAndEndOfSequenceFollowTheFile() throws {
    #expect(try pieces("", addBOS: true) == ["<s>"])
    #expect(try pieces("the", addBOS: true) == ["<s>", "\u{2581}the"])
    var ended = SmallVocabulary()
    ended.metadata["tokenizer.ggml.add_bos_token"] = .bool(false)
    ended.metadata["tokenizer.ggml.add_eos_token"] = .bool(true)
    #expect(try pieces("the", ended, addBOS: true) == ["\u{2581}the", "</s>"])
    #expect(try pieces("the", ended) == ["\u{2581}the"])
  }

  @Test func withoutAllBytesTextBecomesUnknown() throws {
    var vocabulary = SmallVocabulary()
    let missing = vocabulary.id("<0x5A>")
    vocabulary.pieces[Int(missing)] = "spare"
    vocabulary.kinds[Int(missing)] = 5
    #expect(try pieces("aZ", vocabulary) == ["\u{2581}a", "<unk>"])
  }

  @Test func decodingUndoesEncoding() throws {
    let tokenizer = try tokenizer()
    for text in [
      "hello world", " hello", "  hello  world  ", "\n\n", "Ünïcødé 🦙🦙", "\u{2581}", "a\u{2581}b ",
      "tab\tand\r\nlines", "<|user|>",
    ] {
      let ids = tokenizer.encode(text)
      // U+2581 in a text cannot be told from a space, here or in llama.cpp.
      let expected = text.replacing("\u{2581}", with: " ")
      #expect(tokenizer.decode(ids) == expected, "\(text.debugDescription)")
    }
  }

  @Test func longTextsAreEncodedWhole() throws {
    let tokenizer = try tokenizer()
    let text = String(repeating: "hello world, the 🦙 is on my ", count: 3000)
    let ids = tokenizer.encode(text)
    #expect(tokenizer.decode(ids) == text)
  }

  @Test func severalThreadsMayEncodeAtOnce() async throws {
    let tokenizer = try tokenizer()
    let expected = tokenizer.encode("hello world é 🦙")
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask {
          (0..<200).allSatisfy { _ in tokenizer.encode("hello world é 🦙") == expected }
        }
      }
      for await agreed in group { #expect(agreed) }
    }
  }
}
