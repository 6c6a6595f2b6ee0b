import Foundation
import Mneme
import MnemeCLI
import Synchronization

/// A conversation that answers from a list and notes what was asked of it.
final class FakeConversation: Conversation {
  struct State {
    var replies: [[ChatStreamEvent]] = []
    var calls: [String] = []
    var memories: [MemoryStatus] = []
    var instructions: String?
    var messages: [String] = []
    var transcript = Transcript(conversation: "fake")
    var recollections: [Recollection] = []
    var citations: [Citation] = []
    var shown: [ShownMemory] = []
    var learned: [LearnedToken] = []
    var surprise: [TokenSurprisal] = []
    var comparison = Comparison(
      detached: FakeConversation.response("no idea"),
      attached: FakeConversation.response("Bozkif"))
    var recalled: [ChatSession.Recall] = []
    var failure: (any Error)?
    var saveFailure: (any Error)?
  }

  let state = Mutex(State())

  init(replies: [String] = []) {
    state.withLock { state in
      state.replies = replies.map { [.text($0), .finished(Self.response($0))] }
    }
  }

  var calls: [String] { state.withLock { $0.calls } }

  static func response(_ text: String) -> Response {
    Response(
      content: text, tokens: [1, 2], ending: .endOfTurn,
      timings: Timings(
        promptTokens: 10, generatedTokens: 2, promptMilliseconds: 5, generationMilliseconds: 4))
  }

  private func note(_ call: String) { state.withLock { $0.calls.append(call) } }

  private func stream(_ call: String) -> ChatStream {
    let (events, failure) = state.withLock { state -> ([ChatStreamEvent], (any Error)?) in
      state.calls.append(call)
      let events =
        state.replies.isEmpty
        ? [.text("ok"), .finished(Self.response("ok"))] : state.replies.removeFirst()
      return (events, state.failure)
    }
    return ChatStream { continuation in
      for event in events where failure == nil { continuation.yield(event) }
      continuation.finish(throwing: failure)
    }
  }

  func reply(to prompt: String, options: GenerationOptions) -> ChatStream {
    stream("say \(prompt)")
  }
  func regenerate(options: GenerationOptions) -> ChatStream { stream("regen") }
  func continueReply(options: GenerationOptions) -> ChatStream { stream("continue") }
  func stop() { note("stop") }
  func undoSteps(_ count: Int) throws -> Int {
    note("undo \(count)")
    return count
  }
  func redoSteps() throws -> [String] {
    note("redo")
    return ["My dog is called Bozkif."]
  }
  func lastMessages(_ count: Int) -> [String] { state.withLock { $0.messages.suffix(count) } }
  func startOver() { note("clear") }
  func currentInstructions() -> String? { state.withLock { $0.instructions } }
  func replaceInstructions(_ text: String?) {
    note("system \(text ?? "none")")
    state.withLock { $0.instructions = text }
  }
  func currentTranscript() -> Transcript { state.withLock { $0.transcript } }
  func takeUp(_ transcript: Transcript, context path: String) {
    state.withLock { $0.transcript = transcript }
  }
  func saveContext(to path: String) throws {
    do {
      try Data("context".utf8).write(to: URL(filePath: path))
    } catch {
      throw ChatError.unwritable(path: path, reason: "it cannot be written")
    }
  }
  func currentContext() -> (used: Int, limit: Int, text: String) { (7, 512, "<s> hi") }
  func attachedMemories() -> [MemoryStatus] { state.withLock { $0.memories } }
  func attachedNames() -> [String] { state.withLock { $0.memories.map(\.name) } }
  func attachMemory(
    _ path: String, readOnly: Bool, passphrase: Passphrase?,
    progress: @escaping @Sendable (Double, String) -> Void
  ) throws -> MemoryStatus {
    note("attach \(path)\(readOnly ? " ro" : "")\(passphrase == nil ? "" : " sealed")")
    let status = MemoryStatus(
      name: "a", path: path, isReadOnly: readOnly,
      modules: [.init(kind: "neural", entries: 0, tokensSeen: 3, stateBytes: 2048)],
      hasUnsavedChanges: false, isNew: true)
    state.withLock { $0.memories.append(status) }
    return status
  }
  func detachMemory(_ name: String) throws -> MemoryStatus {
    note("detach \(name)")
    return try state.withLock { state in
      guard let index = state.memories.firstIndex(where: { $0.name == name }) else {
        throw ChatError.noSuchMemory(attached: [])
      }
      return state.memories.remove(at: index)
    }
  }
  func saveMemory(_ name: String, as path: String) throws -> MemoryStatus {
    note("save \(name) as \(path)")
    return try state.withLock { state in
      guard let memory = state.memories.first(where: { $0.name == name }) else {
        throw ChatError.noSuchMemory(attached: [])
      }
      return memory
    }
  }
  func keepAttached() throws -> [String] {
    note("keep")
    if let failure = state.withLock({ $0.saveFailure }) { throw failure }
    return state.withLock { $0.memories.map(\.name) }
  }
  func saveAttached() throws -> [String] {
    note("save")
    if let failure = state.withLock({ $0.saveFailure }) { throw failure }
    return state.withLock { $0.memories.map(\.name) }
  }
  func rememberText(_ text: String) throws -> LearningReport {
    note("remember \(text)")
    return LearningReport(tokens: 5, surprisal: 2.5, writes: 4, seconds: 0.1)
  }
  func recallFacts(_ question: String) -> [ChatSession.Recall] {
    note("recall \(question)")
    return state.withLock { $0.recalled }
  }
  func allFacts() -> [ChatSession.Recall] { state.withLock { $0.recalled } }
  func factsOfHandle(_ handle: String, withReplaced: Bool) throws -> [ChatSession.Recall] {
    let found = state.withLock {
      $0.recalled.filter { $0.recalled.fact.handle.hasPrefix(handle) }
    }
    guard !found.isEmpty else { throw MemoryError.noSuchFact(handle: handle, name: "a") }
    return found
  }
  func forgetFact(
    _ handle: String, memory: String?, withReplaced: Bool
  ) throws -> ForgettingReport {
    note("forget \(handle)")
    let facts = state.withLock {
      $0.recalled.map(\.recalled.fact).filter { $0.handle == handle }
    }
    guard !facts.isEmpty else { throw MemoryError.noSuchFact(handle: handle, name: "a") }
    return ForgettingReport(facts: facts, journalTokens: 4, modules: [.neural: .unsupported])
  }
  func lastCitations() -> [Citation] { state.withLock { $0.citations } }
  func lastShown() -> [ShownMemory] { state.withLock { $0.shown } }
  func lastContributions() -> [Recollection] { state.withLock { $0.recollections } }
  func lastLearned() -> [LearnedToken] { state.withLock { $0.learned } }
  func compareReplies(_ prompt: String, options: GenerationOptions) throws -> Comparison {
    note("ab \(prompt)")
    return state.withLock { $0.comparison }
  }
  func lastSurprise() throws -> [TokenSurprisal] {
    note("surprise")
    return try state.withLock { state in
      guard !state.surprise.isEmpty else { throw ChatError.noTurn(action: "look at") }
      return state.surprise
    }
  }
}

/// Output kept as text.
@MainActor
final class RecordedOutput: ReplOutput {
  let allowsColor: Bool
  let columns: Int?
  private(set) var text = ""
  private(set) var problems: [String] = []

  init(allowsColor: Bool = false, columns: Int? = nil) {
    self.allowsColor = allowsColor
    self.columns = columns
  }

  func write(_ text: String) { self.text += text }
  func writeProblem(_ text: String) { problems.append(text) }
  func beginWaiting(_ label: String) {}
  func endWaiting() {}
  func showProgress(_ fraction: Double, _ label: String) {}
}

/// Lines and interruptions in a fixed order, as if a person typed them.
@MainActor
final class TypedLines: LineSource {
  let isInteractive = true
  private var inputs: [InputLine]
  private(set) var prompts: [String] = []
  private(set) var remembered: [String] = []
  private(set) var historyIsOn = true

  init(_ inputs: [InputLine]) { self.inputs = inputs }

  func next(prompt: String) -> InputLine {
    prompts.append(prompt)
    return inputs.isEmpty ? .end : inputs.removeFirst()
  }
  func remember(_ input: String) { remembered.append(input) }
  func setHistory(_ enabled: Bool) { historyIsOn = enabled }
}

extension ModelSummary {
  static let sample = ModelSummary(
    name: "tiny", path: "/models/tiny.gguf", bytes: 1000, architecture: "llama",
    parameters: 5_800_000, vocabularySize: 4096, contextLength: 512, width: 256, layerCount: 6,
    headCount: 4, keyValueHeadCount: 2, feedForwardWidth: 704, elementTypes: ["F16": 56],
    templateFamily: "mneme", template: nil)
}
