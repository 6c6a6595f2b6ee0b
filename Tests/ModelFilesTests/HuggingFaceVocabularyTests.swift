import Foundation
import ModelFiles
import TestSupport
import Testing

/// What the files of a folder become under GGUF's keys.
@Suite struct HuggingFaceVocabularyTests {
  /// A byte-level description; parts of it replaced by tests.
  private static let byteLevel = """
    {"added_tokens":[{"id":5,"content":"<|end|>","special":true},{"id":6,"content":"<tool>","special":false}],
    "normalizer":null,
    "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true},
    "post_processor":null,
    "model":{"type":"BPE","vocab":{"a":0,"b":1,"é":2,"e\u{301}":3,"ab":4},"merges":["a b"]}}
    """

  private func metadata(_ files: [String: String], size: Int? = nil) throws -> GGUFMetadata {
    let folder = try TemporaryFolder()
    for (name, text) in files { _ = try folder.write(Data(text.utf8), as: name) }
    return try HuggingFaceVocabulary.metadata(ofFolder: folder.url.path, vocabularySize: size)
  }

  private func metadata(
    replacing old: String, by new: String, _ others: [String: String] = [:], size: Int? = nil
  ) throws -> GGUFMetadata {
    let json = Self.byteLevel.replacing(old, with: new)
    #expect(old == new || json != Self.byteLevel)
    return try metadata(others.merging(["tokenizer.json": json]) { first, _ in first }, size: size)
  }

  private func error(_ files: [String: String], size: Int? = nil) -> ErrorExplanation? {
    do {
      _ = try metadata(files, size: size)
      return nil
    } catch {
      return (error as? ModelFileError)?.explanation
    }
  }

  private func refusal(replacing old: String, by new: String) -> ErrorExplanation? {
    error(["tokenizer.json": Self.byteLevel.replacing(old, with: new)])
  }

  @Test func byteLevelVocabulariesKeepPiecesKindsAndMerges() throws {
    let result = try metadata(replacing: "", by: "", size: 9)
    #expect(result.string("tokenizer.ggml.model") == "gpt2")
    #expect(result.string("tokenizer.ggml.pre") == "gpt-2")
    let pieces = try #require(result.strings("tokenizer.ggml.tokens"))
    let expected = ["a", "b", "é", "e\u{301}", "ab", "<|end|>", "<tool>", "[PAD7]", "[PAD8]"]
    #expect(pieces.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
    #expect(result.integers("tokenizer.ggml.token_type") == [1, 1, 1, 1, 1, 3, 4, 5, 5])
    #expect(result.strings("tokenizer.ggml.merges") == ["a b"])
    #expect(result.bool("tokenizer.ggml.add_bos_token") == false)
    #expect(result["tokenizer.mneme.normalizer"] == nil)
    let paired = try metadata(replacing: "\"a b\"", by: "[\"a\",\"b\"]", size: 9)
    #expect(paired == result)
  }

  @Test func aByteOrderMarkIsNoPartOfAFile() throws {
    let files = [
      "tokenizer.json": Self.byteLevel, "tokenizer_config.json": #"{"add_bos_token": true}"#,
      "chat_template.jinja": "{{ messages }}",
    ]
    let plain = try metadata(files, size: 9)
    #expect(plain.string("tokenizer.chat_template") == "{{ messages }}")
    #expect(try metadata(files.mapValues { "\u{FEFF}" + $0 }, size: 9) == plain)
  }

  @Test func idsMayHaveGapsButNoTwins() throws {
    let gap = try metadata(replacing: "\"ab\":4", by: "\"ab\":8")
    #expect(gap.strings("tokenizer.ggml.tokens")?[4] == "[PAD4]")
    #expect(gap.integers("tokenizer.ggml.token_type")?[4] == 5)
    for new in ["\"ab\":3", "\"ab\":-1", "\"ab\":4000000", "\"ab\":1.5", "\"ab\":\"4\"", "\"\":4"] {
      #expect(refusal(replacing: "\"ab\":4", by: new) != nil, "\(new)")
    }
    #expect(refusal(replacing: "\"id\":5", by: "\"id\":4")?.what.contains("'<|end|>'") == true)
    let small = error(["tokenizer.json": Self.byteLevel], size: 6)
    #expect(small?.what.contains("7 tokens") == true)
  }

  @Test func idsThatAreMostlyGapsAreRefusedBeforeTheyCostAnything() throws {
    // Found by the fuzzer: one id of a million made a million unused tokens, and half a minute.
    let far = refusal(replacing: "\"id\":6", by: "\"id\":1474556")
    #expect(far?.what.contains("the number of ids without a token is 1474550") == true)
    let near = try metadata(replacing: "\"id\":6", by: "\"id\":60000")
    #expect(near.strings("tokenizer.ggml.tokens")?.count == 60_001)
    #expect(refusal(replacing: "\"id\":6", by: "\"id\":65600") != nil)
  }

  @Test func normalisersAndFlagsHaveKeysOfTheirOwn() throws {
    let composed = try metadata(
      replacing: "\"normalizer\":null", by: "\"normalizer\":{\"type\":\"NFC\"}")
    #expect(composed.string("tokenizer.mneme.normalizer") == "NFC")
    let whole = try metadata(
      replacing: "\"type\":\"BPE\",", by: "\"type\":\"BPE\",\"ignore_merges\":true,")
    #expect(whole.bool("tokenizer.mneme.ignore_merges") == true)
    let refusals = [
      ("\"normalizer\":null", "\"normalizer\":{\"type\":\"Lowercase\"}"),
      ("\"add_prefix_space\":false", "\"add_prefix_space\":true"),
      ("\"type\":\"BPE\",", "\"type\":\"WordPiece\","),
      ("\"type\":\"BPE\",", "\"type\":\"BPE\",\"end_of_word_suffix\":\"</w>\","),
      ("\"a b\"", "\"a\""), ("\"a b\"", "[\"a\"]"), ("\"a b\"", "[\"a\",\"b\",\"c\"]"),
      ("\"a b\"", "[\"a \",\"b\"]"), ("\"a b\"", "7"), ("\"merges\":[\"a b\"]", "\"merges\":{}"),
      ("\"vocab\":{", "\"vocab\":[],\"x\":{"), ("\"model\":{", "\"modell\":{"),
    ]
    for (old, new) in refusals {
      #expect(refusal(replacing: old, by: new) != nil, "\(new)")
    }
  }

  @Test func patternsOfOthersAreNamedAndNeverRun() throws {
    let own = #"{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}"#
    func sequence(_ pattern: String, _ behavior: String = "Isolated") -> String {
      #"{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"\#(pattern)"},"#
        + #""behavior":"\#(behavior)","invert":false},{"type":"ByteLevel","use_regex":false}]}"#
    }
    let qwen =
      #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|"#
      + #"\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"#
    let known = try metadata(replacing: own, by: sequence(qwen))
    #expect(known.string("tokenizer.ggml.pre") == "qwen2")
    let unknown = try #require(refusal(replacing: own, by: sequence("(a+)+$")))
    #expect(unknown.what.contains("(a+)+$"))
    #expect(
      unknown.expected?.contains("llama") == true || unknown.expected?.contains("qwen2") == true)
    #expect(refusal(replacing: own, by: sequence(qwen, "MergedWithNext")) != nil)
    #expect(refusal(replacing: own, by: sequence(qwen, "Removed")) != nil)
    #expect(refusal(replacing: own, by: "{\"type\":\"Whitespace\"}") != nil)
  }

  @Test func marksThatSwallowWhiteSpaceAreKept() throws {
    let plain = try metadata(["tokenizer.json": Self.byteLevel])
    #expect(plain["tokenizer.mneme.rstrip_token_ids"] == nil)
    let swallowing = try metadata(
      replacing: "\"content\":\"<|end|>\",", by: "\"content\":\"<|end|>\",\"rstrip\":true,")
    #expect(swallowing.integers("tokenizer.mneme.rstrip_token_ids") == [5])
  }

  @Test func flagsOfAddedTokensAreKeptOrRefused() throws {
    let old = "\"content\":\"<tool>\","
    func keys(_ flags: String, normalizer: String = "null") throws -> [String] {
      let json = Self.byteLevel.replacing(old, with: old + flags)
        .replacing("\"normalizer\":null", with: "\"normalizer\":\(normalizer)")
      let result = try metadata(["tokenizer.json": json])
      return ["lstrip", "rstrip", "single_word", "normalized"].filter {
        result.integers("tokenizer.mneme.\($0)_token_ids") == [6]
      }
    }
    #expect(try keys("") == [])
    #expect(try keys("\"lstrip\":true,\"single_word\":true,") == ["lstrip", "single_word"])
    // Without a normaliser there is nothing else to look in.
    #expect(try keys("\"normalized\":true,") == [])
    #expect(try keys("\"normalized\":true,", normalizer: #"{"type":"NFC"}"#) == ["normalized"])
    let spaces = """
      {"added_tokens":[{"id":2,"content":"<x>","normalized":true,"lstrip":true}],
      "normalizer":{"type":"Replace","pattern":{"String":" "},"content":"\u{2581}"},
      "model":{"type":"BPE","vocab":{"a":0,"\u{2581}":1},"merges":[]}}
      """
    #expect(error(["tokenizer.json": spaces])?.what.contains("'<x>' takes white space") == true)
    let split = spaces.replacing("\"lstrip\":true", with: "\"lstrip\":false").replacing(
      "\"model\"", with: "\"pre_tokenizer\":{\"type\":\"WhitespaceSplit\"},\"model\"")
    #expect(error(["tokenizer.json": split])?.what.contains("split at white space") == true)
  }

  @Test func oldFoldersKeepFlagsToo() throws {
    let folder = try TemporaryFolder()
    // An unknown piece and a newline of the model's own, BPE.
    let unknown: [UInt8] = [0x0a, 10, 0x0a, 1, 0x3f, 0x15, 0, 0, 0, 0, 0x18, 2]
    let newline: [UInt8] = [0x0a, 10, 0x0a, 1, 0x0a, 0x15, 0, 0, 0, 0, 0x18, 4]
    let trainer: [UInt8] = [0x12, 5, 0x18, 2, 0xd0, 0x02, 0]
    _ = try folder.write(Data(unknown + newline + trainer), as: "tokenizer.model")
    let config = """
      {"added_tokens_decoder":{"2":{"content":"<x>","lstrip":true,"rstrip":true,"single_word":true,
      "normalized":true,"special":true}}}
      """
    _ = try folder.write(Data(config.utf8), as: "tokenizer_config.json")
    let result = try HuggingFaceVocabulary.metadata(ofFolder: folder.url.path, vocabularySize: nil)
    for flag in ["lstrip", "rstrip", "single_word"] {
      #expect(result.integers("tokenizer.mneme.\(flag)_token_ids") == [2], "\(flag)")
    }
    #expect(result["tokenizer.mneme.normalized_token_ids"] == nil)
    #expect(result.integers("tokenizer.mneme.inline_token_ids") == [1])
  }

  @Test func beginsAndEndsComeFromAllFiles() throws {
    let template =
      #""post_processor":{"type":"Sequence","processors":[{"type":"ByteLevel"},{"type":"TemplateProcessing","#
      + #""single":[{"SpecialToken":{"id":"<|end|>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}]}]}"#
    let begun = try metadata(replacing: "\"post_processor\":null", by: template)
    #expect(begun.bool("tokenizer.ggml.add_bos_token") == true)
    #expect(begun.bool("tokenizer.ggml.add_eos_token") == false)
    #expect(begun.integer("tokenizer.ggml.bos_token_id") == 5)
    let configured = try metadata(
      replacing: "\"post_processor\":null", by: template,
      [
        "tokenizer_config.json":
          #"{"add_bos_token":false,"eos_token":{"content":"ab"},"pad_token":"b","unk_token":null}"#,
        "special_tokens_map.json": #"{"bos_token":"a","eos_token":"b"}"#,
        "generation_config.json": #"{"eos_token_id":[4,5]}"#,
      ])
    #expect(configured.bool("tokenizer.ggml.add_bos_token") == false)
    #expect(configured.integer("tokenizer.ggml.bos_token_id") == 0)
    #expect(configured.integer("tokenizer.ggml.eos_token_id") == 4)
    #expect(configured.integer("tokenizer.ggml.padding_token_id") == 1)
    #expect(configured.integers("tokenizer.mneme.eog_token_ids") == [4, 5])
    #expect(configured.integer("tokenizer.ggml.eot_token_id") == 5, "called <|end|>")
    for ids in ["[99]", "-1", "\"4\"", "[[4]]"] {
      let files = [
        "tokenizer.json": Self.byteLevel, "generation_config.json": "{\"eos_token_id\":\(ids)}",
      ]
      #expect(error(files)?.location?.hasSuffix("generation_config.json") == true, "\(ids)")
    }
  }

  @Test func chatTemplatesComeFromEitherFile() throws {
    let key = "tokenizer.chat_template"
    let text = try metadata(
      replacing: "", by: "", ["tokenizer_config.json": #"{"chat_template":"{{ a }}"}"#])
    #expect(text.string(key) == "{{ a }}")
    let list =
      #"{"chat_template":[{"name":"default","template":"d"},{"name":"tool_use","template":"t"}]}"#
    let named = try metadata(replacing: "", by: "", ["tokenizer_config.json": list])
    #expect(named.string(key) == "d" && named.string(key + ".tool_use") == "t")
    let own = try metadata(
      replacing: "", by: "", ["tokenizer_config.json": list, "chat_template.jinja": "own"])
    #expect(own.string(key) == "own" && own.string(key + ".tool_use") == "t")
  }

  /// The file of processors, from before there was `chat_template.jinja`.
  @Test func chatTemplatesComeFromTheProcessorsFileToo() throws {
    let key = "tokenizer.chat_template"
    let config = ["tokenizer_config.json": #"{"chat_template":"config"}"#]
    func template(_ json: String, _ more: [String: String] = [:]) throws -> GGUFValue? {
      try metadata(
        replacing: "", by: "", more.merging(["chat_template.json": json]) { $1 })[key]
    }
    let own = #"{"chat_template":"own"}"#
    #expect(try template(own) == .string("own"))
    #expect(try template(own, config) == .string("own"))
    #expect(try template(own, ["chat_template.jinja": "file"]) == .string("file"))
    #expect(try template("{}", config) == .string("config"))
    #expect(try template(#"{"chat_template":null}"#, config) == .string("config"))
    #expect(try template(#"{"chat_template":{"default":"d","rag":"r"}}"#) == .string("d"))
    // None of several is the usual one: what is there is kept, so that it can be said.
    #expect(try template(#"{"chat_template":{"rag":"r"}}"#) == .stringArray(["rag"]))
    #expect(try template(#"{"chat_template":7}"#) == .stringArray([]))
    #expect(error(["tokenizer.json": Self.byteLevel, "chat_template.json": "{"]) != nil)
  }

  @Test func mergesThatSentencePieceWouldNotMakeAreRefused() throws {
    let json = """
      {"added_tokens":[{"id":0,"content":"<unk>","special":true}],
      "normalizer":{"type":"Replace","pattern":{"String":" "},"content":"\u{2581}"},
      "model":{"type":"BPE","unk_token":"<unk>","byte_fallback":true,
      "vocab":{"<unk>":0,"<0x0A>":1,"a":2,"b":3,"c":4,"ab":5,"bc":6,"abc":7},
      "merges":["b c","a b","a bc","ab c"]}}
      """
    let sound = try metadata(["tokenizer.json": json])
    #expect(sound.string("tokenizer.ggml.model") == "llama")
    #expect(sound.floats("tokenizer.ggml.scores")?.suffix(3) == [-1, 0, -2])
    #expect(sound.integers("tokenizer.ggml.token_type") == [2, 6, 1, 1, 1, 1, 1, 1])
    #expect(sound.bool("tokenizer.ggml.add_space_prefix") == false)
    let runs = json.replacing("\"abc\":7", with: "\"abc\":7,\"aa\":8,\"aaa\":9,\"aaaa\":10")
      .replacing(
        "\"ab c\"]", with: "\"ab c\",\"a aaa\",\"a aa\",\"a a\",\"aa aa\",\"aaa a\",\"aa a\"]")
    let tied = try metadata(["tokenizer.json": runs])
    #expect(tied.floats("tokenizer.ggml.scores")?.suffix(6) == [-1, 0, -2, -3, -3, -3])
    for merges in [
      "[\"b c\",\"a b\",\"a bc\"]", "[\"a bc\",\"b c\",\"a b\",\"ab c\"]",
      "[\"b c\",\"a b\",\"a bc\",\"ab c\",\"c c\"]",
    ] {
      let changed = json.replacing(#"["b c","a b","a bc","ab c"]"#, with: merges)
      #expect(error(["tokenizer.json": changed]) != nil, "\(merges)")
    }
    #expect(error(["tokenizer.json": json.replacing("\"Replace\"", with: "\"Lowercase\"")]) != nil)
  }

  @Test func addedTokensOfOldFoldersFollowTheModel() throws {
    let folder = try TemporaryFolder()
    // Two pieces (one unknown), BPE, by the field numbers of the format.
    let unknown: [UInt8] = [0x0a, 10, 0x0a, 1, 0x3f, 0x15, 0, 0, 0, 0, 0x18, 2]
    let letter: [UInt8] = [0x0a, 8, 0x0a, 1, 0x61, 0x15, 0, 0, 0x80, 0xbf]
    let trainer: [UInt8] = [0x12, 5, 0x18, 2, 0xd0, 0x02, 1]
    let normalizer: [UInt8] = [0x1a, 2, 0x18, 0]
    _ = try folder.write(
      Data(unknown + letter + trainer + normalizer), as: "tokenizer.model")
    _ = try folder.write(Data(#"{"<x>":3,"<y>":2}"#.utf8), as: "added_tokens.json")
    _ = try folder.write(
      Data(#"{"additional_special_tokens":["<y>"]}"#.utf8), as: "special_tokens_map.json")
    let result = try HuggingFaceVocabulary.metadata(ofFolder: folder.url.path, vocabularySize: 5)
    #expect(result.string("tokenizer.ggml.model") == "llama")
    #expect(result.strings("tokenizer.ggml.tokens") == ["?", "a", "<y>", "<x>", "[PAD4]"])
    #expect(result.integers("tokenizer.ggml.token_type") == [2, 1, 3, 4, 5])
    #expect(result.floats("tokenizer.ggml.scores")?[1] == -1)
    #expect(result.integer("tokenizer.ggml.eos_token_id") == 1)
    #expect(result.bool("tokenizer.ggml.add_space_prefix") == false)
    #expect(result.bool("tokenizer.ggml.add_bos_token") == true)
  }

  @Test func foldersWithoutATokenizerAreNamed() throws {
    #expect(error([:])?.expected == "tokenizer.json or tokenizer.model")
    #expect(error(["tokenizer.json": "{"])?.what.contains("JSON") == true)
    #expect(error(["tokenizer.json": "[]"]) != nil)
    #expect(error(["tokenizer.model": "nonsense"]) != nil)
    #expect(error(["tokenizer.model": "\u{12}\u{2}\u{18}\u{3}"])?.what.contains("kind 3") == true)
    let deep = String(repeating: "[", count: 100_000)
    #expect(error(["tokenizer.json": deep])?.what.contains("nesting") == true)
  }
}
