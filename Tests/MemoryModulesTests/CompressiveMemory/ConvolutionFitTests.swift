import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Transformer

/// Compression beside PyTorch (`Tools/golden/compression.py`).
@Suite("Compressing rows")
struct ConvolutionFitTests {
  let rate = 4
  let dimension = 8

  private func golden() throws -> (String) throws -> [Float] {
    let url = try #require(
      Bundle.module.url(
        forResource: "compression", withExtension: "safetensors", subdirectory: "Fixtures"))
    let file = try SafetensorsFile.open(url.path)
    return { try file.require($0).floats() }
  }

  private func close(_ a: [Float], _ b: [Float], _ tolerance: Float = 2e-5) -> Bool {
    a.count == b.count && difference(b, a) < tolerance
  }

  private func kernels(_ golden: (String) throws -> [Float]) throws -> ConvolutionFit.Kernels {
    ConvolutionFit.Kernels(
      keys: .init(weights: try golden("key"), bias: try golden("key.bias")),
      values: .init(weights: try golden("value"), bias: try golden("value.bias")))
  }

  private func sample(
    seed: UInt64, tokens: Int = 64, queries: Int = 40
  ) -> ConvolutionFit.Sample {
    var generator = TinyLlama.Generator(seed: seed)
    // The first of every four rows matters: queries look for it.
    let keys = generator.normal(tokens * dimension)
    let values = generator.normal(tokens * dimension)
    let asked = (0..<queries).flatMap { query in
      let row = query * 4 % tokens
      return keys[row * dimension..<(row + 1) * dimension].map { 2 * $0 }
    }
    return ConvolutionFit.Sample(
      keys: keys, values: values, queries: asked, dimension: dimension)
  }

  @Test("Convolution as conv1d computes it; the mean's kernel is the mean")
  func applied() throws {
    let golden = try golden()
    let keys = try golden("keys")
    #expect(close(try kernels(golden).keys.applied(to: keys, count: 6), try golden("convolved")))
    let mean = RowCompressor.Kernel.mean(rate: rate, dimension: dimension)
    #expect(close(mean.applied(to: keys, count: 6), try golden("mean")))
  }

  @Test("Pooling as PyTorch pools", arguments: [CompressionFunction.mean, .max])
  func pooled(function: CompressionFunction) throws {
    let golden = try golden()
    let keys = try golden("keys")
    var configuration = CompressiveConfiguration()
    configuration.function = function
    let tiny = try TinyModel(
      .init { shape in
        (shape.heads, shape.keyValueHeads, shape.headDimension) = (2, 1, 8)
        shape.ropeDimension = 8
      })
    let compressor = try RowCompressor(
      configuration, tensors: [:], model: try tiny.load().configuration)
    let expected = try golden(function.rawValue)
    for group in 0..<6 {
      let rows = Array(keys[group * 32..<(group + 1) * 32])
      let encoded = EncodedRows(
        [rows, rows], shape: RowShape(layers: 2, heads: 1, dimension: 8), type: .f32)
      var sources = RowSources()
      for place in 0..<4 {
        sources.append(
          token: 7, journal: place, place: place, isSpoken: place == 1, surprisal: 0)
      }
      let made = compressor.compressed(
        RowBank(keys: encoded, values: encoded, sources: sources))
      let wanted = Array(expected[group * 8..<(group + 1) * 8])
      for layer in 0..<2 {
        #expect(close(made.keys.decoded(layer: layer), wanted))
        #expect(close(made.values.decoded(layer: layer), wanted))
      }
      #expect(made.sources == sources)
      #expect(made.groups == [RowBank.Group(rows: 1, sources: 4)])
    }
  }

  @Test("Loss and gradient as autograd finds them")
  func gradient() throws {
    let golden = try golden()
    let sample = ConvolutionFit.Sample(
      keys: try golden("keys"), values: try golden("values"), queries: try golden("queries"),
      dimension: dimension)
    let fit = ConvolutionFit(rate: rate, dimension: dimension)
    let (loss, slope) = fit.gradient(try kernels(golden), on: sample)
    #expect(abs(loss - (try golden("loss")[0])) < 1e-5 * loss)
    #expect(fit.loss(try kernels(golden), on: sample) == loss)
    #expect(close(slope.keys.weights, try golden("key.slope")))
    #expect(close(slope.keys.bias, try golden("key.bias.slope")))
    #expect(close(slope.values.weights, try golden("value.slope")))
    #expect(close(slope.values.bias, try golden("value.bias.slope")))
  }

  @Test("Fitted, attention over the compressed rows comes closer on samples kept out")
  func fitted() {
    let fit = ConvolutionFit(rate: rate, dimension: dimension)
    let judges = (20..<24 as Range<UInt64>).map { sample(seed: $0) }
    let mean = RowCompressor.Kernel.mean(rate: rate, dimension: dimension)
    let before = fit.judge(.init(keys: mean, values: mean), judges)
    let kernels = fit.fit(
      (1..<13 as Range<UInt64>).map { sample(seed: $0) }, heldOut: judges, rate: 2e-2)
    #expect(fit.judge(kernels, judges) < 0.8 * before)
  }

  @Test("Where nothing beats the mean on samples kept out, it stays")
  func keepsTheMean() {
    let fit = ConvolutionFit(rate: rate, dimension: dimension)
    let mean = RowCompressor.Kernel.mean(rate: rate, dimension: dimension)
    let kernels = fit.fit([sample(seed: 1)], heldOut: [sample(seed: 2)], steps: 60, rate: 5)
    #expect(kernels.keys == mean && kernels.values == mean)
    let none = fit.fit([], heldOut: [])
    #expect(none.keys == mean && none.values == mean)
  }
}
