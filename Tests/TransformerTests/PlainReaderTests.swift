import ModelFiles
import TestSupport
import Testing
import Transformer

/// Hooks that read what the plain model has, while others change it.
@Suite("Hooks that read the plain model")
struct PlainReaderTests {
  let model: TransformerModel
  let tokens: [Int32] = [1, 300, 301, 302, 303, 304]

  init() throws { model = try TinyModel().load() }

  private var last: Int { model.configuration.layerCount - 1 }

  private final class Seen {
    var plain: [HookPoint: [Float]] = [:]
    var actual: [HookPoint: [Float]] = [:]
    var passes = 0
  }

  private func run(
    editing point: HookPoint?, pieces: [Int] = [6], by amount: Float = 1
  ) throws -> (seen: Seen, logits: [Float], session: TransformerSession) {
    let session = TransformerSession(model: model)
    let seen = Seen()
    let points = [HookPoint.block(last, .residMid), .block(last, .ln2), .lnFinal]
    _ = session.hooks.readPlain(points) { context, values in
      seen.plain[context.point, default: []] += (0..<values.count).map { values[$0] }
    }
    _ = session.hooks.read(points + [.embed]) { context, values in
      if context.point == .embed { seen.passes += 1 }
      seen.actual[context.point, default: []] += (0..<values.count).map { values[$0] }
    }
    if let point {
      _ = session.hooks.edit([point]) { context, values in
        for index in 0..<values.count { values[index] += amount * Float(index % 3) }
      }
    }
    var logits: [Float] = []
    var start = 0
    for size in pieces {
      logits += try session.forward(Array(tokens[start..<start + size]), logits: .all).values
      start += size
    }
    return (seen, logits, session)
  }

  @Test(
    "What is added to the last attention is heard in the logits and not read",
    arguments: [[6], [2, 1, 3]])
  func lastBlock(pieces: [Int]) throws {
    let plain = try run(editing: nil, pieces: pieces)
    let edited = try run(editing: .block(last, .attnOut), pieces: pieces)
    #expect(edited.seen.plain == plain.seen.plain)
    #expect(plain.seen.plain.allSatisfy { plain.seen.actual[$0.key] == $0.value })
    for point in [HookPoint.block(last, .residMid), .block(last, .ln2), .lnFinal] {
      #expect(edited.seen.actual[point] != plain.seen.actual[point], "\(point)")
      #expect(edited.seen.actual[point]?.count == plain.seen.actual[point]?.count)
    }
    #expect(edited.logits != plain.logits)
    // The logits are those of the same edit without anybody who reads the plain model.
    let session = TransformerSession(model: model)
    _ = session.hooks.edit([.block(last, .attnOut)]) { _, values in
      for index in 0..<values.count { values[index] += Float(index % 3) }
    }
    #expect(try session.forward(tokens, logits: .all).values.count == edited.logits.count)
    if pieces == [6] {
      session.reset()
      #expect(try session.forward(tokens, logits: .all).values == edited.logits)
    }
  }

  @Test("An edit that changes nothing costs nothing: bit for bit the plain pass")
  func idle() throws {
    let plain = try run(editing: nil)
    let idle = try run(editing: .block(last, .attnOut), by: 0)
    #expect(idle.logits == plain.logits)
    #expect(idle.seen.plain == plain.seen.plain && idle.seen.actual == plain.seen.actual)
  }

  @Test("An edit elsewhere is seen by everybody, until the text is settled")
  func elsewhere() throws {
    let plain = try run(editing: nil)
    for point in [HookPoint.block(0, .attnOut), .block(last, .ln1), .block(0, .residPost)] {
      let edited = try run(editing: point)
      #expect(edited.seen.plain != plain.seen.plain, "\(point)")
      #expect(edited.seen.passes == 1)
      edited.seen.plain = [:]
      try edited.session.settle(from: 0)
      #expect(edited.seen.passes == 2)
      #expect(edited.seen.plain == plain.seen.plain, "\(point)")
      #expect(edited.session.tokens == tokens)
    }
    // What leaves nothing behind needs no second pass.
    let light = try run(editing: .block(last, .attnOut))
    try light.session.settle(from: 0)
    #expect(light.seen.passes == 1)
  }

  @Test("Settling a part keeps what stands before it; committed tokens before it stay committed")
  func part() throws {
    let edited = try run(editing: .block(0, .attnOut))
    edited.session.commit(
      through: 2,
      provenance: Provenance(
        conversation: "c", turn: 0, role: .user, source: "test", time: 0),
      learnable: [true, true], endsSegment: true)
    try edited.session.settle(from: 4)
    #expect(edited.session.tokens == tokens && edited.session.committed == 2)
    try edited.session.settle(from: 6)
    #expect(edited.seen.passes == 2)
  }
}
