import CKernels
import ModelFiles
import Tensors
import TestSupport
import Testing
import Transformer

/// Keys and values kept as Float16 or Q8_0.
@Suite struct CacheTypeTests {
  private let folder: TemporaryFolder
  private let tokens: [Int32] = (0..<70).map { 5 + ($0 * 7) % 23 }

  init() throws { folder = try TemporaryFolder() }

  private func model(
    _ type: CacheType, _ change: (inout GGUFWriter) -> Void = { _ in }
  ) throws -> TransformerModel {
    var writer = TinyModel.writer(.init { ($0.headDimension, $0.ropeDimension) = (32, 32) })
    change(&writer)
    let path = folder.path("model.gguf")
    try writer.write(to: path)
    return try TransformerModel(
      file: ModelFile.open(path), threads: .init(threads: 2), cacheType: type)
  }

  private func logits(_ session: TransformerSession, chunk: Int) throws -> [Float] {
    var values: [Float] = []
    for start in stride(from: 0, to: tokens.count, by: chunk) {
      let part = Array(tokens[start..<min(tokens.count, start + chunk)])
      values += try session.forward(part, logits: .all).values
    }
    return values
  }

  /// A Float32 cache that is given rounded keys and values is what the short types are measured by.
  @Test(arguments: [CacheType.f16, .q8_0], [nil, 12])
  func isWhatRoundedKeysAndValuesGive(type: CacheType, window: Int?) throws {
    func windowed(_ writer: inout GGUFWriter) {
      writer.metadata["llama.attention.sliding_window"] = window.map { .unsigned(UInt64($0)) }
    }
    let reference = TransformerSession(model: try model(.f32, windowed))
    let layers = reference.model.configuration.layerCount
    let exact = try logits(reference, chunk: 70)
    reference.reset()
    let points = (0..<layers).flatMap { [HookPoint.block($0, .rotK), .block($0, .v)] }
    let handle = reference.hooks.edit(points) { _, values in
      for start in stride(from: 0, to: values.count, by: 32) {
        let x = (start..<start + 32).map { values[$0] }
        var y = x
        if type == .f16 { mn_round_f16(x, &y, 32) } else { mn_round_q8_0(x, &y, 32) }
        for index in 0..<32 { values[start + index] = y[index] }
      }
    }
    let expected = try logits(reference, chunk: 70)
    handle.remove()
    for chunk in [70, 1, 13] {
      let session = TransformerSession(model: try model(type, windowed))
      let found = try logits(session, chunk: chunk)
      #expect(found == expected, "chunks of \(chunk)")
      #expect(found != exact)
      session.truncate(to: 33)
      let again = try session.forward(Array(tokens[33...]), logits: .last).values
      #expect(again == Array(expected.suffix(again.count)))
    }
  }

  @Test func halvesAndQuartersTheRoom() {
    #expect(CacheType.f16.element.byteCount(elements: 64) == 128)
    #expect(CacheType.q8_0.element.byteCount(elements: 64) == 68)
  }

  @Test func headsThatAreNoWholeBlocksAreRefused() throws {
    let tiny = try TinyModel(in: folder)
    let error = TransformerError.unsupportedCache(
      path: tiny.path, type: "Q8_0", headDimension: 16)
    #expect(throws: error) {
      try TransformerModel(file: ModelFile.open(tiny.path), cacheType: .q8_0)
    }
    #expect(throws: Never.self) {
      try TransformerModel(file: ModelFile.open(tiny.path), cacheType: .f16)
    }
  }
}
