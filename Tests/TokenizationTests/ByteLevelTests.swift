import ModelFiles
import TestSupport
import Testing
import Tokenization

@Suite struct ByteLevelTests {
  private func pieces(
    _ text: String, _ vocabulary: SmallByteVocabulary = SmallByteVocabulary(),
    parseSpecial: Bool = false
  ) throws -> [String] {
    let tokenizer = try vocabulary.tokenizer()
    return tokenizer.encode(text, addBOS: false, parseSpecial: parseSpecial).map(tokenizer.piece)
  }

  @Test func neighboursMergeByRank() throws {
    #expect(try pieces("hello") == ["hello"])
    #expect(try pieces("hell world") == ["hell", "Ġw", "o", "r", "l", "d"])
    // "ll" comes before "he ll"; of equal merges the left one is first.
    #expect(try pieces("helll") == ["hell", "l"])
    #expect(try pieces("lll") == ["ll", "l"])
  }

  @Test func theFileListsMergesNotPieces() throws {
    var vocabulary = SmallByteVocabulary()
    vocabulary.append("or", kind: 1)
    #expect(try pieces("or", vocabulary) == ["o", "r"], "no merge makes it")
    vocabulary.metadata["tokenizer.mneme.ignore_merges"] = .bool(true)
    #expect(try pieces("or", vocabulary) == ["or"])
    vocabulary.metadata["tokenizer.mneme.ignore_merges"] = nil
    vocabulary.metadata["tokenizer.ggml.pre"] = .string("llama-bpe")
    #expect(try pieces("or", vocabulary) == ["or"])
  }

  @Test func everyByteComesBack() throws {
    let tokenizer = try SmallByteVocabulary().tokenizer()
    for byte in UInt8.min...UInt8.max {
      #expect(tokenizer.bytes(of: Int32(byte), renderSpecial: false) == [byte])
    }
    for text in ["é", "e\u{301}", "a\0b", "\u{fffd}", " \n\t ", "🦙", "中文", "\u{7f}"] {
      #expect(tokenizer.decode(tokenizer.encode(text)).utf8.elementsEqual(text.utf8))
    }
    #expect(try pieces("é") == ["Ã©"], "both bytes are one token")
    #expect(!tokenizer.addsSpacePrefix)
  }

  @Test func marksAreMatchedByTheirKind() throws {
    var vocabulary = SmallByteVocabulary()
    let control = vocabulary.append("<|end|>", kind: 3)
    let named = vocabulary.append("[NAME] é", kind: 4)
    let unused = vocabulary.append("[PAD9]", kind: 5)
    let tokenizer = try vocabulary.tokenizer()
    let text = "hello<|end|>[NAME] é"
    #expect(try pieces(text, vocabulary, parseSpecial: true) == ["hello", "<|end|>", "[NAME] é"])
    let plain = tokenizer.encode(text, addBOS: true, parseSpecial: false)
    #expect(!plain.contains(control) && plain.last == named)
    #expect(tokenizer.decode(plain) == text)
    #expect(tokenizer.kind(of: control) == .control && tokenizer.kind(of: unused) == .unused)
    #expect(tokenizer.bytes(of: control, renderSpecial: false).isEmpty)
    #expect(tokenizer.bytes(of: control, renderSpecial: true) == Array("<|end|>".utf8))
    #expect(tokenizer.bytes(of: unused, renderSpecial: true).isEmpty)
    #expect(tokenizer.id(ofPiece: "<|end|>") == control)
    #expect(tokenizer.id(ofPiece: "hello") == Int32(259))
    #expect(tokenizer.id(ofPiece: "nowhere") == nil)
    #expect(tokenizer.special.eot == control)
    for id: Int32 in [-1, .min, .max, Int32(vocabulary.pieces.count)] {
      #expect(tokenizer.piece(id).isEmpty && tokenizer.kind(of: id) == .unused)
      #expect(tokenizer.bytes(of: id, renderSpecial: true).isEmpty)
    }
  }

  @Test func aThousandMarksAreFound() throws {
    var vocabulary = SmallByteVocabulary()
    for number in 0..<1000 { vocabulary.append("<|reserved_\(number)|>", kind: 3) }
    let tokenizer = try vocabulary.tokenizer()
    let ids = tokenizer.encode(
      "a<|reserved_77|><|reserved_7|>b", addBOS: false, parseSpecial: true)
    #expect(ids.map(tokenizer.piece) == ["a", "<|reserved_77|>", "<|reserved_7|>", "b"])
  }

  @Test func kindsMayBeAbsent() throws {
    var vocabulary = SmallByteVocabulary()
    vocabulary.kinds = nil
    #expect(try pieces("hello", vocabulary) == ["hello"])
    #expect(try vocabulary.tokenizer().kind(of: 0) == .normal)
  }

  @Test func sequencesBeginAsTheFileSays() throws {
    var vocabulary = SmallByteVocabulary()
    let begin = vocabulary.append("<|begin|>", kind: 3)
    vocabulary.metadata["tokenizer.ggml.bos_token_id"] = .unsigned(UInt64(begin))
    #expect(try vocabulary.tokenizer().encode("a") == [97])
    vocabulary.metadata["tokenizer.ggml.add_bos_token"] = .bool(true)
    #expect(try vocabulary.tokenizer().encode("a") == [begin, 97])
    vocabulary.metadata["tokenizer.ggml.add_bos_token"] = nil
    vocabulary.metadata["tokenizer.ggml.pre"] = .string("llama-bpe")
    #expect(try vocabulary.tokenizer().encode("a") == [begin, 97])
    vocabulary.metadata["tokenizer.mneme.eog_token_ids"] = .unsignedArray([5, 7])
    let special = try vocabulary.tokenizer().special
    #expect(special.endOfGeneration == [5, 7])
  }

  /// As the `tokenizers` library does for added tokens with `rstrip`.
  @Test func whiteSpaceGoesWithMarksThatSwallowIt() throws {
    var vocabulary = SmallByteVocabulary()
    let user = vocabulary.append("<|user|>", kind: 3)
    let end = vocabulary.append("<|end|>", kind: 3)
    func ids(_ text: String) throws -> [Int32] {
      try vocabulary.tokenizer().encode(text, addBOS: false, parseSpecial: true)
    }
    #expect(try ids("<|user|>\n a<|end|> ") == [user, 10, 32, 97, end, 32])
    vocabulary.metadata["tokenizer.mneme.rstrip_token_ids"] = .unsignedArray([UInt64(user)])
    #expect(try ids("<|user|>\n a<|end|> ") == [user, 97, end, 32])
    #expect(try ids(" <|user|>\t\r\n <|user|> ") == [32, user, user])
    // In text that must hold no marks nothing is swallowed.
    let plain = try vocabulary.tokenizer().encode("<|user|> a", addBOS: false, parseSpecial: false)
    #expect(plain.count == 10 && plain.suffix(2) == [32, 97])
    vocabulary.metadata["tokenizer.mneme.rstrip_token_ids"] = nil
    // llama.cpp goes by the name.
    vocabulary.metadata["general.name"] = .string("Phi-3 mini")
    #expect(try ids("<|user|>\n a<|end|> ") == [user, 97, end])
    vocabulary.metadata["tokenizer.mneme.rstrip_token_ids"] = .unsignedArray([1 << 40])
    guard case .idOutOfRange? = vocabulary.error() else {
      Issue.record("an id that is none")
      return
    }
  }

  @Test func textIsComposedOnDemandOnly() throws {
    var vocabulary = SmallByteVocabulary()
    #expect(try pieces("e\u{301}", vocabulary) == ["e", "Ì", "ģ"])
    vocabulary.metadata["tokenizer.mneme.normalizer"] = .string("NFC")
    #expect(try pieces("e\u{301}", vocabulary) == ["Ã©"])
    let tokenizer = try vocabulary.tokenizer()
    let forms: [(String, [UInt32])] = [
      ("\u{ac00}\u{11a8}", [0xac01]), ("\u{1100}\u{1161}\u{11a8}", [0xac01]),
      ("\u{ac01}\u{11a8}", [0xac01, 0x11a8]), ("\u{ac00}\u{11a7}x", [0xac00, 0x11a7, 0x78]),
      ("\u{ac00}\u{11c3}", [0xac00, 0x11c3]), ("\u{212b}", [0xc5]), ("\u{958}", [0x915, 0x93c]),
      ("s\u{307}\u{323}", [0x1e69]), ("\u{11a7}\u{11a7}", [0x11a7, 0x11a7]),
    ]
    for (text, composed) in forms {
      let back = tokenizer.decode(tokenizer.encode(text))
      #expect(back.unicodeScalars.map(\.value) == composed, "\(text)")
    }
    vocabulary.metadata["tokenizer.mneme.normalizer"] = .string("NFKC")
    guard case .unknownNormalizer(_, "NFKC") = vocabulary.error() else {
      Issue.record("NFKC")
      return
    }
  }

  @Test func unknownPreTokenizersAreRefusedWithTheKnownOnes() throws {
    var vocabulary = SmallByteVocabulary()
    vocabulary.metadata["tokenizer.ggml.pre"] = .string("nobody")
    let error = try #require(vocabulary.error())
    guard case .unknownPreTokenizer(_, "nobody", let known) = error else {
      Issue.record("\(error)")
      return
    }
    for name in ["default", "gpt-2", "llama-bpe", "qwen2", "smollm", "deepseek-v3", "gpt-4o"] {
      #expect(known.contains(name))
      #expect(error.explanation.expected?.contains(name) == true)
      vocabulary.metadata["tokenizer.ggml.pre"] = .string(name)
      #expect(vocabulary.error() == nil)
    }
    vocabulary.metadata["tokenizer.ggml.pre"] = nil
    #expect(vocabulary.error() == nil, "absent: default")
    #expect(Set(known).count == known.count)
  }

  @Test func numbersAreCutAsTheNameSays() throws {
    let merges = ["1 2", "12 3", "123 4"]
    let expected = [
      "gpt-2": ["1234", "1"], "qwen2": ["1", "2", "3", "4", "1"], "llama-bpe": ["123", "4", "1"],
      "smollm": ["1", "2", "3", "4", "1"], "default": ["123", "4", "1"],
      "falcon": ["123", "4", "1"], "deepseek-v3": ["123", "4", "1"],
    ]
    for (name, pieces) in expected {
      var vocabulary = SmallByteVocabulary(merges: merges)
      vocabulary.metadata["tokenizer.ggml.pre"] = .string(name)
      #expect(try self.pieces("12341", vocabulary) == pieces, "\(name)")
    }
  }

  @Test(arguments: ["ab", "a", "", " ", "h  e", "q x", "zz z", "a b c", "\u{1f999} a"])
  func mergesThatJoinNothingAreRefused(merge: String) {
    var vocabulary = SmallByteVocabulary()
    vocabulary.merges.append(merge)
    guard case .invalidMerge(_, 7, merge) = vocabulary.error() else {
      Issue.record("\(String(describing: vocabulary.error()))")
      return
    }
  }

  @Test func whatIsMissingOrTwiceIsNamed() throws {
    for key in ["tokenizer.ggml.tokens", "tokenizer.ggml.merges"] {
      var writer = SmallByteVocabulary().writer()
      writer.metadata[key] = nil
      let file = try SmallVocabulary.file(writer)
      #expect(throws: TokenizerError.missing(path: file.path, key: key)) {
        _ = try loadTokenizer(from: file)
      }
    }
    var vocabulary = SmallByteVocabulary()
    vocabulary.append("hello", kind: 1)
    guard case .duplicatePiece(_, "hello", 259, 263) = vocabulary.error() else {
      Issue.record("twice")
      return
    }
  }

  @Test func bytesWithoutATokenAreLeftOut() throws {
    var vocabulary = SmallByteVocabulary()
    vocabulary.pieces[Int(UInt8(ascii: "z"))] = "spare"
    #expect(try pieces("azb", vocabulary) == ["a", "b"])
    vocabulary.metadata["tokenizer.ggml.unknown_token_id"] = .unsigned(0)
    #expect(try vocabulary.tokenizer().encode("azb") == [97, 0, 98])
  }

  @Test func longWordsTakeTimeInProportion() throws {
    let tokenizer = try SmallByteVocabulary().tokenizer()
    let word = String(repeating: "hellohe", count: 20_000)
    let ids = tokenizer.encode(word)
    #expect(ids.count == 40_000)
    #expect(tokenizer.decode(ids) == word)
    let spaces = String(repeating: " ", count: 100_000)
    #expect(tokenizer.decode(tokenizer.encode(spaces + "x")) == spaces + "x")
  }
}
