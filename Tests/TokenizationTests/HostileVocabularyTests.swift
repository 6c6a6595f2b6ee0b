import Foundation
import ModelFiles
import TestSupport
import Testing
import Tokenization

/// Thousands of damaged vocabularies: each is refused with a sentence or loads and encodes.
@Suite struct HostileVocabularyTests {
  private static let text = "hello wörld 12 <|end|>\n\u{2581}x \0"

  /// The bytes with a few changes: other bytes, some taken out, some twice, words put in.
  private func changed(
    _ bytes: [UInt8], keepingLength: Bool = false, _ numbers: inout TestRandom
  ) -> [UInt8] {
    let words = ["null", "-1", "99999999999", "\"\"", "[]", "{}", "1e999", "\\u0000", "4000000"]
    var bytes = bytes
    for _ in 0...Int(numbers.next() % 4) {
      guard !bytes.isEmpty else { break }
      let place = Int(numbers.next() % UInt64(bytes.count))
      switch numbers.next() % (keepingLength ? 2 : 5) {
      case 0: bytes[place] = UInt8(truncatingIfNeeded: numbers.next())
      case 1: bytes[place] ^= 1 << (numbers.next() % 8)
      case 2: bytes.removeSubrange(place..<min(bytes.count, place + Int(numbers.next() % 20)))
      case 3: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 16)], at: place)
      default:
        let word = words[Int(numbers.next() % UInt64(words.count))]
        bytes.replaceSubrange(place..<min(bytes.count, place + 2), with: Array(word.utf8))
      }
    }
    return bytes
  }

  private func tryFolder(_ folder: TemporaryFolder, _ tally: inout (loaded: Int, refused: Int)) {
    do {
      let tokenizer = try GoldenVocabularyTests.tokenizer(ofFolder: folder.url.path)
      let ids = tokenizer.encode(Self.text, addBOS: true, parseSpecial: true)
      _ = tokenizer.decode(ids)
      tally.loaded += 1
    } catch let error as any MnemeError {
      #expect(!error.explanation.what.isEmpty && error.explanation.location != nil)
      tally.refused += 1
    } catch {
      Issue.record("\(error)")
    }
  }

  private static let byteLevel = """
    {"added_tokens":[{"id":12,"content":"<|end|>","special":true}],"normalizer":{"type":"NFC"},
    "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"use_regex":true},
    "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<|end|>","type_id":0}},
    {"Sequence":{"id":"A","type_id":0}}]},
    "model":{"type":"BPE","vocab":{"h":0,"e":1,"l":2,"o":3,"Ġ":4,"w":5,"r":6,"d":7,"he":8,"ll":9,"hell":10,
    "hello":11},"merges":["h e",["l","l"],"he ll","hell o"]}}
    """
  private static let characters = """
    {"added_tokens":[{"id":0,"content":"<unk>","special":true}],
    "normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},
    {"type":"Replace","pattern":{"String":" "},"content":"▁"}]},
    "model":{"type":"BPE","unk_token":"<unk>","byte_fallback":true,"vocab":{"<unk>":0,"<0x0A>":1,"▁":2,"h":3,
    "e":4,"l":5,"o":6,"he":7,"▁he":8},"merges":["h e","▁ he"]}}
    """
  private static let unigram = """
    {"pre_tokenizer":{"type":"Metaspace","replacement":"▁","prepend_scheme":"always"},
    "normalizer":{"type":"Sequence","normalizers":[{"type":"Precompiled","precompiled_charsmap":"BAAAAAAAAABBAA=="},
    {"type":"Replace","pattern":{"Regex":" {2,}"},"content":"▁"}]},
    "model":{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["▁",-1.5],["h",-2],["e",-2.5],["▁he",-1e-1]]}}
    """

  @Test(arguments: [byteLevel, characters, unigram])
  func changedDescriptionsDoNoHarm(json: String) throws {
    let folder = try TemporaryFolder()
    var tally = (loaded: 0, refused: 0)
    _ = try folder.write(Data(json.utf8), as: "tokenizer.json")
    tryFolder(folder, &tally)
    #expect(tally.loaded == 1, "the original is sound")
    var numbers = TestRandom(seed: 5)
    for _ in 0..<1500 {
      _ = try folder.write(Data(changed(Array(json.utf8), &numbers)), as: "tokenizer.json")
      tryFolder(folder, &tally)
    }
    #expect(tally.loaded > 20 && tally.refused > 700)
  }

  @Test func changedModelsDoNoHarm() throws {
    let url = try GoldenVocabularyTests.fixtures()
      .appendingPathComponent("sentencepiece-bpe/tokenizer.model")
    // The first pieces and what follows the last: the trainer's and the normaliser's settings.
    let whole = Array(try Data(contentsOf: url))
    var model: [UInt8] = []
    var place = 0
    while place < whole.count {
      let length = whole[place + 1] < 128 ? 2 + Int(whole[place + 1]) : whole.count - place
      if whole[place] != 0x0a || model.count < 1500 { model += whole[place..<place + length] }
      place += length
    }
    let folder = try TemporaryFolder()
    var tally = (loaded: 0, refused: 0)
    _ = try folder.write(Data(model), as: "tokenizer.model")
    tryFolder(folder, &tally)
    #expect(tally.loaded == 1)
    var numbers = TestRandom(seed: 6)
    for _ in 0..<1500 {
      _ = try folder.write(Data(changed(model, &numbers)), as: "tokenizer.model")
      tryFolder(folder, &tally)
    }
    #expect(tally.loaded > 20 && tally.refused > 700)
  }

  @Test func changedGGUFVocabulariesDoNoHarm() throws {
    var vocabulary = SmallByteVocabulary()
    vocabulary.append("<|end|>", kind: 3)
    let file = Array(vocabulary.writer().serialized())
    let folder = try TemporaryFolder()
    var numbers = TestRandom(seed: 7)
    var loaded = 0
    for round in 0..<1500 {
      let bytes = changed(file, keepingLength: round % 2 == 0, &numbers)
      let path = try folder.write(Data(bytes), as: "vocabulary.gguf")
      do {
        let tokenizer = try loadTokenizer(from: .open(path))
        _ = tokenizer.decode(tokenizer.encode(Self.text, addBOS: true, parseSpecial: true))
        loaded += 1
      } catch let error as any MnemeError {
        #expect(!error.explanation.what.isEmpty)
      }
    }
    // Most bytes of so small a file are lengths.
    #expect((10..<1400).contains(loaded))
  }
}
