import TestSupport
import Testing
import Transformer

/// Steps of several sessions at once: to the bit what each gives alone.
@Suite struct TogetherTests {
  private let model: TransformerModel

  init() throws { model = try TinyModel(TinyModel.Shape { $0.context = 128 }).load(threads: 2) }

  private func session(_ seed: UInt64, _ count: Int) throws -> TransformerSession {
    var random = TestRandom(seed: seed)
    let session = TransformerSession(model: model)
    if count > 0 {
      _ = try session.forward(
        random.tokens(count, below: model.configuration.vocabularySize), logits: .none)
    }
    return session
  }

  @Test(arguments: [1, 2, 3, 4, 5, 9])
  func theSameBits(count: Int) throws {
    var random = TestRandom(seed: 1)
    let lengths = (0..<count).map { ($0 * 13) % 60 }
    let together = try lengths.map { try session(UInt64($0), $0) }
    let alone = try lengths.map { try session(UInt64($0), $0) }
    for _ in 0..<5 {
      let tokens = random.tokens(count, below: model.configuration.vocabularySize)
      let rows = try TransformerSession.forward(
        zip(together, tokens).map { .init($0, $1) })
      #expect(rows.count == count)
      for (index, session) in alone.enumerated() {
        #expect(try session.forward([tokens[index]]).values == rows[index].values)
        #expect(together[index].tokens == session.tokens)
      }
    }
  }

  @Test("Hooks see their own session's rows; sessions that are changed take their steps alone")
  func hooks() throws {
    let sessions = try [3, 20, 7, 7].map { try session(2, $0) }
    let alone = try [3, 20, 7, 7].map { try session(2, $0) }
    var seen: [[Int]] = [[], [], [], []]
    var handles: [HookHandle] = []
    for (index, session) in sessions.enumerated() {
      handles.append(
        session.hooks.read([.block(1, .residPost)]) { context, rows in
          #expect(rows.count == context.columns)
          seen[index] += Array(context.positions)
        })
    }
    for session in [sessions[2], alone[2]] {
      handles.append(
        session.hooks.edit([.block(0, .residPost)]) { _, rows in
          for index in 0..<rows.count { rows[index] *= 0.5 }
        })
    }
    // One session twice: its second token follows its first.
    let steps: [TransformerSession.Step] = [
      .init(sessions[0], 5), .init(sessions[1], 6), .init(sessions[2], 7), .init(sessions[3], 8),
      .init(sessions[0], 9),
    ]
    let rows = try TransformerSession.forward(steps)
    for (row, (index, token)) in zip(rows, [(0, 5), (1, 6), (2, 7), (3, 8), (0, 9)]) {
      #expect(try alone[index].forward([Int32(token)]).values == row.values)
    }
    #expect(seen == [[3, 4], [20], [7], [7]])
    for handle in handles { handle.remove() }
  }

  @Test("A step that is refused changes no session")
  func refusals() throws {
    let first = try session(1, 5)
    let full = try session(2, 127)
    #expect(throws: TransformerError.self) {
      try TransformerSession.forward([.init(first, 1), .init(full, 1), .init(full, 2)])
    }
    #expect(throws: TransformerError.self) {
      try TransformerSession.forward([.init(first, 1), .init(full, -1)])
    }
    #expect(first.tokens.count == 5)
    #expect(full.tokens.count == 127)
    #expect(try TransformerSession.forward([]).isEmpty)
  }
}
