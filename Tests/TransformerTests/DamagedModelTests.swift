import Foundation
import ModelFiles
import TestSupport
import Testing
import Transformer

/// Files that are sound GGUF but no sound model: one typed error each.
@Suite struct DamagedModelTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func open(_ writer: GGUFWriter) throws -> TransformerModel {
    let path = folder.path("model.gguf")
    try writer.write(to: path)
    return try TransformerModel(file: ModelFile.open(path))
  }

  private func error(_ change: (inout GGUFWriter) -> Void) throws -> TransformerError? {
    var writer = TinyModel.writer()
    change(&writer)
    do {
      _ = try open(writer)
      return nil
    } catch let error as TransformerError {
      return error
    }
  }

  @Test(arguments: [
    "token_embd.weight", "output_norm.weight", "blk.0.attn_q.weight", "blk.1.attn_norm.weight",
    "blk.1.ffn_down.weight",
  ])
  func missingAndMisshapenTensors(name: String) throws {
    let path = folder.path("model.gguf")
    #expect(throws: TransformerError.file(.missingTensor(path: path, name: name))) {
      try open(TinyModel.writer(omitting: [name]))
    }
    let extents = name.contains("norm") ? [32] : [32, 64]
    #expect(throws: TransformerError.self) {
      try open(TinyModel.writer(extents: [name: extents]))
    }
  }

  @Test func unsupportedKindsOfModels() throws {
    let path = folder.path("model.gguf")
    #expect(
      try error { $0.metadata["general.architecture"] = .string("mamba") }
        == .unsupportedArchitecture(path: path, found: "mamba"))
    #expect(
      try error { $0.metadata["general.architecture"] = nil }
        == .file(.missingMetadata(path: path, key: "general.architecture")))
    #expect(
      try error { $0.metadata["llama.rope.scaling.type"] = .string("longrope") }
        == .unsupportedRopeScaling(path: path, found: "longrope"))
    #expect(
      try error {
        $0.add("blk.0.attn_norm.bias", shape: [64], floats: [Float](repeating: 0, count: 64))
      }
        == .file(
          .wrongTensor(
            path: path, name: "blk.0.attn_norm.bias",
            found: "a weight the architecture does not have", expected: "none of this name")))
    #expect(try error { $0.metadata["llama.rope.scaling.type"] = .string("none") } == nil)
    #expect(try error { $0.metadata["llama.rope.scaling.factor"] = .float(1) } == nil)
  }

  @Test(arguments: [
    ("embedding_length", GGUFValue.unsigned(0)), ("embedding_length", .string("64")),
    ("embedding_length", .unsigned(.max)), ("block_count", .unsigned(1 << 40)),
    ("block_count", .signed(-1)), ("attention.head_count", .unsigned(0)),
    ("attention.head_count_kv", .unsigned(3)), ("attention.head_count_kv", .unsigned(8)),
    ("attention.key_length", .unsigned(1 << 50)), ("rope.dimension_count", .unsigned(7)),
    ("rope.dimension_count", .unsigned(32)), ("rope.freq_base", .float(.nan)),
    ("rope.freq_base", .float(0)), ("attention.layer_norm_rms_epsilon", .float(-1)),
    ("context_length", .unsigned(0)), ("feed_forward_length", .unsigned(1 << 60)),
  ])
  func hyperparametersOutOfRange(key: String, value: GGUFValue) throws {
    let found = try error { $0.metadata["llama." + key] = value }
    guard case .invalidHyperparameter(_, let name, _, _) = found else {
      Issue.record("\(key): \(String(describing: found))")
      return
    }
    #expect(name == "llama." + key)
    #expect(found?.explanation.what.contains(key) == true)
  }

  @Test func hyperparametersThatDisagreeWithTheTensors() throws {
    for (key, value) in [
      ("embedding_length", 32), ("block_count", 3), ("feed_forward_length", 64),
      ("attention.head_count", 2), ("attention.head_count_kv", 1),
    ] {
      let found = try error { $0.metadata["llama." + key] = .unsigned(UInt64(value)) }
      guard case .file = found else {
        Issue.record("\(key): \(String(describing: found))")
        continue
      }
    }
  }

  @Test func defaultsOfTheFormat() throws {
    var writer = TinyModel.writer(TinyModel.Shape { $0.keyValueHeads = 4 })
    for key in [
      "attention.head_count_kv", "attention.key_length", "rope.dimension_count",
      "rope.freq_base", "vocab_size",
    ] { writer.metadata["llama." + key] = nil }
    let configuration = try open(writer).configuration
    #expect(configuration.keyValueHeadCount == 4)
    #expect(configuration.headDimension == 16 && configuration.ropeDimension == 16)
    #expect(configuration.ropeBase == 10_000)
  }

  @Test func aNormThatIsNotFiniteIsRefused() throws {
    var writer = TinyModel.writer(omitting: ["output_norm.weight"])
    writer.add("output_norm.weight", shape: [64], floats: [Float](repeating: .nan, count: 64))
    #expect(throws: TransformerError.self) { try open(writer) }
  }

  /// A claim of millions of tokens costs nothing until they come.
  @Test(.timeLimit(.minutes(1)))
  func anEnormousContextIsNotAllocated() throws {
    var writer = TinyModel.writer()
    writer.metadata["llama.context_length"] = .unsigned(1 << 24)
    let session = TransformerSession(model: try open(writer))
    #expect(session.contextLength == 1 << 24)
    let logits = try session.forward([1, 2, 3]).last
    #expect(logits == (try TransformerSession(model: TinyModel().load()).forward([1, 2, 3]).last))
  }
}
