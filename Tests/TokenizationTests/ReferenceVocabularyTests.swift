import Foundation
import ModelFiles
import TestSupport
import Testing
import Tokenization

/// The 46 cases that llama.cpp ships for each of a few vocabularies, and what these files say of their special tokens.
@Suite struct ReferenceVocabularyTests {
  static let vocabulary = "tokenizers/ggml-vocab-llama-spm.gguf"
  static let vocabularies = [
    vocabulary, "tokenizers/ggml-vocab-gpt-2.gguf", "tokenizers/ggml-vocab-qwen2.gguf",
  ].filter { Shared.has($0 + ".inp") }

  @Test(.enabled(if: !vocabularies.isEmpty), arguments: vocabularies)
  func everyCaseOfTheReferenceMatches(name: String) throws {
    let path = try #require(Shared.path(name))
    let tokenizer = try loadTokenizer(from: .open(path))
    let inputs = try String(contentsOfFile: path + ".inp", encoding: .utf8)
      .components(separatedBy: "\n__ggml_vocab_test__\n").dropLast()
    let outputs = try String(contentsOfFile: path + ".out", encoding: .utf8)
      .components(separatedBy: "\n").prefix(inputs.count)
    #expect(inputs.count == 46)
    #expect(outputs.count == 46)
    for (input, output) in zip(inputs, outputs) {
      let expected = output.split(separator: " ").compactMap { Int32($0) }
      let ids = tokenizer.encode(input, addBOS: false, parseSpecial: false)
      #expect(ids == expected, "\(input.debugDescription)")
      #expect(tokenizer.decode(ids) == input)
    }
  }

  @Test(.enabled(if: Shared.has(vocabulary)))
  func specialTokensAreThoseOfTheFile() throws {
    let path = try #require(Shared.path(Self.vocabulary))
    let tokenizer = try loadTokenizer(from: .open(path))
    #expect(tokenizer.vocabularySize == 32000)
    #expect(tokenizer.special.bos == 1)
    #expect(tokenizer.special.eos == 2)
    #expect(tokenizer.special.unknown == 0)
    #expect(tokenizer.encode("") == [1])
    #expect(tokenizer.encode("</s>", addBOS: true, parseSpecial: true) == [1, 2])
    #expect(!tokenizer.encode("</s>", addBOS: false, parseSpecial: false).contains(2))
  }
}
