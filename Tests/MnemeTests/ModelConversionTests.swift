import Foundation
import Mneme
import ModelFiles
import Tensors
import TestSupport
import Testing
import Transformer

@Suite("Converting a model")
struct ModelConversionTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func model(_ type: ElementType = .f32, seed: UInt64 = 1) throws -> TinyModel {
    var shape = TinyModel.Shape()
    (shape.width, shape.feedForward, shape.headDimension, shape.ropeDimension) = (256, 256, 64, 64)
    (shape.isTied, shape.type, shape.seed, shape.layers) = (false, type, seed, 1)
    return try TinyModel(shape)
  }

  private func logits(_ path: String) throws -> [Float] {
    let model = try TransformerModel(file: ModelFile.open(path), threads: ThreadPool(threads: 1))
    return try TransformerSession(model: model).forward([1, 300, 301, 302, 303]).last
  }

  private var leavings: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.url.path)) ?? []
    return names.filter { $0.contains(".tmp-") }
  }

  @Test(
    "A folder becomes the file its model came from, byte for byte",
    arguments: [ElementType.f32, .f16, .bf16])
  func folderRoundTrip(type: ElementType) throws {
    let tiny = try model(type)
    let source = try TinyFolder(tiny)
    let target = folder.path("made.gguf")
    let report = try ModelConversion(path: source.path).run(to: target)
    let (made, origin) = try (ModelFile.open(target), ModelFile.open(tiny.path))
    #expect(Set(made.tensors.map(\.name)) == Set(origin.tensors.map(\.name)))
    for tensor in origin.tensors {
      let other = try #require(made.tensor(tensor.name))
      #expect(other.type == tensor.type && other.shape == tensor.shape)
      #expect(other.bytes.elementsEqual(tensor.bytes), "\(tensor.name)")
    }
    #expect(try logits(source.path) == logits(target))
    #expect(try logits(source.path) == logits(tiny.path))
    #expect(report.loss == 0 && report.after == made.byteCount)
    let short = try TinyFolder(tiny, vectors: type)
    _ = try ModelConversion(path: short.path).run(to: target)
    #expect(try ModelFile.open(target).tensor("output_norm.weight")?.type == .f32)
    #expect(try logits(short.path) == logits(target))
    let known: [ElementType: Int] = [.f32: 0, .f16: 1, .bf16: 32]
    #expect(made.metadata.integer("general.file_type") == known[type])
    #expect(made.metadata.integer("general.quantization_version") == 2)
  }

  @Test("Every type: matrices as asked for, vectors F32", arguments: ConversionPlan.types)
  func types(type: ElementType) throws {
    let tiny = try model()
    let target = folder.path("made.gguf")
    var shares: [Double] = []
    let source = try TinyFolder(tiny)
    let report = try ModelConversion(path: source.path, type: type).run(to: target) { share, _ in
      shares.append(share)
    }
    #expect(shares == shares.sorted() && shares.first == 0 && shares.last == 1)
    let file = try ModelFile.open(target)
    #expect(file.tensor("blk.0.attn_q.weight")?.type == type)
    for tensor in file.tensors where tensor.shape.count == 1 {
      #expect(tensor.type == .f32, "\(tensor.name)")
    }
    let (plain, made) = try (logits(tiny.path), logits(target))
    let scale = plain.reduce(0) { max($0, abs($1)) }
    let off = zip(plain, made).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) } / scale
    let limits: [ElementType: Float] = [
      .f32: 0, .f16: 2e-3, .bf16: 2e-2, .q8_0: 0.05, .q6_K: 0.25,
    ]
    #expect(off <= limits[type] ?? 0.5, "\(off)")
    #expect((report.loss == 0) == (type == .f32))
    let known: [ElementType: Int] = [
      .f32: 0, .f16: 1, .q4_0: 2, .q8_0: 7, .q4_K: 14, .q6_K: 18, .bf16: 32,
    ]
    #expect(file.metadata.integer("general.file_type") == known[type])
  }

  @Test("Quantising a folder is quantising the file that is made of it")
  func quantise() throws {
    let source = try TinyFolder(model(), vectors: .bf16)
    let (made, once, twice) = (folder.path("a"), folder.path("b"), folder.path("c"))
    _ = try ModelConversion(path: source.path).run(to: made)
    for type in QuantizationPlan.types {
      let first = try ModelQuantization(path: source.path, type: type).run(to: once)
      let second = try ModelQuantization(path: made, type: type).run(to: twice)
      #expect(first.types == second.types)
      let files = try [once, twice].map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
      #expect(files[0] == files[1])
    }
  }

  @Test("A quantised model becomes one of numbers again, which are those it computes with")
  func backAgain() throws {
    let tiny = try model(.q8_0)
    let target = folder.path("f32.gguf")
    let report = try ModelConversion(path: tiny.path, type: .f32).run(to: target)
    #expect(report.loss == 0 && report.types == ["F32": report.types["F32"] ?? 0])
    let again = folder.path("q8.gguf")
    _ = try ModelConversion(path: target, type: .q8_0).run(to: again)
    let (first, last) = try (ModelFile.open(tiny.path), ModelFile.open(again))
    for tensor in first.tensors {
      #expect(try #require(last.tensor(tensor.name)).bytes.count == tensor.bytes.count)
    }
    let four = folder.path("four.gguf")
    _ = try ModelQuantization(path: target, type: .q4_0).run(to: four)
    #expect(throws: QuantizationError.self) {
      try ModelConversion(path: four, type: .q6_K).run(to: folder.path("no.gguf"))
    }
    #expect(!FileManager.default.fileExists(atPath: folder.path("no.gguf")))
  }

  @Test("Vectors, biases and what is no matrix of weights stay whole under quantisation")
  func kept() throws {
    var writer = GGUFWriter()
    writer.metadata["general.architecture"] = .string("gpt2")
    var random = TestRandom(seed: 3)
    func add(_ name: String, _ shape: [Int], _ type: ElementType = .f16) {
      writer.add(name, shape: shape, floats: random.normals(shape.reduce(1, *)), type: type)
    }
    add("token_embd.weight", [256, 8])
    add("position_embd.weight", [256, 4])
    add("rope_freqs.weight", [32])
    add("blk.0.attn_q_norm.weight", [64, 2])
    add("blk.0.attn_qkv.weight", [256, 4], .bf16)
    add("blk.0.attn_qkv.bias", [4])
    let source = folder.path("source.gguf")
    try writer.write(to: source)
    for type in ConversionPlan.types {
      let target = folder.path("target.gguf")
      _ = try ModelConversion(path: source, type: type).run(to: target)
      let file = try ModelFile.open(target)
      for tensor in file.tensors {
        let isWeight = ["token_embd.weight", "blk.0.attn_qkv.weight"].contains(tensor.name)
        let wanted = tensor.name == "token_embd.weight" && type.name.hasPrefix("Q4") ? .q6_K : type
        #expect(tensor.type == (isWeight ? wanted : .f32), "\(tensor.name)")
      }
    }
  }

  @Test("Stopping at any moment leaves nothing behind")
  func cancel() async throws {
    let source = try TinyFolder(model())
    let target = folder.path("target.gguf")
    for limit in [0, 1, 5, 11] {
      let task = Task.detached {
        var steps = 0
        return try ModelConversion(path: source.path, type: .q8_0).run(to: target) { _, _ in
          steps += 1
          if steps > limit { withUnsafeCurrentTask { $0?.cancel() } }
        }
      }
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(!FileManager.default.fileExists(atPath: target))
      #expect(leavings.isEmpty)
    }
  }

  @Test("Values beyond Float16 and values that are none are named; nothing is written")
  func values() throws {
    let target = folder.path("target.gguf")
    for (value, type, error) in [
      (Float(1e30), ElementType.f16, "tooLarge"), (.nan, .bf16, "notFinite"),
      (.infinity, .q8_0, "notFinite"),
    ] {
      var writer = GGUFWriter()
      writer.metadata["general.architecture"] = .string("any")
      writer.add(
        "blk.0.attn_q.weight", shape: [32, 2], floats: [Float](repeating: value, count: 64))
      let path = folder.path("source.gguf")
      try writer.write(to: path)
      let expected: QuantizationError =
        error == "tooLarge"
        ? .tooLarge(path: path, tensor: "blk.0.attn_q.weight", type: type.name)
        : .notFinite(path: path, tensor: "blk.0.attn_q.weight")
      #expect(throws: expected) {
        try ModelConversion(path: path, type: type).run(to: target)
      }
      #expect(!FileManager.default.fileExists(atPath: target) && leavings.isEmpty)
    }
  }

  @Test("Targets that are what the model is made of, or cannot be written")
  func targets() throws {
    let source = try TinyFolder(model())
    let weights = source.path + "/model.safetensors"
    let before = try Data(contentsOf: URL(fileURLWithPath: weights))
    for target in [weights, source.path + "/config.json", source.path + "/./model.safetensors"] {
      #expect(throws: QuantizationError.ontoItself(path: source.path)) {
        try ModelConversion(path: source.path).run(to: target)
      }
    }
    #expect(throws: ModelFileError.isDirectory(path: source.path)) {
      try ModelConversion(path: source.path).run(to: source.path)
    }
    let absent = folder.path("absent/a.gguf")
    #expect(throws: ModelFileError.self) { try ModelConversion(path: source.path).run(to: absent) }
    #expect(throws: QuantizationError.wrongType("Q2_K")) {
      try ModelConversion(path: source.path, type: .q2_K).run(to: folder.path("a"))
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: weights)) == before)
    // Beside the weights there is room.
    let inside = source.path + "/model.gguf"
    _ = try ModelConversion(path: source.path).run(to: inside)
    #expect(try ModelFile.open(inside).format == .gguf(version: 3))
  }
}
