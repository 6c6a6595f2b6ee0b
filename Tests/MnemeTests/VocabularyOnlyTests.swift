import Foundation
import Mneme
import ModelFiles
import TestSupport
import Testing
import Tokenization
import Transformer

/// GGUF files with a vocabulary and no tensors, such as llama.cpp's `ggml-vocab-*.gguf`.
@Suite("A vocabulary without a model") struct VocabularyOnlyTests {
  private let folder: TemporaryFolder
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path("ggml-vocab-small.gguf")
    var writer = GGUFWriter()
    writer.metadata["general.architecture"] = .string("llama")
    writer.metadata["llama.context_length"] = .unsigned(64)
    SmallVocabulary().add(to: &writer)
    try writer.write(to: path)
  }

  @Test("Its tokenizer works")
  func tokenizing() throws {
    let tokenizer = try LanguageModel.tokenizer(ofModel: path)
    let vocabulary = SmallVocabulary()
    #expect(
      tokenizer.encode("hello world") == [
        1, vocabulary.id("\u{2581}hello"), vocabulary.id("\u{2581}world"),
      ])
  }

  @Test("Its description says what it holds")
  func description() throws {
    let summary = try #require(try LanguageModel.vocabularySummary(ofModel: path))
    #expect(summary.name == "ggml-vocab-small")
    #expect(summary.architecture == "llama" && summary.tokenizer == "llama")
    #expect(summary.vocabularySize == SmallVocabulary().pieces.count)
    #expect(summary.lines.contains("holds         a vocabulary only, no weights"))
    let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(summary))
    #expect((json as? [String: Any])?["vocabulary_only"] as? Bool == true)
    let whole = try TinyChat.shared.get().model.path
    #expect(try LanguageModel.vocabularySummary(ofModel: whole) == nil)
  }

  @Test("Everything else is refused in a sentence")
  func refusal() throws {
    let refusal = TransformerError.vocabularyOnly(path: path)
    #expect(throws: refusal) { try LanguageModel(path: path) }
    #expect(throws: refusal) {
      _ = try ModelQuantization(path: path, type: .q8_0).run(to: folder.path("new.gguf"))
    }
    #expect(throws: refusal) {
      _ = try ModelConversion(path: path).run(to: folder.path("new.gguf"))
    }
    #expect(refusal.explanation.what == "the file holds no weights")
    #expect(refusal.explanation.hint?.contains("mneme tokenize") == true)
  }

  @Test("A file without a vocabulary too")
  func noVocabulary() throws {
    let empty = folder.path("empty.gguf")
    var writer = GGUFWriter()
    writer.metadata["general.architecture"] = .string("llama")
    try writer.write(to: empty)
    #expect(throws: TokenizerError.self) { try LanguageModel.tokenizer(ofModel: empty) }
    #expect(throws: TokenizerError.self) { try LanguageModel.vocabularySummary(ofModel: empty) }
  }
}
