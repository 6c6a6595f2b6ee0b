import Foundation
import ModelFiles
import TestSupport
import Testing
import Tokenization

/// Tokenizers of every published kind against the libraries they come from; made by `Tools/golden/vocabularies.py`.
@Suite struct GoldenVocabularyTests {
  private struct Expected: Decodable {
    struct Entry: Decodable {
      let parts: String
      let whole: String
      let count: Int
    }

    let folders: [String: Entry]
    let ggml: [String: Entry]
  }

  static let folders = [
    "gpt-2", "phi-2", "llama-bpe", "dbrx", "qwen2", "qwen35", "smollm", "gpt-4o", "tekken",
    "deepseek-llm", "deepseek-coder", "deepseek-v3", "sentencepiece-bpe", "sentencepiece-unigram",
    "llama-legacy", "gemma", "llama-metaspace", "unigram",
  ]
  static let shared = ["gpt-2", "llama-spm", "qwen2"].filter {
    Shared.has("tokenizers/ggml-vocab-\($0).gguf")
  }

  private let expected: Expected
  private let sample: String

  init() throws {
    let folder = try Self.fixtures()
    expected = try JSONDecoder().decode(
      Expected.self, from: Data(contentsOf: folder.appendingPathComponent("expected.json")))
    // Not valid UTF-8 everywhere: what is not is repaired here as the peers were given it.
    sample = String(
      decoding: try Data(contentsOf: folder.appendingPathComponent("sample.bin")), as: UTF8.self)
  }

  static func fixtures() throws -> URL {
    try #require(
      Bundle.module.url(
        forResource: "vocabularies", withExtension: nil, subdirectory: "Fixtures"))
  }

  /// The tokenizer of a folder, by way of its metadata in a GGUF file.
  static func tokenizer(ofFolder path: String, size: Int? = nil) throws -> any Tokenizer {
    var writer = GGUFWriter()
    writer.metadata = try HuggingFaceVocabulary.metadata(ofFolder: path, vocabularySize: size)
    return try loadTokenizer(from: SmallVocabulary.file(writer))
  }

  /// FNV-1a over the ids, 32 bits each, little-endian.
  private func digest(_ ids: [Int32]) -> String {
    var value: UInt64 = 0xcbf2_9ce4_8422_2325
    for id in ids {
      for shift in stride(from: Int32(0), to: 32, by: 8) {
        value = (value ^ UInt64(UInt8(truncatingIfNeeded: id >> shift))) &* 0x100_0000_01b3
      }
    }
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private func parts() -> [String] {
    let scalars = Array(sample.unicodeScalars)
    return stride(from: 0, to: scalars.count, by: 400).map { start in
      var part = String.UnicodeScalarView()
      part.append(contentsOf: scalars[start..<min(start + 400, scalars.count)])
      return String(part)
    }
  }

  private func compare(_ tokenizer: any Tokenizer, _ entry: Expected.Entry) {
    let hashes = entry.parts.split(separator: " ").map(String.init)
    let parts = parts()
    #expect(hashes.count == parts.count)
    var tied = 0
    for (part, hash) in zip(parts, hashes) {
      guard hash != "-" else {
        tied += 1
        continue
      }
      let ids = tokenizer.encode(part, addBOS: false, parseSpecial: false)
      #expect(digest(ids).hasPrefix(hash), "\(part.debugDescription)")
    }
    #expect(tied < 10)
    guard entry.whole != "-" else { return }
    let ids = tokenizer.encode(sample, addBOS: false, parseSpecial: false)
    #expect(ids.count == entry.count)
    #expect(digest(ids) == entry.whole)
  }

  @Test(arguments: folders) func everyPartIsEncodedAsByThePeer(name: String) throws {
    let path = try Self.fixtures().appendingPathComponent(name).path
    compare(try Self.tokenizer(ofFolder: path), try #require(expected.folders[name]))
  }

  @Test func everyFolderIsTested() {
    #expect(Set(Self.folders) == Set(expected.folders.keys))
  }

  @Test(.enabled(if: !shared.isEmpty), arguments: shared)
  func vocabulariesOfOthersAreAsInLlamaCpp(name: String) throws {
    let name = "ggml-vocab-\(name).gguf"
    let path = try #require(Shared.path("tokenizers/" + name))
    compare(try loadTokenizer(from: .open(path)), try #require(expected.ggml[name]))
  }

  @Test(arguments: folders.filter { !$0.contains("unigram") })
  func decodingGivesTheTextBack(name: String) throws {
    let path = try Self.fixtures().appendingPathComponent(name).path
    let tokenizer = try Self.tokenizer(ofFolder: path)
    // What composes its text first gives the composed text back.
    let composes = name.hasPrefix("qwen")
    let text = composes ? sample.precomposedStringWithCanonicalMapping : sample
    // U+2581 and a space are the same to SentencePiece.
    let spaced = tokenizer is SentencePieceTokenizer
    let expected = spaced ? text.replacing("\u{2581}", with: " ") : text
    let ids = tokenizer.encode(sample, addBOS: false, parseSpecial: false)
    #expect(Array(tokenizer.decode(ids).utf8) == Array(expected.utf8))
    var stream = TextStream(tokenizer: tokenizer, stripsLeadingSpace: tokenizer.addsSpacePrefix)
    let streamed = ids.map { stream.append($0) }.joined()
    #expect(Array(streamed.utf8) == Array(expected.utf8))
  }
}
