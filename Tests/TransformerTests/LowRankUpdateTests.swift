import Foundation
import ModelFiles
import TestSupport
import Testing
import Transformer

/// Fast weights beside the frozen matrices of every architecture (the weight socket).
@Suite("Low-rank updates of weights")
struct LowRankUpdateTests {
  private static let rank = 2

  /// `entry` of `Tools/peers/low_rank.py`.
  private static func entry(_ count: Int, seed: Int) -> [Float] {
    (0..<count).map { index in
      let bits = (UInt64(index + seed * 100_003) * 2_654_435_761 + 12345) % (1 << 32)
      return (Float(bits >> 16) / 65536 - 0.5) / 2
    }
  }

  private static func update(
    of point: ProjectionPoint, in model: TransformerModel, scale: Float = 1
  ) throws -> LowRankUpdate {
    let shape = try #require(model.shape(of: point))
    let sites = ProjectionPoint.Site.allCases
    let seed = 2 * (point.layer * sites.count + (sites.firstIndex(of: point.site) ?? 0))
    return try #require(
      LowRankUpdate(
        rank: rank, down: entry(rank * shape.inputs, seed: seed),
        up: entry(shape.outputs * rank, seed: seed + 1).map { $0 * scale }))
  }

  /// Updates every matrix.
  private static func updateAll(
    of session: TransformerSession, scale: Float = 1
  ) throws -> [HookHandle] {
    try session.model.projections.map { point in
      let update = try update(of: point, in: session.model, scale: scale)
      return session.hooks.updateWeights(of: point) { update }
    }
  }

  private static func tokens(_ name: String) throws -> [Int32] {
    try SafetensorsFile.open(PeerModel.url(name, "safetensors").path).require("tokens").int64s()
      .map { Int32($0) }
  }

  @Test("The logits are those of transformers with W + B A", arguments: PeerModel.names)
  func matchesMergedWeights(name: String) throws {
    let golden = try SafetensorsFile.open(PeerModel.url(name, "low-rank.safetensors").path)
    let model = try PeerModel.load(name, widened: true, in: TemporaryFolder())
    let session = TransformerSession(model: model)
    let handles = try Self.updateAll(of: session)
    #expect(handles.count == model.configuration.layerCount * (name == "gpt2" ? 6 : 7))
    let found = try session.forward(Self.tokens(name), logits: .all).values
    let expected = try golden.require("logits").floats()
    let difference =
      zip(found, expected).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
      / expected.reduce(0) { max($0, abs($1)) }
    #expect(found.count == expected.count && difference < 1e-5, "\(difference)")
  }

  @Test("Off, or with B = 0, it is the plain model to the bit", arguments: PeerModel.names)
  func offMeansOff(name: String) throws {
    let tokens = try Self.tokens(name)
    let model = try PeerModel.load(name, in: TemporaryFolder())
    let session = TransformerSession(model: model)
    let plain = try session.forward(tokens, logits: .all).values
    let nothing = model.projections.map { session.hooks.updateWeights(of: $0) { nil } }
    let zero = try Self.updateAll(of: session, scale: 0)
    session.reset()
    #expect(try session.forward(tokens, logits: .all).values == plain)
    let handles = try Self.updateAll(of: session)
    session.reset()
    #expect(try session.forward(tokens, logits: .all).values != plain)
    for handle in handles { handle.remove() }
    session.reset()
    #expect(try session.forward(tokens, logits: .all).values == plain)
    for handle in nothing + zero { handle.remove() }
    #expect(session.hooks.isEmpty)
  }

  @Test("Any split and any number of threads give the same bits", arguments: PeerModel.names)
  func anySplit(name: String) throws {
    let folder = try TemporaryFolder()
    let tokens = try Self.tokens(name)
    func logits(chunk: Int, threads: Int) throws -> [Float] {
      let session = TransformerSession(
        model: try PeerModel.load(name, in: folder, threads: threads))
      let handles = try Self.updateAll(of: session)
      defer { for handle in handles { handle.remove() } }
      return try stride(from: 0, to: tokens.count, by: chunk).flatMap { start in
        try session.forward(
          Array(tokens[start..<min(tokens.count, start + chunk)]), logits: .all
        ).values
      }
    }
    let whole = try logits(chunk: tokens.count, threads: 1)
    for chunk in [1, 7, 13, tokens.count] {
      #expect(try logits(chunk: chunk, threads: 2) == whole, "chunks of \(chunk)")
    }
  }

  @Test("Several updates of one matrix are summed")
  func sum() throws {
    let model = try PeerModel.load("llama", in: TemporaryFolder())
    let tokens = try Self.tokens("llama")
    let point = ProjectionPoint(1, .down)
    let whole = try Self.update(of: point, in: model)
    // The same matrix as two of rank one.
    let halves = try (0..<2).map { part in
      try #require(
        LowRankUpdate(
          rank: 1, down: Array(whole.down[part * whole.inputs..<(part + 1) * whole.inputs]),
          up: stride(from: part, to: whole.up.count, by: 2).map { whole.up[$0] }))
    }
    func logits(_ updates: [LowRankUpdate]) throws -> [Float] {
      let session = TransformerSession(model: model)
      let handles = updates.map { update in session.hooks.updateWeights(of: point) { update } }
      defer { for handle in handles { handle.remove() } }
      return try session.forward(tokens, logits: .all).values
    }
    let (one, two) = (try logits([whole]), try logits(halves))
    let difference = zip(one, two).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
    #expect(difference < 1e-5 && difference >= 0, "\(difference)")
    #expect(try logits([]) != one)
  }

  @Test("Before a commit the plain model has seen the tokens")
  func settles() throws {
    let model = try PeerModel.load("llama", in: TemporaryFolder())
    let tokens = try Self.tokens("llama")
    let point = HookPoint.block(1, .residPost)
    func seen(updated: Bool) throws -> (last: [Float], next: [Float]) {
      let session = TransformerSession(model: model)
      var rows: [Float] = []
      let reader = session.hooks.readPlain([point]) { _, values in
        rows = (0..<values.count).map { values[$0] }
      }
      let handles = updated ? try Self.updateAll(of: session) : []
      _ = try session.forward(Array(tokens[..<20]), logits: .none)
      try session.commit(
        through: 20,
        provenance: Provenance(
          conversation: "a", turn: 0, role: .document, source: "test", time: 0),
        learnable: [Bool](repeating: true, count: 20), endsSegment: true)
      let last = rows
      for handle in handles + [reader] { handle.remove() }
      return (last, try session.forward(Array(tokens[20...]), logits: .all).values)
    }
    let (plain, updated) = (try seen(updated: false), try seen(updated: true))
    #expect(updated.last == plain.last)
    #expect(updated.next == plain.next)
  }

  @Test("Names are those of TransformerLens, and no others are taken")
  func names() throws {
    let model = try PeerModel.load("gpt2", in: TemporaryFolder())
    for point in model.projections { #expect(ProjectionPoint(point.name) == point) }
    #expect(ProjectionPoint(3, .down).name == "blocks.3.mlp.W_out")
    for name in ["blocks.3.mlp.W", "blocks.-1.mlp.W_in", "blocks.01.mlp.W_in", "W_in", ""] {
      #expect(ProjectionPoint(name) == nil, "\(name)")
    }
    #expect(model.shape(of: ProjectionPoint(0, .gate)) == nil)
    #expect(model.shape(of: ProjectionPoint(9, .up)) == nil)
    #expect(LowRankUpdate(rank: 2, down: [1, 2, 3], up: [1, 2]) == nil)
    #expect(LowRankUpdate(rank: 0, down: [], up: []) == nil)
  }
}
