import Foundation
import Generation
public import Memory
public import ModelFiles
import Tokenization
import Transformer

/// Completes a text once, without a conversation around it.
public struct TextCompletion: Sendable {
  /// The result of a completion.
  public struct Result: Sendable, Equatable {
    /// The text and its figures.
    public var response: Response
    /// Tokens of the prompt.
    public var promptTokens: Int
  }

  let model: LanguageModel
  let contextLength: Int
  let memories: [(path: String, isReadOnly: Bool)]
  let passphrases: [ByteString: Passphrase]

  /// A completion by `model`, read-only memories attached.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - contextLength: tokens in a session; the model's own limit when nil.
  ///   - memories: files to attach, each read-only or not.
  ///   - passphrases: by path, of the files that are encrypted.
  public init(
    model: LanguageModel, contextLength: Int? = nil,
    memories: [(path: String, isReadOnly: Bool)] = [], passphrases: [ByteString: Passphrase] = [:]
  ) {
    self.model = model
    self.contextLength = contextLength ?? model.contextLength
    self.memories = memories
    self.passphrases = passphrases
  }

  /// Completes `prompt`.
  ///
  /// - Parameters:
  ///   - prompt: the text; empty to start from the begin of sequence. For a memory, the question is the whole text, or
  ///     the message with `chat`.
  ///   - chat: whether to wrap it as a user's message in the model's template.
  ///   - options: sampling and length.
  ///   - emit: called with each new piece of text, with `chat` of the answer; what it throws ends the completion.
  /// - Throws: `ChatError.messageTooLong`, `ChatError.emptyText` when there is nothing to start from, and what `emit` throws.
  public func run(
    _ prompt: String, chat: Bool, options: GenerationOptions, emit: (String) throws -> Void
  ) throws -> Result {
    let message =
      chat
      ? PromptEncoder(template: model.template).prompt(prompt, after: [], instructions: nil) : nil
    let asked = message?.prompt ?? encode(prompt)
    let tokens = asked.tokens
    guard !tokens.isEmpty else { throw ChatError.emptyText }
    guard tokens.count < contextLength else {
      throw ChatError.messageTooLong(tokens: tokens.count, limit: contextLength - 1)
    }
    let session = TransformerSession(model: model.transformer, contextLength: contextLength)
    let attached = try memories.map {
      try model.loadMemory($0.path, readOnly: true, passphrase: passphrases[$0.path])
        .attach(to: session, readOnly: true)
    }
    defer { for memory in attached { memory.detach() } }
    let clock = ContinuousClock()
    let began = clock.now
    let logits = try session.ask(asked)
    let prefilled = clock.now
    let limit = min(options.maximumResponseTokens, contextLength - tokens.count)
    var generator = TokenGenerator(
      session: session, sampler: Sampler(options.sampling), stop: model.stopTokens,
      maximumTokens: limit, lookup: PromptLookup())
    generator.begin(logits)
    // After a newline, say, the text goes on with a space that is none.
    let goesOn = tokens.last.map(model.tokenizer.putsSpace) ?? false
    var stream = TextStream(tokenizer: model.tokenizer, stripsLeadingSpace: goesOn)
    let marks = chat ? model.template.reasoning : nil
    var reader = marks.map {
      ReasoningReader(marks: $0, isOpen: message?.opensReasoning ?? false)
    }
    var text = ""
    var reasoning: String?
    func take(_ pieces: [ReasoningReader.Piece]) throws {
      for piece in pieces {
        switch piece {
        case .reasoning(let thought): reasoning = (reasoning ?? "") + thought
        case .answer(let piece):
          text += piece
          try emit(piece)
        }
      }
    }
    var generated: [Int32] = []
    while let token = try generator.next() {
      try Task.checkCancellation()
      generated.append(token.id)
      let piece = stream.append(token.id)
      try take(
        reader?.pass(marks?.text(of: token.id, shown: piece) ?? piece) ?? [.answer(piece)])
    }
    try take(reader?.finish() ?? [])
    let ending: Response.Ending =
      generated.count < limit
      ? .endOfTurn : limit < options.maximumResponseTokens ? .contextFull : .length
    let timings = Timings(
      promptTokens: tokens.count, generatedTokens: generated.count,
      promptMilliseconds: (prefilled - began).milliseconds,
      generationMilliseconds: (clock.now - prefilled).milliseconds)
    return Result(
      response: Response(
        content: text, tokens: generated, ending: ending, timings: timings, reasoning: reasoning),
      promptTokens: tokens.count)
  }

  private func encode(_ prompt: String) -> Prompt {
    let tokenizer = model.tokenizer
    let bos = tokenizer.special.bos
    // Nothing to complete: begin with the beginning-of-sequence token, even if the model does not add one.
    if prompt.isEmpty { return Prompt(text: bos.map { [$0] } ?? [], bos: bos) }
    return Prompt(
      text: tokenizer.encode(prompt, addBOS: tokenizer.special.addBOS, parseSpecial: true),
      bos: bos)
  }
}
