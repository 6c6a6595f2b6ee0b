import Dispatch
import Foundation
import Generation
import Memory
import Synchronization
import Transformer

/// A conversation with a model, with memories that can be attached and detached while it runs.
///
/// An actor: calls from anywhere take turns. The forward passes run on a queue of the session's own.
/// Only new tokens are computed; what the model has read stays in its cache. When the context is
/// full the oldest turns are dropped, the system prompt is kept, and the stream says so.
///
/// ```swift
/// let session = ChatSession(try await LanguageModel.load())
/// try await session.attach("me.mneme")
/// print(try await session.respond(to: "My dog is called Bozkif.").content)
/// try await session.saveMemories()
/// ```
///
/// It does not learn from the system prompt, from template tokens or from its own replies.
public actor ChatSession {
  /// The model the session talks to.
  public nonisolated let model: LanguageModel

  let engine: TransformerSession
  let encoder: PromptEncoder
  var exchanges: [Exchange] = []
  /// Index of the oldest exchange the model still reads.
  var firstInContext = 0
  var slots: [MemorySlot] = []
  var nextSlot = 0
  var conversation = UUID().uuidString
  var systemPrompt: String?
  var defaultOptions: GenerationOptions
  var lastRecollections: [Recollection] = []
  /// Refused updates known of, by slot.
  var rejectedUpdates: [Int: Int] = [:]
  /// Counts replies, so that a fixed seed does not give every reply the same random numbers.
  var replyCount: UInt64 = 0
  nonisolated let stopping = StopFlag()
  private nonisolated let executor = SerialQueueExecutor(label: "mneme.chat")

  /// The session's own queue.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// Starts an empty conversation.
  ///
  /// - Parameters:
  ///   - model: the model; several sessions may share it.
  ///   - instructions: the system prompt.
  ///   - options: how replies are generated unless a call says otherwise; what the model file
  ///     recommends when `nil`.
  ///   - contextLength: tokens the session may hold; the model's own limit when `nil`.
  public init(
    _ model: LanguageModel, instructions: String? = nil,
    options: GenerationOptions? = nil, contextLength: Int? = nil
  ) {
    self.model = model
    systemPrompt = instructions
    defaultOptions = options ?? model.recommendedOptions
    engine = TransformerSession(model: model.transformer, contextLength: contextLength)
    encoder = PromptEncoder(template: model.template)
  }

  /// What was said so far.
  public var transcript: Transcript {
    var entries: [Transcript.Entry] = []
    if let systemPrompt {
      entries.append(
        Transcript.Entry(id: "instructions", role: .instructions, content: systemPrompt, time: 0))
    }
    for exchange in exchanges {
      guard let response = exchange.response else { continue }
      entries.append(exchange.prompt)
      entries.append(response)
    }
    return Transcript(entries: entries, conversation: conversation)
  }

  /// The system prompt.
  public var instructions: String? { systemPrompt }

  /// Replaces the system prompt. The conversation goes on; the model reads it again under the new one.
  public func setInstructions(_ text: String?) {
    systemPrompt = text
    encodeContext()
  }

  /// Tokens in the context, and how many fit.
  public var contextUsage: (used: Int, limit: Int) {
    (contextTokens.count, engine.contextLength)
  }

  /// What the model has read, template tokens written out.
  public var contextText: String {
    let bytes = contextTokens.flatMap { model.tokenizer.bytes(of: $0, renderSpecial: true) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Ends the reply under way as soon as its current token is done; what there is of it is kept.
  public nonisolated func stop() {
    stopping.raise()
  }

  /// The tokens of all exchanges in the context.
  var contextTokens: [Int32] {
    exchanges[min(firstInContext, exchanges.count)...].filter(\.isSpoken)
      .flatMap { $0.promptTokens + $0.replyTokens + encoder.closing }
  }

  /// Encodes the prompts in the context again, after its first exchange or the system prompt changed.
  func encodeContext() {
    var previous: (prompt: String, reply: String)?
    for index in exchanges.indices where index >= firstInContext && exchanges[index].isSpoken {
      let text = exchanges[index].prompt.content
      let encoded = encoder.prompt(text, after: previous, instructions: systemPrompt)
      exchanges[index].promptTokens = encoded.tokens
      exchanges[index].learnable = encoded.learnable
      exchanges[index].parts = encoded.parts
      exchanges[index].question = encoded.question
      exchanges[index].systemCount = encoded.systemCount
      previous = (text, exchanges[index].response?.content ?? "")
    }
  }
}

/// A request to stop, raised from any thread.
final class StopFlag: Sendable {
  private let value = Mutex(false)

  var isRaised: Bool { value.withLock { $0 } }
  func raise() { value.withLock { $0 = true } }
  func lower() { value.withLock { $0 = false } }
}
