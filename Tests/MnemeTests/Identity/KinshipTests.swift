import Foundation
import Memory
import Mneme
import ModelFiles
import Tensors
import TestSupport
import Testing
import Transformer

/// Quantised variants of a model are kin, other models are not.
@Suite("Kinship of models")
struct KinshipTests {
  let bench: VariantBench
  static let types: [ElementType] = [.f32, .f16, .bf16, .q8_0, .q6_K, .q4_K, .q4_0]

  init() throws { bench = try VariantBench() }

  func expectKin(
    _ one: ModelIdentity, _ two: ModelIdentity, _ comment: Comment,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let isKin: Bool
    switch one.kinship(to: two) {
    case .kin: isKin = true
    case .same: isKin = one.fingerprint == two.fingerprint
    case .stranger: isKin = false
    }
    #expect(isKin, comment, sourceLocation: sourceLocation)
  }

  @Test("All variants of a model are kin of it and of one another, in both directions")
  func variants() throws {
    let tiny = try bench.small()
    var all = [(ElementType.f32, try bench.identity(tiny.path))]
    for type in Self.types.dropFirst() {
      all.append((type, try bench.identity(bench.variant(of: tiny.path, type))))
    }
    for (type, identity) in all {
      #expect(identity.type == type.name && identity.label == "tiny \(type.name)")
      for (other, second) in all { expectKin(identity, second, "\(type.name) \(other.name)") }
    }
    #expect(Set(all.map { $0.1.fingerprint.hex }).count == all.count)
    #expect(Set(all.map { $0.1.tokenizer }).count == 1)
    guard case .kin(let names) = all[0].1.kinship(to: all[3].1) else { return }
    #expect(names == .init(made: "tiny F32", loaded: "tiny Q8_0"))
  }

  @Test("Variants of every architecture are kin", arguments: PeerModel.names)
  func architectures(name: String) throws {
    let source = try PeerModel.url(name, "gguf").path
    let origin = try bench.identity(source)
    let wide = try bench.variant(of: source, .f32)
    for type in [ElementType.f16, .bf16, .q8_0, .q4_0] {
      let variant = try bench.identity(bench.variant(of: wide, type))
      expectKin(origin, variant, "\(name) \(type.name)")
      expectKin(try bench.identity(wide), variant, "\(name) F32 \(type.name)")
    }
    for other in PeerModel.names where other != name {
      let stranger = try bench.identity(PeerModel.url(other, "gguf").path)
      guard case .stranger = origin.kinship(to: stranger) else {
        Issue.record("\(name) and \(other) pass for kin")
        continue
      }
    }
  }

  @Test(
    "A folder, and the file that was made of it", arguments: [ElementType.f32, .f16, .bf16])
  func folders(type: ElementType) throws {
    var shape = TinyModel.Shape()
    (shape.type, shape.isTied) = (type, false)
    let source = try TinyFolder(TinyModel(shape, in: bench.folder), vectors: .bf16)
    let made = bench.folder.path("made.gguf")
    _ = try ModelConversion(path: source.path).run(to: made)
    let (folder, file) = try (bench.identity(source.path), bench.identity(made))
    expectKin(folder, file, "\(type.name)")
    // What a folder is called is the user's business.
    #expect(folder.name == nil && folder.label == "llama \(type.name)")
    #expect(folder.tokenizer == file.tokenizer && folder.vectors == file.vectors)
    expectKin(folder, try bench.identity(bench.variant(of: made, .q8_0)), "quantised")
  }

  @Test("Embeddings written a second time as the output matrix change nothing")
  func tied() throws {
    let tiny = try TinyModel(TinyModel.Shape { $0.isTied = true }, in: bench.folder)
    let file = try ModelFile.open(tiny.path)
    var writer = GGUFWriter()
    writer.metadata = file.metadata
    for tensor in file.tensors {
      let values = Array(tensor.bytes.bindMemory(to: Float.self))
      writer.add(tensor.name, shape: tensor.shape, floats: values)
      if tensor.name == "token_embd.weight" {
        writer.add("output.weight", shape: tensor.shape, floats: values)
      }
    }
    let path = bench.folder.path("twice.gguf")
    try writer.write(to: path)
    let (one, two) = try (bench.identity(tiny.path), bench.identity(path))
    #expect(one.fingerprint != two.fingerprint)
    expectKin(one, two, "tied")
  }

  @Test(
    "Random models of one shape are strangers in every type",
    arguments: [ElementType.f32, .q8_0, .q6_K, .q4_K, .q4_0])
  func strangers(type: ElementType) throws {
    let first = try bench.identity(bench.variant(of: bench.small(seed: 1).path, type))
    // All norms of these models are equal, so that only the matrices tell them apart.
    let plain = try (0..<4).map { try TinyLlama(seed: UInt64($0), width: 64) }
    let others = try plain.map { try bench.identity(bench.variant(of: $0.path, type)) }
    for (index, one) in others.enumerated() {
      for two in others[(index + 1)...] {
        #expect(one.vectors == two.vectors)
        #expect(one.kinship(to: two) == .stranger(.weights))
      }
    }
    let other = try bench.identity(bench.variant(of: bench.small(seed: 2).path, type))
    #expect(first.kinship(to: other) == .stranger(.weights))
  }

  @Test("What differs first: architecture, hyper-parameters, tokenizer, weights")
  func order() throws {
    let tiny = try bench.small()
    let origin = try bench.identity(tiny.path)
    let longer = try bench.changed(tiny.path) { $0["llama.context_length"] = .unsigned(1024) }
    #expect(try origin.kinship(to: bench.identity(longer)) == .stranger(.hyperparameters))
    let base = try bench.changed(tiny.path) { $0["llama.rope.freq_base"] = .float(500_000) }
    #expect(try origin.kinship(to: bench.identity(base)) == .stranger(.hyperparameters))
    var shape = TinyModel.Shape()
    (shape.layers, shape.seed) = (3, 7)
    let deeper = try TinyModel(shape, in: bench.folder)
    #expect(try origin.kinship(to: bench.identity(deeper.path)) == .stranger(.hyperparameters))
    let peer = try bench.identity(PeerModel.url("qwen2", "gguf").path)
    #expect(origin.kinship(to: peer) == .stranger(.architecture))
    let normed = try bench.changed(
      tiny.path,
      tensors: { name, _, values in
        if name == "output_norm.weight" { values[3] += 1e-3 }
      })
    #expect(try origin.kinship(to: bench.identity(normed)) == .stranger(.weights))
    let again = try bench.changed(tiny.path) { $0["general.name"] = .string("other") }
    #expect(try origin.kinship(to: bench.identity(again)) == .same)
  }

  /// Changes in thousandths of the weights' size: the largest that passes for kin of the F16 original, and the smallest that
  /// must not; what lies between depends on where samples fall.
  @Test(
    "Low-rank changes are told from quantisation unless they hide below its step",
    arguments: [
      (ElementType.f16, 0, 1), (.q8_0, 1, 10), (.q6_K, 1, 30), (.q4_K, 10, 100), (.q4_0, 10, 100),
    ])
  func fineTunes(type: ElementType, hidden: Int, found: Int) throws {
    let tiny = try bench.small()
    let origin = try bench.identity(bench.variant(of: tiny.path, .f16))
    for size in Set([hidden, found, 100]) where size > 0 {
      let tuned = try bench.tuned(tiny.path, size: Float(size) / 1000)
      let other = try bench.identity(bench.variant(of: tuned, type))
      if size <= hidden {
        expectKin(origin, other, "\(type.name) \(size)")
      } else {
        #expect(origin.kinship(to: other) == .stranger(.weights), "\(type.name) \(size)")
      }
    }
  }
}
