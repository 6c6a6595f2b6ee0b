import Foundation
import Memory
import Mneme
import ModelFiles
import TestSupport
import Testing
import Transformer

/// The tokenizer's digest: what changes how texts are cut changes it, and nothing else.
@Suite("Identity of tokenizers")
struct TokenizerIdentityTests {
  let bench: VariantBench

  init() throws { bench = try VariantBench() }

  /// A byte-level model with a few merges.
  private func merging() throws -> String {
    let tiny = try TinyModel(in: bench.folder)
    return try bench.changed(tiny.path) { metadata in
      metadata["tokenizer.ggml.model"] = .string("gpt2")
      metadata["tokenizer.ggml.pre"] = .string("gpt-2")
      metadata["tokenizer.ggml.merges"] = .stringArray(["a b", "b c", "ab c"])
    }
  }

  private func kinship(
    _ path: String, _ change: (inout GGUFMetadata) -> Void
  ) throws -> Kinship {
    try bench.identity(path).kinship(to: bench.identity(bench.changed(path, metadata: change)))
  }

  @Test("One merge, their order, the pre-tokenizer")
  func merges() throws {
    let path = try merging()
    #expect(try kinship(path) { _ in } == .same)
    for merges in [["a b", "b d", "ab c"], ["b c", "a b", "ab c"], ["a b", "b c"]] {
      let found = try kinship(path) { $0["tokenizer.ggml.merges"] = .stringArray(merges) }
      #expect(found == .stranger(.tokenizer))
    }
    let other = try kinship(path) { $0["tokenizer.ggml.pre"] = .string("qwen2") }
    #expect(other == .stranger(.tokenizer))
  }

  @Test("One special id, one piece, one kind, the order of scores, rules for spaces")
  func pieces() throws {
    let tiny = try TinyLlama()
    let path = tiny.path
    for (name, id) in [("bos", 2), ("eos", 1), ("unknown", 5)] {
      let found = try kinship(path) {
        $0["tokenizer.ggml.\(name)_token_id"] = .unsigned(UInt64(id))
      }
      #expect(found == .stranger(.tokenizer), "\(name)")
    }
    for (name, value) in [
      ("add_bos_token", false), ("add_eos_token", true), ("add_space_prefix", false),
    ] {
      let found = try kinship(path) { $0["tokenizer.ggml.\(name)"] = .bool(value) }
      #expect(found == .stranger(.tokenizer), "\(name)")
    }
    let metadata = try ModelFile.open(path).metadata
    var pieces = try #require(metadata.strings("tokenizer.ggml.tokens"))
    pieces[270] = "\u{e4}"
    #expect(
      try kinship(path) { $0["tokenizer.ggml.tokens"] = .stringArray(pieces) }
        == .stranger(.tokenizer))
    var kinds = try #require(metadata.integers("tokenizer.ggml.token_type")).map { Int64($0) }
    kinds[270] = 4
    #expect(
      try kinship(path) { $0["tokenizer.ggml.token_type"] = .signedArray(kinds) }
        == .stranger(.tokenizer))
    var scores = try #require(metadata.floats("tokenizer.ggml.scores"))
    scores.swapAt(270, 271)
    #expect(
      try kinship(path) { $0["tokenizer.ggml.scores"] = .floatArray(scores) }
        == .stranger(.tokenizer))
    // Equal scores are merged from the left: that is another order, too.
    scores.swapAt(270, 271)
    scores[271] = scores[270]
    #expect(
      try kinship(path) { $0["tokenizer.ggml.scores"] = .floatArray(scores) }
        == .stranger(.tokenizer))
    withExtendedLifetime(tiny) {}
  }

  @Test("What other writers number or name otherwise, and what ends a reply, is not compared")
  func indifferent() throws {
    let tiny = try TinyLlama()
    let changes: [(inout GGUFMetadata) -> Void] = [
      { metadata in
        let scores = metadata.floats("tokenizer.ggml.scores") ?? []
        metadata["tokenizer.ggml.scores"] = .floatArray(scores.map { $0 * 2 - 1 })
      },
      { $0["tokenizer.ggml.unknown_token_id"] = .unsigned(0) },
      { $0["tokenizer.ggml.add_bos_token"] = .bool(true) },
      { $0["tokenizer.ggml.padding_token_id"] = .unsigned(2) },
      { $0["tokenizer.ggml.eot_token_id"] = .unsigned(2) },
    ]
    for change in changes {
      guard case .kin = try kinship(tiny.path, change) else {
        Issue.record("not kin")
        continue
      }
    }
    withExtendedLifetime(tiny) {}
  }
}
