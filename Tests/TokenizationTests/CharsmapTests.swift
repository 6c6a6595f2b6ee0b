import Foundation
import ModelFiles
import TestSupport
import Testing
import Tokenization

/// Tables of character replacements: applied where they are sound, refused or harmless where not.
@Suite struct CharsmapTests {
  private let metadata: GGUFMetadata
  private let blob: [UInt64]

  init() throws {
    let path = try GoldenVocabularyTests.fixtures().appendingPathComponent("unigram").path
    metadata = try HuggingFaceVocabulary.metadata(ofFolder: path, vocabularySize: nil)
    blob = try #require(metadata.integers("tokenizer.ggml.precompiled_charsmap")).map { UInt64($0) }
  }

  private func tokenizer(_ value: GGUFValue?) throws -> any Tokenizer {
    var writer = GGUFWriter()
    writer.metadata = metadata
    writer.metadata["tokenizer.ggml.precompiled_charsmap"] = value
    return try loadTokenizer(from: SmallVocabulary.file(writer))
  }

  @Test func charactersAreReplacedByTheTable() throws {
    let mapped = try tokenizer(.unsignedArray(blob))
    #expect(mapped.encode("ﬁ Ⅷ １２") == mapped.encode("fi VIII 12"))
    #expect(mapped.encode("a\u{3000}\u{2003}a\n") == mapped.encode("a a"))
    #expect(mapped.encode(" \n\t ") == mapped.encode(""))
    let plain = try tokenizer(nil)
    #expect(plain.encode("Ⅷ") != mapped.encode("Ⅷ"))
    let signed = try tokenizer(.signedArray(blob.map { $0 > 127 ? Int64($0) - 256 : Int64($0) }))
    #expect(signed.encode("ﬁ Ⅷ") == mapped.encode("ﬁ Ⅷ"))
  }

  @Test func damagedTablesAreRefused() {
    var tables: [[UInt64]] = [[1], [0, 0, 0, 0], [255, 255, 255, 255, 0], [300, 0, 0, 0, 0, 0]]
    tables.append(Array(blob.dropLast()) + [65])
    tables.append([4, 0, 0, 0] + [0, 0, 0, 0] + [0xff, 0])
    tables.append([4, 0, 0, 0] + [0, 0, 0, 0] + Array(repeating: 65, count: 300) + [0])
    for table in tables {
      #expect(throws: TokenizerError.self) { try tokenizer(.unsignedArray(table)) }
    }
    #expect(throws: TokenizerError.self) { try tokenizer(.string("x")) }
  }

  @Test func changedTablesDoNoHarm() throws {
    var numbers = TestRandom(seed: 11)
    let text = "Ⅷ ﬁ １２ e\u{301} 한 ゙ ｶﾞ \u{3000}x"
    for _ in 0..<30 {
      var table = blob
      for _ in 0..<200 {
        table[4 + Int(numbers.next() % UInt64(table.count - 4))] = numbers.next() % 256
      }
      guard let tokenizer = try? tokenizer(.unsignedArray(table)) else { continue }
      #expect(tokenizer.encode(text).count < 10_000)
    }
    // Units that lead back to themselves, each with a value.
    let loop: [UInt64] = (0..<256).flatMap { [$0, 1, 0, 0] }
    let tokenizer = try tokenizer(.unsignedArray([0, 4, 0, 0] + loop + [65, 0]))
    _ = tokenizer.encode(String(repeating: text, count: 50))
  }
}
