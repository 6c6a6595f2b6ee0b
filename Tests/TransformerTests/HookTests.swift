import ModelFiles
import TestSupport
import Testing
import Transformer

@Suite struct HookTests {
  let model: TransformerModel
  let tokens: [Int32] = [1, 300, 301, 302, 303, 304]

  init() throws { model = try TinyModel().load() }

  private var points: [HookPoint] { HookPoint.all(for: model.configuration) }

  private func plain() throws -> Logits {
    try TransformerSession(model: model).forward(tokens, logits: .all)
  }

  @Test func namesRoundTripAndOthersAreRefused() {
    #expect(points.count == 2 + 12 * 2 + 1)
    for point in points { #expect(HookPoint(point.name) == point) }
    #expect(Set(points.map(\.name)).count == points.count)
    for name in [
      "", "hook_resid_pre", "blocks.0", "blocks.-1.hook_resid_pre", "blocks.01.ln1.hook_normalized",
      "blocks.0.hook_embed", "hook_logits ", "blocks.x.attn.hook_q",
    ] { #expect(HookPoint(name) == nil, "\(name)") }
  }

  @Test func globsSelectPoints() {
    func names(_ glob: String) -> [String] {
      HookPoint.matching(glob: glob, for: model.configuration).map(\.name)
    }
    #expect(names("*").count == points.count)
    #expect(names("blocks.1.attn.hook_?").count == 3)
    #expect(names("*resid_post") == ["blocks.0.hook_resid_post", "blocks.1.hook_resid_post"])
    #expect(names("hook_embed,ln_final.*") == ["hook_embed", "ln_final.hook_normalized"])
    #expect(names("none").isEmpty && names("").isEmpty)
  }

  @Test func everyPointIsVisitedInOrderAndReadingChangesNothing() throws {
    let session = TransformerSession(model: model)
    var visited: [HookPoint] = []
    let handle = session.hooks.read(points) { context, values in
      visited.append(context.point)
      #expect(context.columns == context.point.columns(in: model.configuration))
      #expect(values.count == context.positions.count * context.columns)
      #expect(context.positions == 0..<6 && context.tokens == tokens)
    }
    let seen = try session.forward(tokens, logits: .all)
    handle.remove()
    #expect(visited == points)
    #expect(try plain().values == seen.values)
  }

  @Test func anEditAtEveryPointChangesWhatFollowsAndRemovalRestoresIt() throws {
    let before = try plain().values
    for point in points {
      let session = TransformerSession(model: model)
      var seen: [Float] = []
      let edit = session.hooks.edit([point]) { context, values in
        // The second token's row only, and not by a constant, which a norm or softmax might remove.
        for column in 0..<context.columns where column % 3 == 0 {
          values[context.columns + column] += 0.5
        }
      }
      let read = session.hooks.read([point]) { context, values in seen = [values[context.columns]] }
      let edited = try session.forward(tokens, logits: .all)
      #expect(edited.values != before, "\(point)")
      let vocabulary = edited.vocabularySize
      #expect(edited[0] == Array(before[..<vocabulary]), "\(point): the past stays")
      // Later tokens see the change through attention wherever it happens before keys and values are made.
      let isLate =
        point == .lnFinal || point == .logits
        || point.layer == 1
          && [.q, .rotQ, .attnOut, .residMid, .ln2, .mlpOut, .residPost].contains(point.site)
      #expect((edited.last == Array(before.suffix(vocabulary))) == isLate, "\(point)")
      #expect(seen.count == 1)
      edit.remove()
      edit.remove()
      read.remove()
      session.reset()
      #expect(session.hooks.isEmpty)
      #expect(try session.forward(tokens, logits: .all).values == before)
    }
  }

  private final class Mixer: LogitMixer {
    private let body: HookRegistry.Edit

    init(_ body: @escaping HookRegistry.Edit) { self.body = body }

    func mix(_ context: HookContext, _ logits: inout MutableSpan<Float>) { body(context, &logits) }
  }

  @Test func hooksRunInOrderOfAttachment() throws {
    let session = TransformerSession(model: model)
    var log: [String] = []
    var values: [Float] = []
    let hooks = session.hooks
    let mixer = Mixer { _, span in
      log.append("mixer")
      values.append(span[0])
      span[0] = 3
    }
    hooks.mixer = mixer
    let first = hooks.edit([.logits]) { _, span in
      log.append("first")
      span[0] = 1
    }
    let second = hooks.read([.logits]) { _, span in
      log.append("second")
      values.append(span[0])
    }
    let third = hooks.edit([.logits]) { _, span in
      log.append("third")
      span[0] = 2
    }
    let result = try session.forward([1, 2])
    #expect(log == ["first", "second", "third", "mixer"])
    #expect(values == [1, 2])
    #expect(result.last[0] == 3)
    log = []
    first.remove()
    hooks.mixer = nil
    _ = try session.forward([1])
    #expect(log == ["second", "third"])
    second.remove()
    third.remove()
    #expect(hooks.isEmpty)
  }

  @Test func logitHooksSeeTheSelectedRowsOnly() throws {
    let session = TransformerSession(model: model)
    var ranges: [Range<Int>] = []
    var seen: [[Int32]] = []
    let handle = session.hooks.read([.logits]) { context, values in
      ranges.append(context.positions)
      seen.append(context.tokens)
      #expect(values.count == context.positions.count * model.configuration.vocabularySize)
    }
    session.hooks.mixer = Mixer { context, _ in ranges.append(context.positions) }
    defer { handle.remove() }
    _ = try session.forward(tokens)
    _ = try session.forward([7, 8, 9], logits: .all)
    _ = try session.forward([7, 8], logits: .none)
    #expect(ranges == [5..<6, 5..<6, 6..<9, 6..<9])
    #expect(seen == [[304], [7, 8, 9]])
  }

  @Test func aHookMayDetachItselfWhileItRuns() throws {
    let session = TransformerSession(model: model)
    var calls = 0
    var handle: HookHandle?
    handle = session.hooks.read([.embed]) { _, _ in
      calls += 1
      handle?.remove()
    }
    _ = try session.forward(tokens)
    _ = try session.forward(tokens)
    #expect(calls == 1)
  }

  @Test func commitsAreAnnouncedOnceAndInOrder() throws {
    let session = TransformerSession(model: model)
    var events: [CommitEvent] = []
    let handle = session.hooks.onCommit { events.append($0) }
    let told = Provenance(
      conversation: "c", turn: 2, role: .user, source: "chat", time: 12)
    _ = try session.forward(tokens)
    try session.commit(through: 2, provenance: told, learnable: [false, true], endsSegment: false)
    try session.commit(
      through: 6, provenance: told, learnable: [true, true, false, true], endsSegment: true)
    #expect(session.committed == 6)
    #expect(events.map(\.positions) == [0..<2, 2..<6])
    #expect(events[1].tokens == Array(tokens[2...]))
    #expect(events[1].learnable == [true, true, false, true])
    #expect(events.map(\.endsSegment) == [false, true])
    #expect(events[0].provenance == told)
    session.truncate(to: 4)
    #expect(session.committed == 4)
    handle.remove()
    try session.commit(through: 4, provenance: told, learnable: [], endsSegment: true)
    #expect(events.count == 2)
  }
}
