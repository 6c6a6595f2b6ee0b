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
    var edit: HookHandle?
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
      seen.edit = session.hooks.edit([point]) { context, values in
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

  @Test("An edit elsewhere is seen by everybody, until the text is committed")
  func elsewhere() throws {
    let plain = try run(editing: nil)
    for point in [HookPoint.block(0, .attnOut), .block(last, .ln1), .block(0, .residPost)] {
      let edited = try run(editing: point)
      #expect(edited.seen.plain != plain.seen.plain, "\(point)")
      #expect(edited.seen.passes == 1)
      edited.seen.plain = [:]
      try commit(edited.session, through: 6)
      #expect(edited.seen.passes == 2)
      #expect(edited.seen.plain == plain.seen.plain, "\(point)")
      #expect(edited.session.tokens == tokens)
    }
    // What leaves nothing in the cache needs no second pass.
    let light = try run(editing: .block(last, .attnOut))
    try commit(light.session, through: 6)
    #expect(light.seen.passes == 1)
  }

  private func commit(_ session: TransformerSession, through position: Int) throws {
    try session.commit(
      through: position,
      provenance: Provenance(
        conversation: "c", turn: 0, role: .user, source: "test", time: 0),
      learnable: [Bool](repeating: true, count: position - session.committed), endsSegment: true)
  }

  /// What the plain model computes of a token that follows what a session holds: all that its cache can show.
  private func next(_ run: (seen: Seen, logits: [Float], session: TransformerSession)) throws
    -> [Float]
  {
    run.seen.edit?.remove()
    return try run.session.forward([305], logits: .all).values
  }

  @Test("A commit leaves the plain model's state, and announces it after the second pass")
  func commits() throws {
    let plain = try run(editing: nil)
    let edited = try run(editing: .block(0, .attnOut))
    #expect(edited.seen.plain != plain.seen.plain)
    var passes: [Int] = []
    _ = edited.session.hooks.onCommit { _ in passes.append(edited.seen.passes) }
    edited.seen.plain = [:]
    edited.seen.actual = [:]
    try commit(edited.session, through: 6)
    #expect(passes == [2])
    #expect(edited.seen.plain == plain.seen.plain && edited.seen.actual == plain.seen.actual)
    #expect(edited.session.committed == 6 && edited.session.tokens == tokens)
    #expect(try next(edited) == next(plain))
  }

  @Test("Commits one after the other pay for one second pass, and leave what one commit leaves")
  func several() throws {
    let once = try run(editing: .block(0, .attnOut))
    try commit(once.session, through: 6)
    let edited = try run(editing: .block(0, .attnOut), pieces: [2, 3, 1])
    #expect(edited.seen.passes == 3)
    var positions: [Range<Int>] = []
    _ = edited.session.hooks.onCommit { positions.append($0.positions) }
    for end in [1, 4, 6] {
      try commit(edited.session, through: end)
      #expect(edited.seen.passes == 4)
    }
    #expect(positions == [0..<1, 1..<4, 4..<6])
    #expect(try next(edited) == next(once))
  }

  @Test("Only what was changed is read again, and what follows it")
  func part() throws {
    let edited = try run(editing: nil, pieces: [6])
    try commit(edited.session, through: 2)
    var starts: [Int] = []
    _ = edited.session.hooks.read([.embed]) { context, _ in
      starts.append(context.positions.lowerBound)
    }
    let handle = edited.session.hooks.edit([.block(0, .attnOut)]) { _, values in values[0] += 1 }
    _ = try edited.session.forward([305, 306], logits: .none)
    handle.remove()
    // Behind what was changed nothing is the plain model's, whoever is attached by then.
    _ = try edited.session.forward([307], logits: .none)
    #expect(starts == [6, 8])
    try commit(edited.session, through: 6)
    #expect(starts == [6, 8], "nothing before it was changed")
    try commit(edited.session, through: 7)
    #expect(starts == [6, 8, 6])
    #expect(edited.session.tokens == tokens + [305, 306, 307])
    #expect(edited.session.committed == 7)
    try commit(edited.session, through: 9)
    #expect(starts == [6, 8, 6])
    let plain = try run(editing: nil)
    _ = try plain.session.forward([305, 306, 307], logits: .none)
    #expect(try next(edited) == next(plain))
  }

  @Test("What was taken back needs no second pass")
  func takenBack() throws {
    let edited = try run(editing: nil)
    let handle = edited.session.hooks.edit([.block(0, .attnOut)]) { _, values in values[0] += 1 }
    _ = try edited.session.forward([305, 306], logits: .none)
    edited.session.truncate(to: 6)
    try commit(edited.session, through: 6)
    #expect(edited.seen.passes == 2)
    handle.remove()
    let plain = try run(editing: nil)
    #expect(try next(edited) == next(plain))
  }
}

/// Text or answer, as the caller states it.
@Suite("How a session is read")
struct ReadingModeTests {
  let model: TransformerModel

  init() throws { model = try TinyModel().load() }

  private func commit(_ session: TransformerSession, through position: Int) throws {
    try session.commit(
      through: position,
      provenance: Provenance(conversation: "c", turn: 0, role: .user, source: "test", time: 0),
      learnable: [Bool](repeating: false, count: position - session.committed), endsSegment: true)
  }

  @Test("A text, until a prompt is asked; again once a commit reaches into the answer")
  func modes() throws {
    let session = TransformerSession(model: model)
    #expect(session.mode == .text)
    _ = try session.forward([1, 300, 301])
    #expect(session.mode == .text)
    let prompt = Prompt(tokens: [5, 302, 303, 6], question: 1..<3)
    var seen: [ReadingMode] = []
    let handle = session.hooks.read([.embed]) { _, _ in seen.append(session.mode) }
    _ = try session.ask(prompt, begun: [304])
    handle.remove()
    let mode = ReadingMode.answer(from: 7, question: 4..<6)
    #expect(seen == [mode], "it counts for the prompt's own pass")
    #expect(session.tokens == [1, 300, 301, 5, 302, 303, 6, 304])
    #expect(session.mode == mode && mode.isAnswer && mode.answerStart == 7)
    #expect(Array(mode.question(in: session.tokens)) == [302, 303])
    try commit(session, through: 7)
    #expect(session.mode == mode)
    try commit(session, through: 8)
    #expect(session.mode == .text)
    session.read(as: mode)
    session.reset()
    #expect(session.mode == .text)
  }

  @Test("A prompt that is refused changes nothing")
  func refused() throws {
    let session = TransformerSession(model: model)
    session.read(as: .answer(from: 3, question: 0..<2))
    #expect(throws: TransformerError.self) {
      _ = try session.ask(Prompt(tokens: [1, -1], question: 0..<2))
    }
    #expect(session.mode == .answer(from: 3, question: 0..<2) && session.tokens.isEmpty)
  }

  @Test("The question is what stands there of it, before the answer")
  func question() {
    let tokens: [Int32] = [10, 11, 12, 13]
    #expect(ReadingMode.text.question(in: tokens).isEmpty)
    #expect(
      ReadingMode.answer(from: 3, question: 1..<9).question(in: tokens).elementsEqual([11, 12]))
    #expect(
      ReadingMode.answer(from: 9, question: 2..<9).question(in: tokens).elementsEqual([12, 13]))
    #expect(ReadingMode.answer(from: -1, question: -3..<2).question(in: tokens).isEmpty)
    #expect(Prompt(text: tokens, bos: 10).question == 1..<4)
    #expect(Prompt(text: tokens, bos: 1).question == 0..<4)
    #expect(Prompt(text: [], bos: 1).question.isEmpty)
    #expect(Prompt(tokens: tokens, question: 2..<8).question == 2..<4)
  }
}
