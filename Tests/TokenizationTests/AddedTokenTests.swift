import Foundation
import ModelFiles
import TestSupport
import Testing
import Tokenization

/// The flags of added tokens: `lstrip`, `rstrip`, `single_word`, `normalized`.
@Suite struct AddedTokenTests {
  private struct Golden: Decodable {
    struct Entry: Decodable {
      let name: String
      let cases: [Case]
    }

    struct Case: Decodable {
      let text: String
      let ids: [Int32]
    }

    let tokenizers: [Entry]
  }

  /// Made by the tokenizers library with `Tools/golden/added_tokens.py`.
  @Test func flagsMeanWhatTheyMeanToTheLibrary() throws {
    let url = try #require(
      Bundle.module.url(
        forResource: "added_tokens", withExtension: "json", subdirectory: "Fixtures"))
    let data = try Data(contentsOf: url)
    let golden = try JSONDecoder().decode(Golden.self, from: data)
    // The descriptions themselves, as they were written.
    let root = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let described = try #require(root["tokenizers"] as? [[String: Any]])
    #expect(golden.tokenizers.count == 7)
    for (entry, description) in zip(golden.tokenizers, described) {
      let folder = try TemporaryFolder()
      let json = try #require(description["tokenizer"])
      _ = try folder.write(JSONSerialization.data(withJSONObject: json), as: "tokenizer.json")
      let tokenizer = try GoldenVocabularyTests.tokenizer(ofFolder: folder.url.path)
      for test in entry.cases {
        let ids = tokenizer.encode(test.text, addBOS: false, parseSpecial: true)
        #expect(ids == test.ids, "\(test.text.debugDescription) \(entry.name)")
      }
    }
  }

  private func ids(
    _ text: String, _ flag: String, kind: Int64 = 4, parseSpecial: Bool = true
  ) throws -> [Int32] {
    var vocabulary = SmallByteVocabulary()
    let id = vocabulary.append("ab", kind: kind)
    vocabulary.metadata["tokenizer.mneme.\(flag)_token_ids"] = .unsignedArray([UInt64(id)])
    let ids = try vocabulary.tokenizer().encode(
      text, addBOS: false, parseSpecial: parseSpecial)
    return ids.map { $0 == id ? -1 : $0 }
  }

  @Test func whiteSpaceBeforeATokenGoesWithIt() throws {
    #expect(try ids("c \n\u{3000}ab d", "lstrip") == [99, -1, 32, 100])
    #expect(try ids(" ab ab", "lstrip") == [-1, -1])
    #expect(try ids("c ab", "lstrip", kind: 3, parseSpecial: false) == [99, 32, 97, 98])
  }

  @Test func singleWordsAreNotFoundInsideOthers() throws {
    #expect(try ids("ab", "single_word") == [-1])
    #expect(try ids(" ab-", "single_word") == [32, -1, 45])
    #expect(try ids("abc", "single_word") == [97, 98, 99])
    #expect(try ids("_ab", "single_word") == [95, 97, 98])
    #expect(try ids("abab", "single_word") == [97, 98, 97, 98])
  }

  @Test func idsAreChecked() {
    for flag in ["lstrip", "rstrip", "single_word", "normalized"] {
      #expect(throws: TokenizerError.self, "\(flag)") {
        var vocabulary = SmallByteVocabulary()
        vocabulary.metadata["tokenizer.mneme.\(flag)_token_ids"] = .signedArray([-1])
        _ = try vocabulary.tokenizer()
      }
    }
  }
}
