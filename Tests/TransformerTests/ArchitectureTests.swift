import Foundation
import ModelFiles
import Tensors
import TestSupport
import Testing
import Transformer

/// Random models of every architecture beside `transformers` and llama.cpp (`Tools/peers/architectures.py`).
@Suite struct ArchitectureTests {
  private static func difference(_ found: [Float], _ expected: [Float]) -> Float {
    guard found.count == expected.count, found.allSatisfy(\.isFinite) else { return .infinity }
    return zip(found, expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
      / expected.reduce(0) { max($0, abs($1)) }
  }

  private static func logits(_ model: TransformerModel, _ tokens: [Int32], chunk: Int) throws
    -> [Float]
  {
    let session = TransformerSession(model: model)
    var values: [Float] = []
    for start in stride(from: 0, to: tokens.count, by: chunk) {
      let part = Array(tokens[start..<min(tokens.count, start + chunk)])
      values += try session.forward(part, logits: .all).values
    }
    return values
  }

  @Test(arguments: PeerModel.names)
  func logitsAreThoseOfTheOtherPrograms(name: String) throws {
    let folder = try TemporaryFolder()
    let golden = try SafetensorsFile.open(PeerModel.url(name, "safetensors").path)
    let tokens = try golden.require("tokens").int64s().map { Int32($0) }
    #expect(tokens.count == 40)
    let wide = try PeerModel.load(name, widened: true, in: folder)
    let found = try Self.logits(wide, tokens, chunk: tokens.count)
    let theirs = try golden.require("transformers").floats()
    #expect(Self.difference(found, theirs) < 5e-6, "\(Self.difference(found, theirs))")
    // GELU is a table of Float16 there.
    if let peer = golden.tensor("llama.cpp") {
      #expect(Self.difference(found, try peer.floats()) < 1e-3)
    }
    if let peer = golden.tensor("llama.cpp.f16") {
      let half = try Self.logits(PeerModel.load(name, in: folder), tokens, chunk: tokens.count)
      let difference = Self.difference(half, try peer.floats())
      // Single values rounded the other way; from transformers' logits llama.cpp's are as far.
      #expect(difference < 1.5e-3, "\(difference)")
    }
  }

  @Test(arguments: PeerModel.names)
  func anySplitAndAnyNumberOfThreadsGiveTheSameBits(name: String) throws {
    let folder = try TemporaryFolder()
    let tokens = try SafetensorsFile.open(PeerModel.url(name, "safetensors").path).require("tokens")
      .int64s().map { Int32($0) }
    let whole = try Self.logits(PeerModel.load(name, in: folder), tokens, chunk: tokens.count)
    for chunk in [1, 7, 13] {
      let model = try PeerModel.load(name, in: folder, threads: 2)
      #expect(try Self.logits(model, tokens, chunk: chunk) == whole, "chunks of \(chunk)")
    }
  }

  @Test(arguments: PeerModel.names)
  func everyHookPointIsReachedAndAnEditCounts(name: String) throws {
    let model = try PeerModel.load(name, in: TemporaryFolder())
    let session = TransformerSession(model: model)
    var seen: [HookPoint: Int] = [:]
    let points = HookPoint.all(for: model.configuration)
    let handle = session.hooks.read(points) { seen[$0.point, default: 0] += $1.count }
    let plain = try session.forward([5, 6, 7], logits: .all)
    for point in points {
      #expect(seen[point] == 3 * point.columns(in: model.configuration), "\(point)")
    }
    handle.remove()
    for point in points where point.site != .logits {
      session.reset()
      let edit = session.hooks.edit([point]) { _, values in
        for index in values.indices { values[index] += Float(index % 3) }
      }
      let edited = try session.forward([5, 6, 7], logits: .all)
      edit.remove()
      #expect(edited.values != plain.values, "\(point)")
    }
    session.reset()
    #expect(try session.forward([5, 6, 7], logits: .all).values == plain.values)
  }

  /// Rows that repeat what the cache holds, put in as extra rows, attend like the cache itself.
  @Test(arguments: PeerModel.names)
  func extraRowsStandForTokens(name: String) throws {
    let model = try PeerModel.load(name, widened: true, in: TemporaryFolder())
    let layer = model.configuration.layerCount - 1
    // A block with a window would not see the tokens far back, but does see extra rows.
    guard model.configuration.window(layer: layer) == nil else { return }
    let session = TransformerSession(model: model)
    var (keys, values) = ([Float](), [Float]())
    let reader = session.hooks.read([.block(layer, .k), .block(layer, .v)]) { context, span in
      for index in 0..<span.count {
        if context.point.site == .k { keys.append(span[index]) } else { values.append(span[index]) }
      }
    }
    _ = try session.forward([5, 6, 7, 8], logits: .none)
    reader.remove()
    let rows = try #require(
      ExtraKeyValues(count: 4, keys: keys, values: values, positions: [0, 1, 2, 3]))
    let plain = try session.forward([9], logits: .last).values
    session.truncate(to: 4)
    // Every token but the last counts twice then, and that one for less.
    let provider = session.hooks.extendAttention(layer: layer) { _ in rows }
    let doubled = try session.forward([9], logits: .last).values
    provider.remove()
    #expect(doubled != plain)
    session.truncate(to: 4)
    #expect(try session.forward([9], logits: .last).values == plain)
  }

  @Test func positionsThatAreLearnedEnd() throws {
    let model = try PeerModel.load("gpt2", in: TemporaryFolder())
    let session = TransformerSession(model: model, contextLength: 1000)
    #expect(session.contextLength == 64)
    _ = try session.forward([Int32](repeating: 5, count: 64), logits: .none)
    #expect(throws: TransformerError.contextFull(limit: 64, needed: 65)) {
      try session.forward([5])
    }
  }

  @Test func windowsAreWhereTheyBelong() throws {
    func windows(_ name: String) throws -> [Int?] {
      let shape = try PeerModel.load(name, in: TemporaryFolder()).configuration
      return (0..<shape.layerCount).map { shape.window(layer: $0) }
    }
    #expect(try windows("gemma3") == [12, 12, 12, 12, 12, nil, 12])
    #expect(try windows("gemma2") == [12, nil, 12, nil])
    #expect(try windows("mistral") == [12, 12])
    #expect(try windows("llama") == [nil, nil])
  }
}
