package import Mneme

/// What the REPL asks of a chat session. `ChatSession` is one; tests bring their own.
package protocol Conversation: Sendable {
  /// Streams the reply to a message.
  func reply(to prompt: String, options: GenerationOptions) -> ChatStream
  /// Streams another reply to the last message.
  func regenerate(options: GenerationOptions) -> ChatStream
  /// Streams what follows the last reply.
  func continueReply(options: GenerationOptions) -> ChatStream
  /// Ends the reply under way and keeps what there is.
  func stop()
  /// Takes back the last `count` turns, in the conversation and in the memory; returns how many.
  func undoSteps(_ count: Int) async throws -> Int
  /// Brings back what was taken back last; returns the messages, oldest first.
  func redoSteps() async throws -> [String]
  /// The messages of the last `count` turns and told statements, oldest first.
  func lastMessages(_ count: Int) async -> [String]
  /// Starts over: same instructions, same memories, no turns.
  func startOver() async throws
  /// The system prompt.
  func currentInstructions() async -> String?
  /// Replaces the system prompt; `nil` removes it.
  func replaceInstructions(_ text: String?) async throws
  /// What was said so far.
  func currentTranscript() async -> Transcript
  /// Replaces what was said so far. What `saveContext` left in a file spares reading it again.
  func takeUp(_ transcript: Transcript, context path: String) async throws
  /// Keeps what the model has read, beside a transcript that was saved.
  func saveContext(to path: String) async throws
  /// Tokens the model has in its context, the limit, and their text, template tokens included.
  func currentContext() async -> (used: Int, limit: Int, text: String)
  /// What is attached.
  func attachedMemories() async -> [MemoryStatus]
  /// The names of what is attached.
  func attachedNames() async -> [String]
  /// Attaches the memory in a file, creating it if need be.
  func attachMemory(
    _ path: String, readOnly: Bool, passphrase: Passphrase?,
    progress: @escaping @Sendable (Double, String) -> Void
  ) async throws -> MemoryStatus
  /// Saves and detaches a memory.
  func detachMemory(_ name: String) async throws -> MemoryStatus
  /// Makes what the memories learned durable at little cost; returns the names.
  func keepAttached() async throws -> [String]
  /// Writes every memory with unsaved changes to its file; returns the names.
  func saveAttached() async throws -> [String]
  /// Saves a memory as a new file and goes on with that.
  func saveMemory(_ name: String, as path: String) async throws -> MemoryStatus
  /// Streams a statement into the attached memories without replying to it.
  func rememberText(_ text: String) async throws -> LearningReport
  /// The facts that fit a question best.
  func recallFacts(_ question: String) async throws -> [ChatSession.Recall]
  /// The facts that hold, in the order in which they were told.
  func allFacts() async throws -> [ChatSession.Recall]
  /// Takes a fact out of a memory, with those it took the place of if wanted; of the first that has it when none is named.
  func forgetFact(
    _ handle: String, memory: String?, withReplaced: Bool
  ) async throws -> ForgettingReport
  /// The facts whose handle begins so, in the first memory that has one, with those they took the place of if wanted.
  func factsOfHandle(_ handle: String, withReplaced: Bool) async throws -> [ChatSession.Recall]
  /// What the memories contributed to the last reply.
  func lastContributions() async -> [Recollection]
  /// The facts the last reply rests on, or may rest on.
  func lastCitations() async -> [Citation]
  /// What memories of rows showed the attention of the last reply.
  func lastShown() async -> [ShownMemory]
  /// What the neural memories learned last, token by token.
  func lastLearned() async -> [LearnedToken]
  /// How much the tokens of the last turn surprised the model, alone and with the memories as they were before it.
  func lastSurprise() async throws -> [TokenSurprisal]
  /// Answers a message twice, without and with the memories, from the same seed; nothing is kept.
  func compareReplies(_ prompt: String, options: GenerationOptions) async throws -> Comparison
}

/// A reply in pieces.
package typealias ChatStream = AsyncThrowingStream<ChatStreamEvent, any Error>

extension ChatSession: Conversation {
  package nonisolated func reply(to prompt: String, options: GenerationOptions) -> ChatStream {
    streamDetails(to: prompt, options: options)
  }

  package nonisolated func regenerate(options: GenerationOptions) -> ChatStream {
    streamRegeneration(options: options)
  }

  package nonisolated func continueReply(options: GenerationOptions) -> ChatStream {
    streamContinuation(options: options)
  }

  package func currentInstructions() -> String? { instructions }

  package func currentTranscript() -> Transcript { transcript }

  package func currentContext() -> (used: Int, limit: Int, text: String) {
    (contextUsage.used, contextUsage.limit, contextText)
  }

  package func attachedMemories() -> [MemoryStatus] { memories }

  package func attachedNames() -> [String] { memoryNames }

  package func attachMemory(
    _ path: String, readOnly: Bool, passphrase: Passphrase?,
    progress: @escaping @Sendable (Double, String) -> Void
  ) throws -> MemoryStatus {
    try attach(path, readOnly: readOnly, passphrase: passphrase, progress: progress)
  }

  package func detachMemory(_ name: String) throws -> MemoryStatus { try detach(name) }

  package func rememberText(_ text: String) throws -> LearningReport { try remember(text) }

  package func recallFacts(_ question: String) throws -> [Recall] { try recall(question) }

  package func forgetFact(
    _ handle: String, memory: String?, withReplaced: Bool
  ) throws -> ForgettingReport {
    try forget(fact: handle, memory: memory, withReplaced: withReplaced)
  }

  package func factsOfHandle(_ handle: String, withReplaced: Bool) throws -> [Recall] {
    try facts(handle: handle, withReplaced: withReplaced)
  }

  package func lastContributions() -> [Recollection] { recollections }

  package func lastCitations() -> [Citation] { citations }

  package func lastShown() -> [ShownMemory] { shown }

  package func lastLearned() -> [LearnedToken] { learnedTokens }

  package func lastSurprise() throws -> [TokenSurprisal] { try surprise() }

  package func compareReplies(
    _ prompt: String, options: GenerationOptions
  ) throws -> Comparison {
    try compare(prompt, options: options)
  }

  package func undoSteps(_ count: Int) throws -> Int { try undo(count) }

  package func redoSteps() throws -> [String] { try redo() }

  package func lastMessages(_ count: Int) -> [String] { messages(last: count) }

  package func allFacts() throws -> [Recall] { try currentFacts() }

  package func replaceInstructions(_ text: String?) { setInstructions(text) }

  package func startOver() { clear() }

  package func takeUp(_ transcript: Transcript, context path: String) {
    load(transcript)
    restoreContext(from: path)
  }

  package func saveMemory(_ name: String, as path: String) throws -> MemoryStatus {
    try saveMemory(name, to: path)
  }

  package func keepAttached() throws -> [String] { try keepMemories() }

  package func saveAttached() throws -> [String] { try saveMemories() }
}
