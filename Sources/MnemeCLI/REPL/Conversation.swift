import Mneme

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
  func undo(_ count: Int) async throws -> Int
  /// Starts over: same instructions, same memories, no turns.
  func clear() async throws
  /// The system prompt.
  func currentInstructions() async -> String?
  /// Replaces the system prompt; `nil` removes it.
  func setInstructions(_ text: String?) async throws
  /// What was said so far.
  func currentTranscript() async -> Transcript
  /// Replaces what was said so far.
  func load(_ transcript: Transcript) async throws
  /// Tokens the model has in its context, and the limit.
  func contextUsage() async -> (used: Int, limit: Int)
  /// The text of the context, template tokens included.
  func contextText() async -> String
  /// What is attached.
  func attachedMemories() async -> [MemoryStatus]
  /// Attaches the memory in a file, creating it if need be.
  func attachMemory(
    _ path: String, readOnly: Bool, progress: @escaping @Sendable (Double, String) -> Void
  ) async throws -> MemoryStatus
  /// Saves and detaches a memory.
  func detachMemory(_ name: String) async throws -> MemoryStatus
  /// Writes every memory with unsaved changes to its file; returns the names.
  func saveMemories() async throws -> [String]
  /// Streams a statement into the attached memories without replying to it.
  func remember(_ text: String) async throws -> LearningReport
  /// What the memories contributed to the last reply.
  func recollections() async -> [Recollection]
  /// Answers a message twice, without and with the memories, from the same seed; nothing is kept.
  func compare(_ prompt: String, options: GenerationOptions) async throws -> Comparison
}

/// A reply in pieces.
package typealias ChatStream = AsyncThrowingStream<ChatStreamEvent, any Error>
