import Foundation
import ModelFiles
import TestSupport
import Testing
import Transformer

/// Gradients of rows that attention looks at beside PyTorch's autograd in Float64 (`Tools/golden/prefixes.py`), every architecture.
@Suite("Gradients of a trained prefix")
struct PrefixTests {
  private struct Golden {
    let file: SafetensorsFile
    let tokens: [Int32]
    let prefix: AttentionPrefix

    init(_ name: String) throws {
      let url = try #require(
        Bundle.module.url(
          forResource: name, withExtension: "safetensors", subdirectory: "Fixtures/prefixes"))
      let file = try SafetensorsFile.open(url.path)
      tokens = try SafetensorsFile.open(PeerModel.url(name, "safetensors").path)
        .require("tokens").int64s().map { Int32($0) }
      let (keys, values) = (try file.require("keys"), try file.require("values").floats())
      let (all, dimension) = (try keys.floats(), keys.shape[1])
      let biases = try file.require("biases").floats()
      let positions = try file.require("positions").int64s().map { Int($0) }
      let shape = try file.require("shape").int64s().map { Int($0) }
      var (heads, next) = ([AttentionPrefix.Head](), 0)
      for count in try file.require("counts").int64s().map({ Int($0) }) {
        let (rows, columns) = (next..<next + count, next * dimension..<(next + count) * dimension)
        heads.append(
          AttentionPrefix.Head(
            keys: Array(all[columns]), values: Array(values[columns]), biases: Array(biases[rows]),
            positions: Array(positions[rows])))
        next += count
      }
      prefix = AttentionPrefix(heads: heads, visibleFrom: shape[0], gap: shape[1])
      self.file = file
    }

    /// The mean surprisal of what sees the rows.
    var sequence: GradientSequence {
      let rows = prefix.visibleFrom..<tokens.count - 1
      return GradientSequence(
        tokens: tokens,
        targets: rows.map {
          GradientTarget(row: $0, weight: 1 / Float(rows.count), goal: .token(tokens[$0 + 1]))
        })
    }
  }

  private static func model(_ name: String, threads: Int = 1) throws -> TransformerModel {
    try PeerModel.load(name, widened: true, in: TemporaryFolder(), threads: threads)
  }

  @Test("Keys, values and biases", arguments: PeerModel.names)
  func gradients(name: String) throws {
    let golden = try Golden(name)
    let result = try GradientPass(model: Self.model(name), points: []).run(
      [golden.sequence], updates: [:], prefix: golden.prefix)
    let loss = try golden.file.require("loss").floats()[0]
    #expect(abs(Float(result.loss) - loss) < 2e-5 * loss, "\(name): \(result.loss), not \(loss)")
    let heads = try #require(result.prefix).heads
    for (tensor, found) in [
      ("dkeys", heads.flatMap(\.keys)), ("dvalues", heads.flatMap(\.values)),
      ("dbiases", heads.flatMap(\.biases)),
    ] {
      let apart = try relativeDifference(found, golden.file.require(tensor).floats())
      #expect(apart < 5e-5, "\(name), \(tensor): \(apart)")
    }
  }

  @Test("Sequences add up; threads change no bit", arguments: ["llama", "gemma2", "qwen3"])
  func batches(name: String) throws {
    let golden = try Golden(name)
    var other = golden.sequence
    other.tokens = Array(golden.tokens.prefix(20))
    other.targets = [GradientTarget(row: 15, weight: 2, goal: .token(3))]
    let pass = try GradientPass(model: Self.model(name), points: [])
    func run(_ sequences: [GradientSequence], _ pass: GradientPass) throws -> [[Float]] {
      let result = pass.run(sequences, updates: [:], prefix: golden.prefix)
      return try #require(result.prefix).heads.map { $0.keys + $0.values + $0.biases }
    }
    let (first, second) = (try run([golden.sequence], pass), try run([other], pass))
    let both = try run([golden.sequence, other], pass)
    for (both, parts) in zip(both, zip(first, second)) {
      #expect(relativeDifference(both, zip(parts.0, parts.1).map(+)) < 1e-5)
    }
    let three = try GradientPass(model: Self.model(name, threads: 3), points: [])
    #expect(try run([golden.sequence, other], three) == both)
    // Without a prefix the same pass is as before.
    let plain = pass.run([other], updates: [:])
    let fresh = try GradientPass(model: Self.model(name), points: []).run([other], updates: [:])
    #expect(plain.loss == fresh.loss && plain.prefix == nil)
  }

  @Test("A session reads the rows as they were trained", arguments: ["llama", "gemma2", "qwen3"])
  func session(name: String) throws {
    let model = try Self.model(name)
    let golden = try Golden(name)
    let (count, first) = (golden.tokens.count, golden.prefix.visibleFrom)
    let session = TransformerSession(model: model, contextLength: 2 * count)
    let heads = model.configuration.keyValueHeadCount
    let dimension = model.configuration.headDimension
    var handles: [HookHandle] = []
    defer { for handle in handles { handle.remove() } }
    for layer in 0..<model.configuration.layerCount {
      // Heads with fewer rows than others have closed ones instead.
      let own = golden.prefix.heads[layer * heads..<(layer + 1) * heads]
      let most = own.map(\.count).max() ?? 0
      var table = (
        keys: [Float](), values: [Float](), positions: [Int](), biases: [Float]()
      )
      for row in 0..<most {
        for head in own {
          let isThere = row < head.count
          let columns = row * dimension..<(row + 1) * dimension
          let none = [Float](repeating: 0, count: dimension)
          table.keys += isThere ? Array(head.keys[columns]) : none
          table.values += isThere ? Array(head.values[columns]) : none
          // The session moves the tokens before the rows back instead of those after them forward.
          table.positions.append((isThere ? head.positions[row] : first) - golden.prefix.gap)
          table.biases.append(isThere ? head.biases[row] : -.infinity)
        }
      }
      var rows = try #require(
        ExtraKeyValues(
          count: most, keys: table.keys, values: table.values, positions: table.positions,
          logBias: table.biases))
      rows.visibleFrom = first
      rows.gap = golden.prefix.gap
      handles.append(session.hooks.extendAttention(layer: layer) { _ in rows })
    }
    let logits = try session.forward(golden.tokens, logits: .all)
    var loss = 0.0
    for row in first..<count - 1 {
      logits.withRow(row) { values in
        let sum = values.reduce(0.0) { $0 + exp(Double($1)) }
        loss += log(sum) - Double(values[Int(golden.tokens[row + 1])])
      }
    }
    let expected = Double(try golden.file.require("loss").floats()[0])
    #expect(abs(loss / Double(count - 1 - first) - expected) < 1e-4 * expected)
  }
}
