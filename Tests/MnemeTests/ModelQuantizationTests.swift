import Foundation
import Mneme
import ModelFiles
import Tensors
import TestSupport
import Testing
import Transformer

@Suite("Quantising a model file")
struct ModelQuantizationTests {
  private let folder: TemporaryFolder
  private let tiny: TinyModel

  init() throws {
    folder = try TemporaryFolder()
    var shape = TinyModel.Shape()
    (shape.width, shape.feedForward, shape.headDimension, shape.ropeDimension) = (256, 256, 64, 64)
    shape.isTied = false
    tiny = try TinyModel(shape, in: folder)
  }

  private func logits(_ path: String) throws -> [Float] {
    let model = try TransformerModel(file: ModelFile.open(path), threads: ThreadPool(threads: 1))
    return try TransformerSession(model: model).forward([1, 300, 301, 302, 303]).last
  }

  @Test("Smaller, and near what it was", arguments: QuantizationPlan.types)
  func quantises(type: ElementType) throws {
    let target = folder.path("\(type.name).gguf")
    var shares: [Double] = []
    let report = try ModelQuantization(path: tiny.path, type: type).run(to: target) { share, _ in
      shares.append(share)
    }
    #expect(shares == shares.sorted() && shares.last == 1)
    let (before, after) = try (ModelFile.open(tiny.path), ModelFile.open(target))
    #expect(report.before == before.byteCount)
    #expect(report.after == after.byteCount && report.after < report.before / 2)
    #expect(after.tensors.map(\.name) == before.tensors.map(\.name))
    #expect(after.tensors.map(\.shape) == before.tensors.map(\.shape))
    #expect(report.types.values.reduce(0, +) == after.tensors.count)
    for key in before.metadata.keys where !["general.file_type", "general.alignment"].contains(key)
    {
      #expect(after.metadata[key] == before.metadata[key], "\(key)")
    }
    let output = try #require(after.tensor("output.weight"))
    #expect(output.type == (type == .q8_0 ? .q8_0 : .q6_K))
    #expect(after.tensor("blk.0.attn_q.weight")?.type == type)
    #expect(after.tensor("blk.0.attn_norm.weight")?.type == .f32)
    let (plain, quantised) = try (logits(tiny.path), logits(target))
    let scale = plain.reduce(0) { max($0, abs($1)) }
    let off = zip(plain, quantised).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) } / scale
    #expect(off > 0 && off < (type == .q8_0 ? 0.05 : type == .q6_K ? 0.25 : 0.5), "\(off)")
    #expect(report.loss > 0 && report.loss < 0.1)
  }

  @Test("As Q8_0 the same bytes as a model that was written so")
  func sameBytes() throws {
    let target = folder.path("same.gguf")
    _ = try ModelQuantization(path: tiny.path, type: .q8_0).run(to: target)
    var shape = tiny.shape
    shape.type = .q8_0
    let direct = try TinyModel(shape, in: TemporaryFolder())
    let (made, written) = try (ModelFile.open(target), ModelFile.open(direct.path))
    for tensor in written.tensors {
      let other = try #require(made.tensor(tensor.name))
      #expect(other.type == tensor.type)
      #expect(other.bytes.elementsEqual(tensor.bytes), "\(tensor.name)")
    }
  }

  @Test("Rows that are no whole superblocks get the next type in blocks of 32")
  func fallback() throws {
    let small = try TinyModel()
    let target = folder.path("small.gguf")
    let report = try ModelQuantization(path: small.path, type: .q4_K).run(to: target)
    let file = try ModelFile.open(target)
    #expect(file.tensor("blk.0.attn_q.weight")?.type == .q5_0)
    #expect(file.tensor("token_embd.weight")?.type == .q8_0)
    #expect(report.types["Q4_K"] == nil)
    _ = try logits(target)
  }

  @Test(
    "A target that is the source, a model quantised already, a type no model is made of: refused, nothing written"
  )
  func refuses() throws {
    let before = try Data(contentsOf: URL(fileURLWithPath: tiny.path))
    #expect(throws: QuantizationError.ontoItself(path: tiny.path)) {
      try ModelQuantization(path: tiny.path, type: .q8_0).run(to: tiny.path)
    }
    let four = folder.path("four.gguf")
    _ = try ModelQuantization(path: tiny.path, type: .q4_0).run(to: four)
    let five = folder.path("five.gguf")
    #expect(throws: QuantizationError.self) {
      try ModelQuantization(path: four, type: .q6_K).run(to: five)
    }
    #expect(throws: QuantizationError.wrongType("Q2_K")) {
      try ModelQuantization(path: tiny.path, type: .q2_K).run(to: five)
    }
    #expect(throws: ModelFileError.missing(path: five)) {
      try ModelQuantization(path: five, type: .q8_0).run(to: folder.path("six.gguf"))
    }
    #expect(!FileManager.default.fileExists(atPath: five))
    #expect(try Data(contentsOf: URL(fileURLWithPath: tiny.path)) == before)
  }

  @Test("Weights that are no numbers are named")
  func notFinite() throws {
    var writer = GGUFWriter()
    writer.metadata["general.architecture"] = .string("any")
    var values = [Float](repeating: 1, count: 64)
    values[40] = .nan
    writer.add("blk.0.attn_q.weight", shape: [32, 2], floats: values)
    let path = folder.path("nan.gguf")
    try writer.write(to: path)
    #expect(throws: QuantizationError.notFinite(path: path, tensor: "blk.0.attn_q.weight")) {
      try ModelQuantization(path: path, type: .q4_0).run(to: folder.path("out.gguf"))
    }
  }
}
