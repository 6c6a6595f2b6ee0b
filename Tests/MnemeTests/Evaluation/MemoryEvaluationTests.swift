import Foundation
import Mneme
import MnemeEvaluation
import TestSupport
import Testing

@Suite("Suites in every arm")
struct MemoryEvaluationTests {
  private let chat: TinyChat

  init() throws { chat = try TinyChat.shared.get() }

  private func evaluation(
    _ kinds: [[ModuleKind]] = [[.neighbor], [.neural]],
    controls: [ControlArm] = [.wrongMemory, .fullContext, .retrieval, .randomRetrieval]
  ) -> MemoryEvaluation {
    var options = GenerationOptions.greedy
    options.maximumResponseTokens = 4
    return MemoryEvaluation(
      model: chat.model,
      memories: kinds.map {
        .init(name: $0.map(\.rawValue).joined(separator: "+"), source: .new($0, adapter: nil))
      }, controls: controls, options: options, budget: 24, seed: 5)
  }

  private var episodes: PlannedSuite {
    func episode(_ number: Int, _ dog: String, _ cat: String) -> Episode {
      Episode(
        id: "episode \(number)",
        sessions: [
          [Telling(.statement, "my dog is called \(dog).", reply: "okay.")],
          [Telling(.statement, "my cat is called \(cat).")],
        ],
        questions: [
          Question("what is my dog called?", [dog], wrong: [cat], kind: "dog", depth: 0, length: 8),
          Question("my cat is called", [cat], kind: "cat", depth: 1, length: 8, isRaw: true),
        ])
    }
    return PlannedSuite(
      suite: FixedSuite(splitsSessions: false),
      plan: .episodes(
        [episode(1, "bozkif", "mirlo"), episode(2, "tarn", "vex"), episode(3, "oslo", "pim")],
        decoys: [episode(1, "gump", "rell"), episode(2, "fost", "dree"), episode(3, "lim", "kov")]))
  }

  private var texts: PlannedSuite {
    PlannedSuite(
      suite: FixedSuite(splitsSessions: false, name: "texts", metrics: [.nll]),
      plan: .texts([
        TextTask(
          id: "t", title: "a text", text: String(repeating: "the dog sat. a cat ran, ", count: 12),
          learns: true),
        TextTask(
          id: "u", title: "another", text: "a boat on the river, far away.", learns: false,
          before: "the dog sat. the dog sat."),
      ]))
  }

  private func run(
    _ evaluation: MemoryEvaluation, _ plans: [PlannedSuite], finished: [EvaluationRecord] = [],
    record: (EvaluationRecord) throws -> Void = { _ in }
  ) throws -> EvaluationResults {
    try evaluation.run(
      plans, settings: evaluation.settings(suites: plans.map(\.suite.name)), finished: finished,
      record: record)
  }

  @Test("Every arm answers every question; two runs are equal but for their timings")
  func arms() throws {
    let evaluation = evaluation()
    var first = try run(evaluation, [episodes, texts])
    var second = try run(evaluation, [episodes, texts])
    #expect(first.isComplete)
    let names = [
      "neighbor", "neural", "detached", "wrong-memory", "full-context", "retrieval",
      "random-retrieval",
    ]
    #expect(first.settings.arms.map(\.name) == names)
    #expect(first.suites[0].armNames == names)
    #expect(first.suites[0].items.count == 6)
    for item in first.suites[0].items { #expect(Set(item.arms.keys) == Set(names)) }
    // A text is told to nobody in a context.
    #expect(first.suites[1].armNames == ["neighbor", "neural", "detached"])
    first.timings = RunTimings()
    second.timings = RunTimings()
    #expect(first == second)
    #expect(
      try JSONOutputForTests.line(first) == (try JSONOutputForTests.line(second)))
  }

  @Test("Contexts hold what their arm is given, and no more than the budget")
  func contexts() throws {
    let results = try run(evaluation(), [episodes])
    for item in results.suites[0].items {
      #expect(item.arms["detached"]?.contextTokens == nil)
      #expect(item.arms["neighbor"]?.contextTokens == nil)
      let full = try #require(item.arms["full-context"]?.contextTokens)
      let retrieved = try #require(item.arms["retrieval"]?.contextTokens)
      #expect(retrieved > 0 && retrieved <= full)
      #expect(item.answerPieces?.count == item.arms["detached"]?.tokenNLL?.count)
      #expect(item.episode != nil && item.depth != nil && item.length == 8)
    }
    // Raw prompts and their wrong answers are scored, too.
    #expect(results.suites[0].items[0].arms["detached"]?.success != nil)
    #expect(results.suites[0].items[1].arms["detached"]?.success == nil)
  }

  @Test("The form of the controls is chosen when there are any, and stands in the results")
  func form() throws {
    let with = try run(evaluation(), [episodes])
    let form = try #require(with.settings.form)
    #expect(try run(evaluation(), [episodes]).settings.form == form)
    let again = try EvaluationResults(json: try JSONOutputForTests.line(with), path: "r")
    #expect(again.settings.form == form && form.full != nil && form.retrieved != nil)
    #expect(
      MarkdownReport(results: with, figures: with.figures).markdown()
        .contains("chosen by a trial on this model"))
    #expect(
      HTMLReport(results: with, figures: with.figures).html()
        .contains("chosen by a trial on this model"))
    let full = try run(evaluation(controls: [.fullContext]), [episodes]).settings.form
    #expect(full == ContextChoice(full: form.full))
    // Texts have no such arms, and memories need no form.
    #expect(try run(evaluation(), [texts]).settings.form == nil)
    #expect(try run(evaluation(controls: [.wrongMemory]), [episodes]).settings.form == nil)
  }

  @Test("Citations, what is found first, and replies to unrelated questions, by a memory of text")
  func citations() throws {
    let path = chat.freshPath()
    let setting = try #require(ModuleSetting(parsing: "episodic.readout=text"))
    try chat.model.createMemory([.episodic], settings: [setting]).save(to: path)
    var options = GenerationOptions.greedy
    options.maximumResponseTokens = 4
    let evaluation = MemoryEvaluation(
      model: chat.model, memories: [.init(name: "attached", source: .files([path]))],
      controls: [.retrieval, .wrongMemory], options: options, seed: 5)
    func told(_ dog: String) -> Episode {
      Episode(
        id: "e", sessions: [[Telling(.statement, "My hamster is called \(dog).", reply: "Okay.")]],
        questions: [
          Question("What is my hamster called?", ["Pelorin"], kind: "direct"),
          Question("Write a poem about the sea.", [], kind: "unrelated"),
        ])
    }
    let results = try run(
      evaluation,
      [
        PlannedSuite(
          suite: FixedSuite(metrics: [.contains, .cited, .found, .unchanged]),
          plan: .episodes([told("Pelorin")], decoys: [told("Vosk")]))
      ])
    let (direct, unrelated) = (results.suites[0].items[0], results.suites[0].items[1])
    #expect(direct.arms["attached"]?.cited == 1 && direct.arms["attached"]?.found == 1)
    #expect(direct.arms["wrong-memory"]?.cited == 0 && direct.arms["wrong-memory"]?.found == 0)
    // The plain model searches nothing, and cites nothing: its reply alone counts.
    #expect(direct.arms["detached"]?.found == nil)
    #expect(direct.arms["detached"]?.cited == direct.arms["detached"]?.contains)
    #expect(direct.arms["retrieval"]?.found == 1)
    for arm in ["attached", "detached", "wrong-memory"] {
      #expect(unrelated.arms[arm]?.unchanged == 1, "\(arm)")
      #expect(unrelated.arms[arm]?.contains == nil && unrelated.arms[arm]?.cited == nil)
    }
    #expect(direct.arms.values.allSatisfy { $0.unchanged == nil })
  }

  @Test("What one episode tells is gone before the next, and the wrong memory is told the decoy")
  func isolation() throws {
    let evaluation = evaluation([[.neighbor]], controls: [.wrongMemory])
    let all = try run(evaluation, [episodes])
    guard case .episodes(let told, let decoys) = episodes.plan else { return }
    let alone = try run(
      evaluation,
      [PlannedSuite(suite: episodes.suite, plan: .episodes([told[2]], decoys: [decoys[2]]))])
    for (mine, its) in zip(all.suites[0].items.suffix(2), alone.suites[0].items) {
      for arm in ["neighbor", "detached", "wrong-memory"] {
        #expect(mine.arms[arm]?.nll == its.arms[arm]?.nll)
      }
    }
    // Told the decoys as the memory under test, it does what the wrong memory did.
    let swapped = zip(told, decoys).map { episode, decoy in
      Episode(id: episode.id, sessions: decoy.sessions, questions: episode.questions)
    }
    let wrong = try run(
      evaluation, [PlannedSuite(suite: episodes.suite, plan: .episodes(swapped, decoys: told))])
    for (mine, its) in zip(all.suites[0].items, wrong.suites[0].items) {
      #expect(mine.arms["wrong-memory"]?.nll == its.arms["neighbor"]?.nll)
      #expect(mine.arms["neighbor"]?.nll == its.arms["wrong-memory"]?.nll)
    }
  }

  @Test("Sessions in files between which nothing else passes give what one process gives")
  func split() throws {
    let whole = try run(evaluation(controls: []), [episodes])
    var plan = episodes
    plan.suite = FixedSuite(splitsSessions: true)
    let apart = try run(evaluation(controls: []), [plan])
    for (mine, its) in zip(whole.suites[0].items, apart.suites[0].items) {
      for arm in ["neighbor", "neural"] {
        let (a, b) = (try #require(mine.arms[arm]?.nll), try #require(its.arms[arm]?.nll))
        #expect(abs(a - b) < 1e-4 * max(1, abs(a)), "\(arm)")
        #expect(mine.arms[arm]?.text == its.arms[arm]?.text)
      }
    }
  }

  @Test(
    "An interrupted run goes on from its records to the same results", arguments: [0, 1, 7, 14])
  func resume(after count: Int) throws {
    let evaluation = evaluation()
    var records: [EvaluationRecord] = []
    let whole = try run(evaluation, [episodes, texts]) { records.append($0) }
    #expect(records.count == whole.total)
    var further = 0
    var resumed = try run(
      evaluation, [episodes, texts], finished: Array(records.prefix(count))
    ) { _ in further += 1 }
    #expect(further == whole.total - count)
    resumed.timings = whole.timings
    #expect(resumed == whole)
  }

  @Test("An arm gives the same alone as together with the others")
  func alone() throws {
    let evaluation = evaluation([[.neighbor], [.episodic]])
    var records: [EvaluationRecord] = []
    let whole = try run(evaluation, [episodes]) { records.append($0) }
    for arm in evaluation.arms {
      var own: [EvaluationRecord] = []
      _ = try run(evaluation, [episodes], finished: records.filter { $0.arm != arm.name }) {
        own.append($0)
      }
      #expect(own.count == 3)
      for record in own {
        let together = records.first { $0.key == record.key }
        #expect(record.outcomes == together?.outcomes, "\(arm.name)")
        #expect(record.outcomes.contains { $0.text?.isEmpty == false })
      }
    }
    #expect(whole.isComplete)
  }

  @Test("A cancelled run keeps what is finished and says what is missing")
  func cancelled() async throws {
    let (evaluation, plans) = (evaluation(), [episodes, texts])
    let settings = evaluation.settings(suites: ["fixed", "texts"])
    let task = Task.detached {
      try evaluation.run(
        plans, settings: settings,
        record: { record in
          if record.task == 1 { withUnsafeCurrentTask { $0?.cancel() } }
        })
    }
    let results = try await task.value
    #expect(!results.isComplete)
    // What was asked together is finished together.
    #expect(results.done == 10 && results.total == 27)
    #expect(results.suites[0].items.count == 4)
    #expect(results.suites[0].items[3].arms.keys.sorted() == ["detached", "neighbor", "neural"])
  }

  @Test("Progress rises from nothing to the whole, with the time left")
  func progress() throws {
    var seen: [EvaluationProgress] = []
    let evaluation = evaluation([[.neighbor]], controls: [])
    _ = try evaluation.run(
      [episodes], settings: evaluation.settings(suites: ["fixed"]), progress: { seen.append($0) })
    #expect(seen.count == 4)
    #expect(seen.first?.share == 0 && seen.first?.secondsLeft == nil)
    #expect(abs((seen.last?.share ?? 0) - 1) < 1e-9)
    #expect(seen.map(\.share) == seen.map(\.share).sorted())
    #expect(seen.dropFirst().allSatisfy { ($0.secondsLeft ?? -1) >= 0 })
    #expect(seen[1].label == "fixed, neighbor, detached")
  }

  @Test("Blocks of a text: at most 128 tokens, none over the begin of a window, together the text")
  func blocks() throws {
    let results = try run(evaluation([[.neighbor]], controls: []), [texts])
    let suite = results.suites[0]
    #expect(suite.texts.count == 2)
    for text in suite.texts {
      let nats = try #require(text.surprisal["detached"])
      #expect(nats.count == text.pieces.count && text.positions.count == text.pieces.count)
      let blocks = suite.items.filter { $0.kind == text.title }.compactMap { $0.arms["detached"] }
      #expect(blocks.allSatisfy { $0.tokens <= 128 })
      #expect(blocks.reduce(0) { $0 + $1.tokens } == nats.count)
      let sum = blocks.reduce(0) { $0 + ($1.nll ?? 0) * Double($1.tokens) }
      #expect(abs(sum - nats.reduce(0, +)) < 1e-6)
      #expect(text.earlier.first == 0)
    }
    // The memory that learns knows the repeated text better than the plain model does.
    let figures = SuiteFigures(of: suite, settings: results.settings)
    #expect((figures.texts[0].nll["neighbor"] ?? 0) < (figures.texts[0].nll["detached"] ?? 0))
  }

  @Test("The digest changes with the tasks and with the memory files")
  func digest() throws {
    let evaluation = evaluation()
    let digest = try evaluation.digest(of: [episodes])
    #expect(try evaluation.digest(of: [episodes]) == digest)
    #expect(try evaluation.digest(of: [episodes, texts]) != digest)
    func told(_ text: String) throws -> String {
      let path = chat.freshPath()
      _ = try MemoryTeaching(model: chat.model, path: path, newModules: [.neighbor])
        .run([LearningInput(name: "test", content: .statement(text))])
      return path
    }
    let files = try [told("my dog is called bozkif."), told("my dog is called mirlo.")].map {
      try MemoryEvaluation(
        model: chat.model, memories: [.init(name: "attached", source: .files([$0]))]
      ).digest(of: [episodes])
    }
    #expect(Set(files + [digest]).count == 3)
  }
}

/// A suite whose tasks are given.
struct FixedSuite: EvaluationSuite {
  var splitsSessions = false
  var name = "fixed"
  var metrics: [Metric] = [.contains, .success, .nll]
  var title: String { "Given tasks" }
  var summary: String { "Tasks of a test." }

  func plan(_ options: SuiteOptions) throws(EvaluationError) -> SuitePlan {
    .episodes([], decoys: [])
  }
}

/// JSON as the program prints it.
enum JSONOutputForTests {
  static func line(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return try encoder.encode(value)
  }
}
