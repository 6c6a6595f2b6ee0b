import Foundation
import ModelFiles
import TestSupport
import Testing
import Tokenization

/// User-defined pieces, above all a newline, inside text: what is encoded is printed again without a space more or less.
@Suite struct UserDefinedPieceTests {
  private struct Golden: Decodable {
    struct Model: Decodable {
      let name: String
      let model: Data
      let cases: [Case]
    }

    struct Case: Decodable {
      let text: String
      let ids: [Int32]
      let decoded: String
    }

    let models: [Model]
  }

  /// Made by the sentencepiece library with `Tools/golden/added_tokens.py`.
  @Test func modelsOfSentencePieceReadAndWriteAsTheLibrary() throws {
    let url = try #require(
      Bundle.module.url(
        forResource: "user_defined", withExtension: "json", subdirectory: "Fixtures"))
    let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
    #expect(golden.models.count == 4)
    for model in golden.models {
      let folder = try TemporaryFolder()
      _ = try folder.write(model.model, as: "tokenizer.model")
      let tokenizer = try GoldenVocabularyTests.tokenizer(ofFolder: folder.url.path)
      for test in model.cases {
        let ids = tokenizer.encode(test.text, addBOS: false, parseSpecial: false)
        #expect(ids == test.ids, "\(test.text.debugDescription) \(model.name)")
        #expect(
          tokenizer.decode(test.ids) == test.decoded, "\(test.ids) \(model.name)")
      }
    }
  }

  /// A GGUF file does not tell whose a user-defined piece is: a space is put after it as by llama.cpp, and taken away.
  @Test func textComesBackAsItWas() throws {
    for addsSpace in [true, false] {
      var vocabulary = SmallVocabulary()
      let newline = vocabulary.append("\n", kind: 4)
      vocabulary.append("[tag]", kind: 4)
      vocabulary.metadata["tokenizer.ggml.add_space_prefix"] = .bool(addsSpace)
      let tokenizer = try loadTokenizer(from: vocabulary.file())
      #expect(tokenizer.putsSpace(after: newline) == addsSpace)
      for text in [
        "milk\neggs", "milk\n eggs", "\n  if x:", "\n\n\n hello", "hello\n", " hello", "[tag]hello",
        "[tag] hello\n[tag]  my", "\n", "é\né",
      ] {
        let ids = tokenizer.encode(text, addBOS: true, parseSpecial: false)
        #expect(tokenizer.decode(ids) == text)
        // In a text that goes on, only the space in front of the whole is kept.
        var stream = TextStream(tokenizer: tokenizer)
        let streamed = ids.map { stream.append($0) }.joined()
        let beginsWithPiece = text.hasPrefix("\n") || text.hasPrefix("[tag]")
        #expect(streamed == (addsSpace && !beginsWithPiece ? " " : "") + text)
      }
    }
  }

  @Test func controlTokensTakeNoSpaceAway() throws {
    let vocabulary = SmallVocabulary()
    let tokenizer = try loadTokenizer(from: vocabulary.file())
    let hello = vocabulary.id("\u{2581}hello")
    #expect(tokenizer.decode([hello, 6, 5, hello]) == "hello hello")
    #expect(!tokenizer.putsSpace(after: 6) && !tokenizer.putsSpace(after: -1))
  }

  @Test func idsOfOwnPiecesAreChecked() throws {
    var vocabulary = SmallVocabulary()
    vocabulary.metadata["tokenizer.mneme.inline_token_ids"] = .unsignedArray([99_999])
    #expect(throws: TokenizerError.self) { try loadTokenizer(from: vocabulary.file()) }
  }
}
