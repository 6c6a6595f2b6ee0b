import Foundation
import ModelFiles
import Tensors
import TestSupport
import Testing
import Transformer

/// Scaled RoPE beside Hugging Face's `transformers` (`Tools/golden/rope_scaling.py`).
@Suite struct RopeScalingTests {
  private struct Case: Decodable {
    var dimension: Int
    var base: Float
    var type: String
    var factor: Float
    var original: Int
    var context: Int
    var attention: Float?
    var factors: [Float]?
    var frequencies: [Double]
    var scale: Float

    var scaling: RopeScaling {
      if let factors { return .factors(factors) }
      return switch type {
      case "linear": .linear(factor: factor)
      case "dynamic": .dynamic(factor: factor, original: original)
      default:
        .yarn(factor: factor, original: original, attention: attention, fast: 32, slow: 1)
      }
    }
  }

  @Test func frequenciesAreThoseOfTransformers() throws {
    let url = try #require(
      Bundle.module.url(
        forResource: "rope-scaling", withExtension: "json", subdirectory: "Fixtures"))
    let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: url))
    #expect(cases.count == 14)
    for one in cases {
      let found = one.scaling.frequencies(
        dimension: one.dimension, base: one.base, context: one.context)
      #expect(found.count == one.frequencies.count)
      for (a, b) in zip(found, one.frequencies) {
        #expect(abs(a - b) < 2e-6 * b, "\(one.type) \(one.factor)")
      }
      #expect(abs(one.scaling.magnitude - one.scale) < 1e-6)
    }
  }

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func open(_ change: (inout GGUFWriter) -> Void) throws -> TransformerModel {
    var writer = TinyModel.writer()
    change(&writer)
    let path = folder.path("model.gguf")
    try writer.write(to: path)
    return try TransformerModel(file: ModelFile.open(path), threads: .init(threads: 1))
  }

  @Test func readsWhatFilesSay() throws {
    func scaling(_ change: (inout GGUFWriter) -> Void) throws -> RopeScaling? {
      try open(change).configuration.ropeScaling
    }
    #expect(try scaling { _ in } == nil)
    #expect(try scaling { $0.metadata["llama.rope.scaling.factor"] = .float(1) } == nil)
    #expect(
      try scaling { $0.metadata["llama.rope.scaling.factor"] = .float(4) } == .linear(factor: 4))
    #expect(
      try scaling { $0.metadata["llama.rope.scale_linear"] = .float(2) } == .linear(factor: 2))
    #expect(
      try scaling {
        $0.metadata["llama.rope.scaling.type"] = .string("yarn")
        $0.metadata["llama.rope.scaling.factor"] = .float(4)
        $0.metadata["llama.rope.scaling.original_context_length"] = .unsigned(128)
      } == .yarn(factor: 4, original: 128, attention: nil, fast: 32, slow: 1))
    let factors: [Float] = [1, 1, 1, 2, 4, 8, 8, 8]
    #expect(
      try scaling { $0.add("rope_freqs.weight", shape: [8], floats: factors) } == .factors(factors))
  }

  /// Memory files know a model by its configuration, too: one without scaling must look as it always did.
  @Test func noScalingIsNoPartOfTheConfiguration() throws {
    let json = try JSONEncoder().encode(open { _ in }.configuration)
    #expect(!String(decoding: json, as: UTF8.self).contains("ropeScaling"))
  }

  @Test func refusesWhatItCannotMean() {
    func fails(_ change: (inout GGUFWriter) -> Void) -> Bool {
      do {
        _ = try open(change)
        return false
      } catch { return error is TransformerError }
    }
    #expect(fails { $0.metadata["llama.rope.scaling.type"] = .string("longrope") })
    #expect(fails { $0.add("rope_freqs.weight", shape: [7], floats: [1, 1, 1, 1, 1, 1, 1]) })
    for bad: Float in [0, -1, .nan, .infinity] {
      let factors = [Float](repeating: 1, count: 7) + [bad]
      #expect(fails { $0.add("rope_freqs.weight", shape: [8], floats: factors) }, "\(bad)")
    }
    #expect(
      fails {
        $0.metadata["llama.rope.scaling.type"] = .string("yarn")
        $0.metadata["llama.rope.scaling.factor"] = .float(0.5)
      })
    #expect(fails { $0.metadata["llama.rope.scaling.factor"] = .float(.nan) })
  }

  /// Positions divided by a factor are the positions of a model without scaling.
  @Test func linearScalingStretchesPositions() throws {
    let tokens: [Int32] = [1, 300, 301, 302]
    let plain = try TransformerSession(model: open { _ in }).forward(tokens, logits: .all).values
    func logits(_ factor: Float) throws -> [Float] {
      try TransformerSession(
        model: open { $0.metadata["llama.rope.scaling.factor"] = .float(Double(factor)) }
      ).forward(tokens, logits: .all).values
    }
    #expect(try logits(1) == plain)
    let stretched = try logits(1e6)
    #expect(stretched != plain)
    // So far apart that all positions are one: as without any rotation.
    let still = try TransformerSession(
      model: open { $0.metadata["llama.rope.dimension_count"] = .unsigned(0) }
    ).forward(tokens, logits: .all).values
    #expect(zip(stretched, still).allSatisfy { abs($0 - $1) < 1e-3 })
  }
}
