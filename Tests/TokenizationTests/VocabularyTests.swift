import ModelFiles
import TestSupport
import Testing
import Tokenization

/// Vocabularies that are incomplete or contradict themselves are refused by name, never by a crash.
@Suite struct VocabularyTests {
  private func error(_ change: (inout SmallVocabulary) -> Void) -> TokenizerError? {
    var vocabulary = SmallVocabulary()
    change(&vocabulary)
    do {
      _ = try loadTokenizer(from: vocabulary.file())
      return nil
    } catch {
      return error as? TokenizerError
    }
  }

  private func error(without key: String) throws -> TokenizerError? {
    var writer = GGUFWriter()
    SmallVocabulary().add(to: &writer)
    writer.metadata[key] = nil
    let file = try SmallVocabulary.file(writer)
    do {
      _ = try loadTokenizer(from: file)
      return nil
    } catch {
      #expect(error.explanation.location == file.path)
      return error
    }
  }

  @Test func theSampleIsSound() {
    #expect(error { _ in } == nil)
  }

  @Test(
    arguments: [
      "tokenizer.ggml.model", "tokenizer.ggml.tokens", "tokenizer.ggml.scores",
      "tokenizer.ggml.token_type",
    ])
  func whatIsMissingIsNamed(key: String) throws {
    guard case .missing(_, key) = try error(without: key) else {
      Issue.record("\(key)")
      return
    }
  }

  @Test(arguments: ["bert", "rwkv", "plamo2", ""])
  func otherKindsAreNotSupportedYet(model: String) {
    let error = error { $0.metadata["tokenizer.ggml.model"] = .string(model) }
    guard case .unsupportedModel(_, model, ["llama", "t5", "gpt2"]) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.explanation.what.contains("not supported yet") == true)
  }

  @Test func arraysOfDifferentLengthAreRefused() {
    guard case .wrongCount(_, "tokenizer.ggml.scores", _, _) = error({ $0.scores.removeLast() })
    else {
      Issue.record("scores")
      return
    }
    guard case .wrongCount(_, "tokenizer.ggml.token_type", _, _) = error({ $0.kinds.append(1) })
    else {
      Issue.record("kinds")
      return
    }
  }

  @Test func piecesAreThereAndDiffer() {
    guard case .emptyPiece(_, 300) = error({ $0.pieces[300] = "" }) else {
      Issue.record("empty")
      return
    }
    guard case .duplicatePiece(_, "</s>", 2, 301) = error({ $0.pieces[301] = "</s>" }) else {
      Issue.record("twice")
      return
    }
    // Equal to the eye and to String, but not to a vocabulary.
    #expect(error { $0.append("e\u{301}", kind: 1) } == nil)
  }

  @Test func kindsBytesAndScoresAreChecked() {
    guard case .unknownKind(_, 5, 7) = error({ $0.kinds[5] = 7 }) else {
      Issue.record("kind 7")
      return
    }
    guard case .unknownKind(_, 5, 0) = error({ $0.kinds[5] = 0 }) else {
      Issue.record("kind 0")
      return
    }
    for piece in ["<0x4g>", "<0x100>", "zz", "<0xab>", "<0x00>x"] {
      guard case .invalidByte(_, 20, piece) = error({ $0.pieces[20] = piece }) else {
        Issue.record("\(piece)")
        continue
      }
    }
    for score: Float in [.nan, .infinity, -.infinity] {
      guard case .invalidScore(_, 270) = error({ $0.scores[270] = score }) else {
        Issue.record("\(score)")
        continue
      }
    }
  }

  @Test func idsBeyondTheVocabularyAreRefused() {
    for key in ["bos", "eos", "unknown", "eot"] {
      let key = "tokenizer.ggml.\(key)_token_id"
      for value in [GGUFValue.unsigned(99_999), .signed(-2)] {
        guard case .idOutOfRange(_, key, _, _) = error({ $0.metadata[key] = value }) else {
          Issue.record("\(key) \(value)")
          continue
        }
      }
    }
  }

  @Test func unusualVocabulariesLoad() {
    #expect(error { $0.kinds[0] = 3 } == nil, "no unknown piece")
    #expect(error { $0.kinds[2] = 2 } == nil, "two unknown pieces")
    #expect(error { $0.append("a\0b", kind: 1) } == nil, "a piece with a zero")
    #expect(error { $0.append(String(repeating: "x", count: 50_000), kind: 1) } == nil)
    #expect(error { $0.kinds = $0.kinds.map { _ in 3 } } == nil, "control pieces only")
  }

  @Test func onePieceIsEnough() throws {
    var vocabulary = SmallVocabulary()
    vocabulary.pieces = ["a"]
    vocabulary.scores = [0]
    vocabulary.kinds = [1]
    let tokenizer = try loadTokenizer(from: vocabulary.file())
    #expect(tokenizer.special.bos == nil)
    #expect(tokenizer.special.unknown == nil)
    #expect(tokenizer.encode("aa", addBOS: true, parseSpecial: true) == [0, 0])
  }

  @Test func specialTokensAreFoundByKeyAndByName() throws {
    var vocabulary = SmallVocabulary()
    let standard = try loadTokenizer(from: vocabulary.file()).special
    #expect(standard.bos == 1 && standard.eos == 2 && standard.unknown == 0)
    #expect(standard.eot == vocabulary.id("<|end|>"))
    #expect(standard.endOfGeneration == [2, vocabulary.id("<|end|>")])
    #expect(standard.addBOS && !standard.addEOS)

    let other = vocabulary.append("<|im_end|>", kind: 3)
    vocabulary.metadata["tokenizer.ggml.eot_token_id"] = .unsigned(5)
    vocabulary.metadata["tokenizer.ggml.eos_token_id"] = .unsigned(3)
    let special = try loadTokenizer(from: vocabulary.file()).special
    #expect(special.eot == 5 && special.eos == 3)
    #expect(special.endOfGeneration == [3, 5, other, vocabulary.id("<|end|>")])
  }

  @Test func anEndOfTurnThatIsMereTextEndsNothing() throws {
    var vocabulary = SmallVocabulary()
    vocabulary.kinds[Int(vocabulary.id("<|end|>"))] = 1
    let special = try loadTokenizer(from: vocabulary.file()).special
    #expect(special.eot == nil)
    #expect(special.endOfGeneration == [2])
  }

  @Test func unigramVocabulariesTakeTheBestSegmentation() throws {
    // Scores are log probabilities: "ab" + "c" (-3) beats "a" + "bc" (-5) and single letters (-6).
    var vocabulary = SmallVocabulary(words: ["\u{2581}", "a", "b", "c", "ab", "bc"])
    let scores: [String: Float] = [
      "\u{2581}": -1, "a": -2, "b": -2, "c": -2, "ab": -1, "bc": -3,
    ]
    for (id, piece) in vocabulary.pieces.enumerated() {
      vocabulary.scores[id] = scores[piece] ?? -20
    }
    vocabulary.metadata["tokenizer.ggml.model"] = .string("t5")
    vocabulary.metadata["tokenizer.ggml.add_eos_token"] = .bool(false)
    let tokenizer = try loadTokenizer(from: vocabulary.file())
    let ids = tokenizer.encode("abc", addBOS: false, parseSpecial: false)
    #expect(ids.map(tokenizer.piece) == ["\u{2581}", "ab", "c"])
    vocabulary.metadata["tokenizer.ggml.remove_extra_whitespaces"] = .bool(true)
    let squeezing = try loadTokenizer(from: vocabulary.file())
    #expect(squeezing.encode("  ab   c ") == tokenizer.encode("ab c"))
    // A table that ends before its trie does.
    vocabulary.metadata["tokenizer.ggml.precompiled_charsmap"] = .unsignedArray([1, 2, 3])
    #expect(throws: TokenizerError.self) { _ = try loadTokenizer(from: vocabulary.file()) }
  }

  @Test func everyErrorSaysWhatAndWhere() {
    let errors: [TokenizerError] = [
      .missing(path: "/x", key: "k"), .unsupportedModel(path: "/x", found: "f", supported: ["s"]),
      .wrongCount(path: "/x", key: "k", found: 1, expected: 2), .emptyPiece(path: "/x", id: 1),
      .duplicatePiece(path: "/x", piece: "p", first: 1, second: 2),
      .unknownKind(path: "/x", id: 1, found: 9), .invalidByte(path: "/x", id: 1, piece: "p"),
      .invalidScore(path: "/x", id: 1), .idOutOfRange(path: "/x", key: "k", found: 9, count: 3),
      .refused(path: "/x", message: "m"),
      .unknownPreTokenizer(path: "/x", found: "f", known: ["k"]),
      .invalidMerge(path: "/x", index: 1, merge: "m"),
      .unknownNormalizer(path: "/x", found: "f"), .invalidCharsmap(path: "/x", what: "w"),
    ]
    #expect(Set(errors.map(\.explanation.what)).count == errors.count)
    #expect(errors.allSatisfy { $0.explanation.location == "/x" })
  }
}
