import Generation
import Memory
import Transformer

/// One step of a conversation: a message and its reply, or a statement that was remembered without a reply.
struct Exchange {
  /// The user's message.
  var prompt: Transcript.Entry
  /// The model's reply; `nil` for a statement without a reply.
  var response: Transcript.Entry?
  /// The message as the model reads it, generation prompt included; empty for a statement.
  var encoded = EncodedPrompt()
  /// The reply, as it was generated.
  var replyTokens: [Int32] = []
  /// States of the attached memories before this step, by slot.
  var snapshots: [Int: MemorySnapshot] = [:]

  var promptTokens: [Int32] { encoded.tokens }

  /// Whether the step is part of the model's context.
  var isSpoken: Bool { response != nil }
}

/// A message in the model's own tokens.
package struct EncodedPrompt {
  package var tokens: [Int32] = []
  /// Per token, whether it is the user's own words.
  var learnable: [Bool] = []
  /// Per token, the part of the text it belongs to.
  var parts: [TokenPart] = []
  /// The user's own words.
  package var question = 0..<0
  /// Leading tokens that belong to the system prompt.
  var systemCount = 0

  /// The message as a prompt that a reply answers.
  var prompt: Prompt { Prompt(tokens: tokens, question: question) }
}

/// Encodes messages one by one, so that tokens already in the cache never change.
package struct PromptEncoder {
  let template: ChatTemplate
  /// The tokens that the template puts after a reply.
  let closing: [Int32]

  package init(template: ChatTemplate) {
    self.template = template
    // Two replies without a common token: the common suffix of their encodings comes from the template.
    let a = Self.encode(template, reply: "b").reversed()
    let b = Self.encode(template, reply: "7").reversed()
    closing = zip(a, b).prefix { $0 == $1 }.map(\.0).reversed()
  }

  /// The tokens of a reply with its control tokens, as they appear before another message: some templates end a
  /// conversation differently.
  private static func encode(_ template: ChatTemplate, reply: String) -> [Int32] {
    let messages = [
      ChatMessage(role: .user, content: "a"), ChatMessage(role: .assistant, content: reply),
      ChatMessage(role: .user, content: "c"),
    ]
    let chat = template.encode(messages, addGenerationPrompt: true)
    return zip(chat.tokens, chat.messageIndex).filter { $0.1 == 1 }.map(\.0)
  }

  /// A message as it follows `previous`, or as the first one after the system prompt.
  package func prompt(
    _ text: String, after previous: (prompt: String, reply: String)?, instructions: String?
  ) -> EncodedPrompt {
    let user = ChatMessage(role: .user, content: text)
    let head = instructions.map { [ChatMessage(role: .system, content: $0)] } ?? []
    guard let previous else {
      let chat = template.encode(head + [user], addGenerationPrompt: true)
      let index = chat.messageIndex.firstIndex(of: head.count) ?? 0
      return EncodedPrompt(
        tokens: chat.tokens, learnable: chat.learnable, parts: chat.parts,
        question: chat.question, systemCount: index)
    }
    let earlier =
      head + [
        ChatMessage(role: .user, content: previous.prompt),
        ChatMessage(role: .assistant, content: previous.reply),
      ]
    let chat = template.encode(earlier + [user], addGenerationPrompt: true)
    // The tokens after the previous reply, not the difference to the previous encoding: some templates change earlier
    // turns when later ones are added, and some put the system prompt into the last one.
    let start =
      chat.messageIndex.lastIndex(of: earlier.count - 1).map { $0 + 1 }
      ?? chat.messageIndex.firstIndex(of: earlier.count) ?? 0
    let question = chat.question.clamped(to: start..<chat.tokens.count)
    return EncodedPrompt(
      tokens: Array(chat.tokens[start...]), learnable: Array(chat.learnable[start...]),
      parts: Array(chat.parts[start...]),
      question: question.lowerBound - start..<question.upperBound - start, systemCount: 0)
  }

  /// A reply that came from a file, as the model would have generated it.
  func reply(_ text: String, to prompt: String) -> [Int32] {
    let user = ChatMessage(role: .user, content: prompt)
    let asked = template.encode([user], addGenerationPrompt: true).tokens
    let answered = [user, ChatMessage(role: .assistant, content: text)]
    let whole = template.encode(answered, addGenerationPrompt: false).tokens
    if whole.starts(with: asked), whole.count >= asked.count + closing.count,
      whole.suffix(closing.count).elementsEqual(closing)
    {
      return Array(whole[asked.count..<(whole.count - closing.count)])
    }
    // Some templates end a conversation otherwise than a reply that another message follows.
    let followed = template.encode(answered + [user], addGenerationPrompt: false)
    if followed.tokens.starts(with: asked),
      let last = followed.tokens.indices.last(where: {
        followed.messageIndex[$0] == 1 && followed.parts[$0] == .assistant
      }), last >= asked.count, followed.tokens[(last + 1)...].starts(with: closing)
    {
      return Array(followed.tokens[asked.count...last])
    }
    // The template writes finished replies differently from generated ones.
    return template.encode(reply: text)
  }
}
