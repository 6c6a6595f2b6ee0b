import Foundation
import ModelFiles
import TestSupport
import Testing
import Tokenization

/// Texts of many kinds, encoded as llama.cpp encodes them; made by `Tools/golden/tokenizer_cases.py`.
@Suite struct PeerCaseTests {
  private struct Golden: Decodable {
    struct Group: Decodable {
      let flags: [String: Bool]
      let cases: [Case]
    }

    struct Case: Decodable {
      let text: String
      let special: Bool
      let ids: [Int32]
    }

    let pieces: [String]
    let scores: [Float]
    let kinds: [Int64]
    let groups: [Group]
  }

  @Test func everyTextIsEncodedAsByThePeer() throws {
    let url = try #require(
      Bundle.module.url(forResource: "cases", withExtension: "json", subdirectory: "Fixtures"))
    let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
    var checked = 0
    for group in golden.groups {
      var vocabulary = SmallVocabulary(words: [])
      vocabulary.pieces = golden.pieces
      vocabulary.scores = golden.scores
      vocabulary.kinds = golden.kinds
      vocabulary.metadata = group.flags.mapValues { .bool($0) }
      let tokenizer = try loadTokenizer(from: vocabulary.file())
      for test in group.cases {
        let ids = tokenizer.encode(
          test.text, addBOS: test.special, parseSpecial: test.special)
        #expect(ids == test.ids, "\(test.text.debugDescription) \(group.flags)")
        checked += 1
      }
    }
    #expect(checked == 720)
  }
}
