import Foundation
import Memory
import MemoryModules
import Mneme
import TestSupport
import Testing

/// Facts learned by heart, on a model of random weights: what is kept, heard and taken out again.
@Suite("Consolidation")
struct ConsolidationTests {
  private func chat() throws -> TinyChat { try TinyChat.shared.get() }

  private var options: MemoryConsolidation.Options {
    var options = MemoryConsolidation.Options()
    options.epochs = 12
    options.learningRate = 2e-2
    options.enough = 0
    return options
  }

  /// A memory file that was told something.
  private func file(_ statements: [String]) async throws -> String {
    let path = try chat().freshPath()
    try await tell(statements, path)
    return path
  }

  private func tell(_ statements: [String], _ path: String) async throws {
    let session = try chat().session()
    try await session.attach(path, modules: [.episodic, .neural])
    for statement in statements { try await session.remember(statement) }
    try await session.saveMemories()
    try await session.detach(DetachableMemory.name(of: path))
  }

  @discardableResult
  private func consolidate(_ path: String) throws -> MemoryConsolidation.Report {
    try MemoryConsolidation(model: chat().model, path: path, options: options).run()
  }

  private func facts(_ path: String) throws -> (held: [String], all: [Fact]) {
    let memory = try chat().model.loadMemory(path)
    return (memory.consolidator?.consolidated ?? [], memory.factMemory?.currentFacts ?? [])
  }

  /// The reply to a question in an empty context.
  private func answer(_ question: String, _ memory: String) async throws -> String {
    let session = try chat().session(tokens: 24)
    try await session.attach(memory, readOnly: true)
    return try await session.respond(to: question).content
  }

  private static let told = [
    "the capital of Zumbaru is Trillo.", "my brother plays the oboe.",
    "ferry tickets cost twelve pounds.",
  ]

  @Test(
    "What is learned answers wordings that were kept apart, is saved, and is the same each time")
  func learns() async throws {
    let path = try await file(Self.told)
    let copy = try chat().freshPath()
    try FileManager.default.copyItem(atPath: path, toPath: copy)
    let report = try consolidate(path)
    #expect(report.new == 3)
    #expect(report.facts == 3)
    #expect(report.after < 0.5 * report.before, "\(report.before) to \(report.after)")
    let (held, all) = try facts(path)
    #expect(held == all.map(\.handle))
    try consolidate(copy)
    #expect(try savedState(copy) == savedState(path))
    let again = try consolidate(path)
    #expect(again.new == 0)
    #expect(again.steps == 0)
    #expect(again.facts == 3)
  }

  @Test("Later facts are learned beside earlier ones, which stay")
  func sessions() async throws {
    let path = try await file(Array(Self.told.prefix(2)))
    try consolidate(path)
    try await tell(Array(Self.told.suffix(1)), path)
    #expect(try facts(path).held.count == 2)
    let report = try consolidate(path)
    #expect(report.new == 1)
    #expect(report.facts == 3)
  }

  @Test("Heard in answers about its facts alone: any other answer is what it was")
  func scope() async throws {
    let path = try await file(Self.told)
    let before = try chat().freshPath()
    try FileManager.default.copyItem(atPath: path, toPath: before)
    try consolidate(path)
    for unrelated in ["Sing me a song, please", "Why?", "ferries and brothers"] {
      #expect(try await answer(unrelated, path) == answer(unrelated, before))
    }
    let question = "the capital of Zumbaru is"
    #expect(try await answer(question, path) != answer(question, before))
  }

  @Test("Forgetting a fact takes it out of the weights at once; the others are learned anew")
  func forgetting() async throws {
    let path = try await file(Self.told)
    try consolidate(path)
    let session = try chat().session()
    try await session.attach(path)
    let handle = try #require(try facts(path).held.first)
    try await session.forget(fact: handle)
    try await session.saveMemories()
    try await session.detach(DetachableMemory.name(of: path))
    #expect(try facts(path).held.isEmpty)
    let report = try consolidate(path)
    #expect(report.new == 2)
    // The same weights as if it had never been told.
    let never = try await file(Array(Self.told.dropFirst()))
    try consolidate(never)
    func weights(_ path: String) throws -> FastWeights? {
      try chat().model.loadMemory(path).modules.lazy.compactMap { $0 as? NeuralMemory }.first?
        .facts?.weights
    }
    #expect(try weights(path) == weights(never))
  }

  @Test(
    "A fact whose value is replaced is forgotten: all is learned anew by the next consolidation")
  func replaced() async throws {
    let path = try await file(Self.told)
    try consolidate(path)
    try await tell(["the capital of Zumbaru is Quorn."], path)
    let report = try consolidate(path)
    #expect(report.new == 3)
    let (held, all) = try facts(path)
    #expect(Set(held) == Set(all.map(\.handle)))
  }

  @Test("Without facts, or without a neural memory, there is one clear error and the file stays")
  func refused() async throws {
    let path = try chat().freshPath()
    let bare = try chat().session()
    try await bare.attach(path, modules: [.episodic, .neural])
    try await bare.saveMemories()
    try await bare.detach(DetachableMemory.name(of: path))
    let before = try Data(contentsOf: URL(filePath: path))
    #expect(throws: MemoryError.self) { try consolidate(path) }
    #expect(try Data(contentsOf: URL(filePath: path)) == before)
  }

  @Test("Interrupted it keeps what it has, says nothing by heart yet, and goes on from there")
  func interrupted() async throws {
    let path = try await file(Self.told)
    let job = MemoryConsolidation(model: try chat().model, path: path, options: options)
    let task = Task.detached {
      try job.run { share, _ in if share > 0.5 { withUnsafeCurrentTask { $0?.cancel() } } }
    }
    let report = try await task.value
    #expect(report.was_interrupted)
    #expect(report.new == 0)
    #expect(report.steps > 0)
    #expect(try facts(path).held.isEmpty)
    let again = try consolidate(path)
    #expect(again.new == 3)
    #expect(again.before < report.before)
  }

  @Test("Dropped, facts reach answers as text again, to the byte of the reply")
  func dropped() async throws {
    let path = try await file(Self.told)
    let copy = try chat().freshPath()
    try FileManager.default.copyItem(atPath: path, toPath: copy)
    try consolidate(path)
    let memory = try chat().model.loadMemory(path, forWriting: true)
    memory.dropConsolidated()
    try memory.save(to: path)
    memory.closeForWriting()
    #expect(try facts(path).held.isEmpty)
    let question = "the capital of Zumbaru is"
    #expect(try await answer(question, path) == answer(question, copy))
  }
}
