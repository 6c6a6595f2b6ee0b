import Foundation
import Mneme
import MnemeEvaluation
import TestSupport
import Testing

@Suite("Lifecycle and cost of a memory")
struct MemoryLifecycleTests {
  private let chat: TinyChat

  init() throws { chat = try TinyChat.shared.get() }

  private func run(
    _ source: MemorySource, _ plan: SuitePlan, carrier: SessionCarrier? = nil,
    passphrases: [ByteString: Passphrase] = [:]
  ) throws -> EvaluationResults {
    let evaluation = MemoryEvaluation(
      model: chat.model, memories: [.init(name: "attached", source: source)],
      controls: [.fullContext], passphrases: passphrases, carrier: carrier)
    let suite = FixedSuite(name: "fixed", metrics: [.passed])
    return try evaluation.run(
      [PlannedSuite(suite: suite, plan: plan)], settings: evaluation.settings(suites: ["fixed"]))
  }

  @Test(
    "Every step holds for every kind of memory, and for several in one",
    arguments: ChatSession.availableModules.map { [$0] } + [ChatSession.standardModules])
  func life(kinds: [ModuleKind]) throws {
    let results = try run(.new(kinds, adapter: nil), .lifecycle)
    let items = results.suites[0].items
    #expect(items.count >= 12)
    for item in items { #expect(item.arms["attached"]?.passed == 1, "\(item.kind ?? "")") }
    #expect(results.suites[0].armNames == ["attached"])
  }

  @Test("A memory file that holds something lives on; the file itself is left alone")
  func file() throws {
    let path = chat.freshPath()
    _ = try MemoryTeaching(model: chat.model, path: path, newModules: [.neighbor])
      .run([LearningInput(name: "test", content: .statement("my boat is called tarn."))])
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let results = try run(.files([path]), .lifecycle)
    let kinds = results.suites[0].items.compactMap(\.kind)
    #expect(!kinds.contains { $0.hasPrefix("empty") })
    #expect(results.suites[0].items.allSatisfy { $0.arms["attached"]?.passed == 1 })
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
  }

  @Test("A carrier that answers otherwise fails its check, and only that")
  func failing() throws {
    let own = SessionCarrier.inProcess(chat.model, contextLength: 64)
    let liar = SessionCarrier(isProcess: true, teach: own.teach) { _, _ in [1, 2, 3] }
    let results = try run(.new([.neighbor], adapter: nil), .lifecycle, carrier: liar)
    let failed = results.suites[0].items.filter { $0.arms["attached"]?.passed == 0 }
    #expect(failed.compactMap(\.kind) == ["loaded in a new process: the same answer"])
  }

  @Test("Of an encrypted memory nothing is written in plain text: an empty one lives instead")
  func sealed() throws {
    let path = chat.freshPath()
    let passphrase = try Passphrase("open barley")
    _ = try MemoryTeaching(
      model: chat.model, path: path, newModules: [.neighbor], passphrase: passphrase
    ).run([LearningInput(name: "test", content: .statement("my boat is called tarn."))])
    let results = try run(.files([path]), .lifecycle, passphrases: [ByteString(path): passphrase])
    #expect(results.suites[0].items.contains { $0.kind?.hasPrefix("empty") == true })
    #expect(results.suites[0].items.allSatisfy { $0.arms["attached"]?.passed == 1 })
  }

  @Test("A model without an adapter is met once for all memories of a run")
  func calibration() throws {
    let tiny = try TinyLlama(seed: 3)
    let evaluation = MemoryEvaluation(
      model: try LanguageModel(path: tiny.path, threads: 1),
      memories: [[ModuleKind.neighbor], [.episodic, .neighbor]].map {
        .init(name: "\($0.count)", source: .new($0, adapter: nil))
      })
    let plans = [
      PlannedSuite(suite: FixedSuite(name: "fixed", metrics: [.passed]), plan: .lifecycle),
      PlannedSuite(suite: FixedSuite(name: "cost", metrics: []), plan: .cost(tokens: [16])),
    ]
    var labels: [String] = []
    let results = try evaluation.run(
      plans, settings: evaluation.settings(suites: ["fixed", "cost"]),
      progress: { labels.append($0.label) })
    #expect(results.isComplete && results.suites[1].costs.count == 2)
    #expect(labels.count { $0 == "meeting the model" } == 1)
  }

  @Test("Cost: the neural memory keeps its size, the neighbor memory grows with what it reads")
  func cost() throws {
    let evaluation = MemoryEvaluation(
      model: chat.model,
      memories: [
        .init(name: "neural", source: .new([.neural], adapter: nil)),
        .init(name: "neighbor", source: .new([.neighbor], adapter: nil)),
      ])
    let plan = PlannedSuite(
      suite: FixedSuite(name: "cost", metrics: []), plan: .cost(tokens: [32, 128]))
    let results = try evaluation.run([plan], settings: evaluation.settings(suites: ["cost"]))
    let costs = results.suites[0].costs
    #expect(costs.map(\.arm) == ["neural", "neural", "neighbor", "neighbor"])
    #expect(costs.map(\.tokens) == [32, 128, 32, 128])
    #expect(costs[0].stateBytes == costs[1].stateBytes)
    #expect(costs[2].stateBytes < costs[3].stateBytes && costs[2].entries < costs[3].entries)
    #expect(costs.allSatisfy { $0.fileBytes > 0 })
    #expect(results.timings.costs.count == 4)
    for timing in results.timings.costs {
      #expect((timing.decodeRatio ?? 0) > 0 && (timing.writeMicroseconds ?? 0) > 0)
      #expect((timing.loadMilliseconds ?? 0) > 0 && (timing.saveMilliseconds ?? 0) > 0)
    }
  }
}
