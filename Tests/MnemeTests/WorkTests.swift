import Foundation
import Memory
import Mneme
import MnemeEvaluation
import ModelFiles
import TestSupport
import Testing
import Transformer

@Suite("Work outside of a chat")
struct WorkTests {
  private func chat() throws -> TinyChat { try TinyChat.shared.get() }

  private func told(_ kind: ModuleKind, _ text: String = "my dog is called bozkif.") throws
    -> String
  {
    let chat = try chat()
    let path = chat.freshPath()
    _ = try MemoryTeaching(model: chat.model, path: path, newModules: [kind])
      .run([LearningInput(name: "test", content: .statement(text))])
    return path
  }

  @Test("A completion's pieces are its text, at most as long as asked for")
  func completion() throws {
    var pieces = ""
    var options = GenerationOptions.greedy
    options.maximumResponseTokens = 9
    let completion = TextCompletion(model: try chat().model)
    let result = try completion.run("hello", chat: false, options: options) { pieces += $0 }
    #expect(pieces == result.response.content)
    #expect(result.response.tokens.count <= 9)
    #expect(result.promptTokens > 1)
    let again = try completion.run("hello", chat: false, options: options) { _ in }
    #expect(again.response.tokens == result.response.tokens)
    let empty = try completion.run("", chat: false, options: options) { _ in }
    #expect(empty.promptTokens == 1)
    let long = String(repeating: "word ", count: 200)
    #expect(throws: ChatError.self) {
      try completion.run(long, chat: false, options: options) { _ in }
    }
  }

  @Test("Perplexity: every token counts once, whatever the window; a memory learns only when asked")
  func perplexity() throws {
    let text = String(repeating: "the dog sat. a cat ran, ", count: 12)
    let chat = try chat()
    func measure(_ window: Int, _ memories: [String] = [], learns: Bool = false) throws
      -> PerplexityReport
    {
      try TextMeasurement(
        model: chat.model, contextLength: window,
        memories: memories.map { (path: $0, isReadOnly: !learns) }, newModules: [.neighbor],
        learns: learns
      ).run(text, source: "text")
    }
    let plain = try measure(64)
    #expect(plain.tokens == (try measure(100)).tokens)
    #expect(plain.perplexity == exp(plain.nll))
    #expect(plain.windows.reduce(0) { $0 + $1.tokens } == plain.tokens)
    // Windows, here of 63 tokens and the one that begins a sequence, are cut into eighths.
    #expect(plain.places.map(\.from) == Array(stride(from: 0, to: 64, by: 8)))
    #expect(plain.places.map(\.to) == Array(stride(from: 8, to: 64, by: 8)) + [63])
    let (least, most) = (plain.places.map(\.nll).min() ?? 0, plain.places.map(\.nll).max() ?? 0)
    #expect(least < plain.nll && plain.nll < most)

    let path = try told(.neighbor)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let learned = try measure(64, [path], learns: true)
    #expect(learned.nll < plain.nll)
    #expect(learned.windows[0].tokens == plain.windows[0].tokens)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
    let unborn = chat.freshPath()
    #expect(try measure(64, [unborn], learns: true).windows[0].nll == plain.windows[0].nll)
    #expect(!FileManager.default.fileExists(atPath: unborn))
    #expect(throws: EvaluationError.self) {
      try TextMeasurement(model: chat.model).run("", source: "empty")
    }
  }

  @Test("Teaching: texts, statements and conversations, of which only the user's words")
  func teaching() throws {
    let chat = try chat()
    func entries(_ content: LearningInput.Content) throws -> Int {
      let path = chat.freshPath()
      _ = try MemoryTeaching(model: chat.model, path: path, newModules: [.neighbor])
        .run([LearningInput(name: "n", content: content)])
      return try #require(try DetachableMemory.info(path).modules.first).entries
    }
    let user = ConversationRecord.Turn(role: "user", text: "abcd")
    let model = ConversationRecord.Turn(
      role: "assistant", text: "a very long reply that is not learned")
    let alone = try entries(.conversations([.init(turns: [user])]))
    #expect(alone > 0)
    #expect(try entries(.conversations([.init(turns: [user, model])])) == alone)
    #expect(try entries(.conversations([.init(turns: [user, model, user])])) > alone)
    #expect(try entries(.text("abcd efgh")) > alone)
  }

  @Test("Teaching stops at the limit, and a failure leaves no file")
  func teachingLimits() throws {
    let chat = try chat()
    let path = chat.freshPath()
    let long = LearningInput(name: "n", content: .text(String(repeating: "abc ", count: 300)))
    let report = try MemoryTeaching(
      model: chat.model, path: path, newModules: [.neighbor], limit: 50
    ).run([long, long])
    #expect((50...60).contains(report.tokens))
    #expect(report.surprisal > 0)
    let none = chat.freshPath()
    #expect(throws: ChatError.emptyText) {
      try MemoryTeaching(model: chat.model, path: none).run([
        LearningInput(name: "n", content: .text(""))
      ])
    }
    #expect(!FileManager.default.fileExists(atPath: none))
  }

  @Test("A comparison of prompts: every arm does every item, and no file changes")
  func comparison() throws {
    let path = try told(.neighbor)
    let other = try told(.neighbor, "my cat is called mirlo.")
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let items = [
      EvaluationItem(prompt: "my dog is called", answers: ["bozkif"]),
      EvaluationItem(
        prompt: "my boat is called", answers: ["tarn"], setup: ["my boat is called tarn."]),
    ]
    var options = GenerationOptions.greedy
    options.maximumResponseTokens = 6
    let job = MemoryComparison(
      model: try chat().model, memories: [path], controls: [other], fullContext: true,
      options: options)
    let report = try job.run(items: items, source: "items")
    #expect(report.arms == ["attached", "detached", "wrong-memory", "full-context"])
    #expect(report.items.count == 2)
    for item in report.items { #expect(Set(item.arms.keys) == Set(report.arms)) }
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
    #expect(try job.run(items: items, source: "items") == report)
    // The setup of one item does not leak into the next: alone, the first item gives the same.
    let alone = try job.run(items: [items[0]], source: "items")
    #expect(alone.items[0] == report.items[0])
    let swapped = try job.run(items: items.reversed(), source: "items")
    #expect(swapped.items[1].arms["attached"]?.nll == report.items[0].arms["attached"]?.nll)
    #expect(throws: EvaluationError.self) { try job.run(items: [], source: "items") }
  }

  @Test("A comparison of a text pairs the windows")
  func textComparison() throws {
    let path = try told(.neighbor)
    let report = try MemoryComparison(
      model: try chat().model, contextLength: 64, memories: [path]
    ).run(text: String(repeating: "my dog is called bozkif. ", count: 10), source: "text")
    #expect(report.metrics == [.nll, .perplexity])
    #expect(report.items.count > 3)
    let attached = try #require(report.mean(.nll, arm: "attached"))
    let detached = try #require(report.mean(.nll, arm: "detached"))
    #expect(attached < detached)
  }

  @Test("A trace with a memory holds the surprise of each token; the file is left alone")
  func traceSurprise() throws {
    let chat = try TinyChat()
    let folder = try TemporaryFolder()
    let (path, place) = (folder.path("trace.safetensors"), folder.path("a.mneme"))
    let memory = try chat.model.createMemory([.neural])
    try memory.save(to: place)
    let before = try Data(contentsOf: URL(fileURLWithPath: place))
    let trace = ActivationTrace(model: chat.model)
    let tokens: [Int32] = [1, 30, 40, 31, 52]
    let shapes = try trace.run(tokens, hooks: nil, memory: place, to: path)
    #expect(shapes.map(\.name).contains("neural.surprise"))
    #expect(shapes.allSatisfy { $0.shape == [5] })
    let file = try SafetensorsFile.open(path)
    let surprise = try file.require("neural.surprise").floats()
    #expect(surprise.count == 5 && surprise[0] == 0)
    #expect(surprise.dropFirst().allSatisfy { $0 > 0 && $0.isFinite })
    let plain = folder.path("plain.safetensors")
    _ = try trace.run(tokens, hooks: nil, to: plain)
    #expect(
      try file.require("logits").floats()
        == SafetensorsFile.open(plain).require("logits").floats())
    #expect(try Data(contentsOf: URL(fileURLWithPath: place)) == before)
    let other = folder.path("b.mneme")
    try chat.model.createMemory([.neighbor]).save(to: other)
    #expect(try trace.run(tokens, hooks: nil, memory: other, to: path).isEmpty)
  }

  @Test("A trace with a memory is what the model computes with it attached, beside its own logits")
  func traceWithMemory() throws {
    let chat = try TinyChat()
    let folder = try TemporaryFolder()
    let (path, place) = (folder.path("trace.safetensors"), folder.path("a.mneme"))
    _ = try MemoryTeaching(model: chat.model, path: place, newModules: [.neighbor])
      .run([LearningInput(name: "test", content: .text("my dog is called bozkif. my dog"))])
    let tokens = chat.model.tokenizer.encode("my dog is", addBOS: true, parseSpecial: false)
    _ = try ActivationTrace(model: chat.model).run(tokens, hooks: nil, memory: place, to: path)
    let file = try SafetensorsFile.open(path)
    let session = TransformerSession(model: chat.model.transformer)
    let plain = try session.forward(tokens, logits: .all).values
    session.reset()
    let attachment = try chat.model.loadMemory(place).attach(to: session, readOnly: true)
    let mixed = try session.ask(
      Prompt(text: tokens, bos: chat.model.tokenizer.special.bos), logits: .all
    ).values
    attachment.detach()
    #expect(mixed != plain)
    #expect(try file.require("logits").floats() == mixed)
    #expect(try file.require("logits.plain").floats() == plain)
  }

  @Test("A trace holds tokens, logits and the named activations; tracing changes nothing")
  func trace() throws {
    let chat = try chat()
    let path = chat.folder.path("\(UUID().uuidString).safetensors")
    let trace = ActivationTrace(model: chat.model)
    let shapes = try trace.run([1, 30, 40], hooks: "blocks.*.hook_resid_post", to: path)
    #expect(shapes.map(\.name) == ["blocks.0.hook_resid_post", "blocks.1.hook_resid_post"])
    let file = try SafetensorsFile.open(path)
    #expect(try file.require("tokens").int64s() == [1, 30, 40])
    let plain = try TransformerSession(model: chat.model.transformer)
      .forward([1, 30, 40], logits: .all)
    #expect(try file.require("logits").floats() == plain.values)
    #expect(try file.require("blocks.1.hook_resid_post").shape == [3, 32])
    #expect(try trace.run([1], hooks: nil, to: path).isEmpty)
    #expect(throws: TraceError.self) { try trace.run([1], hooks: "nonsense", to: path) }
    #expect(throws: TransformerError.self) { try trace.run([99_999], hooks: nil, to: path) }
  }

  @Test("Bench gives a row per memory")
  func speed() throws {
    let report = try SpeedMeasurement(
      model: try chat().model, promptTokens: 24, generatedTokens: 4, rounds: 1
    ).run([.neural, .neighbor])
    #expect(report.unready.isEmpty)
    #expect(report.memories.map(\.kind) == ["neural", "neighbor"])
    #expect(report.prefillPerSecond > 0 && report.decodePerSecond > 0)
    for row in report.memories { #expect(row.decodeRatio > 0 && row.stateBytes > 0) }
  }

  @Test("Bench does not meet a model: it measures it plain, and says what is left out")
  func speedOfAStranger() throws {
    let chat = try chat()
    // Beside this copy there is no adapter.
    let path = chat.folder.path("\(UUID().uuidString).gguf")
    try FileManager.default.copyItem(atPath: chat.tiny.path, toPath: path)
    let model = try LanguageModel(path: path, threads: 1)
    #expect(try model.readyKinds().isEmpty)
    let job = SpeedMeasurement(model: model, promptTokens: 24, generatedTokens: 4, rounds: 1)
    let report = try job.run([.neural, .neighbor]) { _, kind in Issue.record("\(kind) was made") }
    #expect(report.memories.isEmpty)
    #expect(report.unready == ["neural", "neighbor"])
    #expect(report.prefillPerSecond > 0 && report.decodePerSecond > 0)
    let adapter = Adapter.path(beside: chat.tiny.path)
    #expect(try model.readyKinds(adapter: adapter) == [.neural, .neighbor, .episodic])
    #expect(try job.run([.neighbor, .compressive], adapter: adapter).unready == ["compressive"])
  }

  @Test("A model's summary")
  func summary() throws {
    let summary = try chat().model.summary
    #expect(summary.architecture == "llama")
    #expect(summary.vocabularySize == 288)
    #expect(summary.line.contains("context of 256 tokens"))
    #expect(summary.elementTypes.values.reduce(0, +) > 10)
  }
}
