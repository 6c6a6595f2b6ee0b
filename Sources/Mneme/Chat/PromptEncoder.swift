import Generation
import Transformer

/// A message in the model's own tokens.
package struct EncodedPrompt {
  /// The tokens before the message's own, of the system prompt and earlier messages; empty for the first message.
  package var context: [Int32] = []
  /// The message, generation prompt included.
  package var tokens: [Int32] = []
  /// Per token of the message, whether it is the user's own words.
  var learnable: [Bool] = []
  /// Per token of the message, the part of the text it belongs to.
  var parts: [TokenPart] = []
  /// The user's own words.
  package var question = 0..<0
  /// Leading tokens that belong to the system prompt.
  var systemCount = 0
  /// Whether the template opens a block of reasoning at the end.
  package var opensReasoning = false
  /// Why the model's own template does not write the conversation, if it refuses it.
  var refusal: JinjaError?

  /// The message as a prompt that a reply answers.
  var prompt: Prompt { Prompt(tokens: tokens, question: question) }

  /// The whole of what the model reads before it replies.
  package var whole: [Int32] { context + tokens }

  /// How many tokens there are up to the end of the user's words.
  var saidCount: Int { (parts.lastIndex(of: .user) ?? -1) + 1 }
}

/// Encodes a conversation as its template renders it, as a whole every time: some templates change earlier turns when
/// later ones are added.
package struct PromptEncoder {
  let template: ChatTemplate
  /// The tokens that the template puts after a reply.
  let closing: [Int32]
  /// How many tokens the template puts behind them only where the conversation ends.
  private let endCount: Int

  /// An encoder for conversations under a template.
  package init(template: ChatTemplate) {
    self.template = template
    // Two replies without a common token: the common suffix of their encodings comes from the template.
    func suffix(_ encode: (String) -> [Int32]) -> [Int32] {
      zip(encode("b").reversed(), encode("7").reversed()).prefix { $0 == $1 }.map(\.0).reversed()
    }
    func talk(_ reply: String) -> [ChatMessage] {
      [ChatMessage(role: .user, content: "a"), ChatMessage(role: .assistant, content: reply)]
    }
    let closing = suffix { reply in
      let chat = template.encode(
        talk(reply) + [ChatMessage(role: .user, content: "c")], addGenerationPrompt: true)
      return zip(chat.tokens, chat.messageIndex).filter { $0.1 == 1 }.map(\.0)
    }
    let ending = suffix { template.encode(talk($0), addGenerationPrompt: false).tokens }
    self.closing = closing
    endCount = ending.starts(with: closing) ? ending.count - closing.count : 0
  }

  /// A message as the template renders it after earlier ones.
  ///
  /// - Parameters:
  ///   - history: the messages before it, users' and assistants'.
  ///   - instructions: the system prompt.
  package func prompt(
    _ text: String, after history: [ChatMessage], instructions: String?
  ) -> EncodedPrompt {
    let earlier = Self.system(instructions) + history
    let (chat, refusal) = template.encodeNoting(
      earlier + [ChatMessage(role: .user, content: text)], addGenerationPrompt: true)
    let own = chat.messageIndex.firstIndex(of: earlier.count)
    // From behind the last reply on: some templates put the system prompt into the last turn.
    let start =
      history.isEmpty
      ? 0 : chat.messageIndex.lastIndex(of: earlier.count - 1).map { $0 + 1 } ?? own ?? 0
    let question = chat.question.clamped(to: start..<chat.tokens.count)
    var prompt = EncodedPrompt(
      context: Array(chat.tokens[..<start]), tokens: Array(chat.tokens[start...]),
      learnable: Array(chat.learnable[start...]), parts: Array(chat.parts[start...]),
      question: question.lowerBound - start..<question.upperBound - start,
      systemCount: history.isEmpty ? own ?? 0 : 0, refusal: refusal)
    if let reasoning = template.reasoning {
      let announced = prompt.tokens[prompt.saidCount...].flatMap {
        template.tokenizer.bytes(of: $0, renderSpecial: true)
      }
      prompt.opensReasoning = reasoning.isOpen(after: String(decoding: announced, as: UTF8.self))
    }
    return prompt
  }

  /// A conversation as the template renders it so far, without what it puts only at the end of one that is over.
  ///
  /// - Parameters:
  ///   - history: users' and assistants' messages in turn.
  ///   - instructions: the system prompt.
  package func context(_ history: [ChatMessage], instructions: String?) -> EncodedChat {
    guard !history.isEmpty else { return EncodedChat() }
    var chat = template.encode(Self.system(instructions) + history, addGenerationPrompt: false)
    let count = chat.tokens.count - endCount
    guard endCount > 0, count > 0, chat.tokens[..<count].ends(with: closing) else { return chat }
    chat.tokens.removeSubrange(count...)
    chat.learnable.removeSubrange(count...)
    chat.messageIndex.removeSubrange(count...)
    chat.parts.removeSubrange(count...)
    return chat
  }

  /// A reply that came from a file, as the model would have generated it after a message.
  func reply(_ reply: ChatMessage, to prompt: String) -> [Int32] {
    let asked = self.prompt(prompt, after: [], instructions: nil)
    let user = ChatMessage(role: .user, content: prompt)
    var tokens = context([user, reply], instructions: nil).tokens
    if tokens.starts(with: asked.whole), tokens.count >= asked.whole.count + closing.count,
      tokens.ends(with: closing)
    {
      tokens.removeLast(closing.count)
      return Array(tokens[asked.whole.count...])
    }
    // The template writes finished replies differently from generated ones.
    return template.encode(reply: reply, opensReasoning: asked.opensReasoning)
  }

  private static func system(_ instructions: String?) -> [ChatMessage] {
    instructions.map { [ChatMessage(role: .system, content: $0)] } ?? []
  }
}

extension Collection where Element: Equatable, Self: BidirectionalCollection {
  /// Whether the last elements are these.
  fileprivate func ends(with other: some BidirectionalCollection<Element>) -> Bool {
    reversed().starts(with: other.reversed())
  }
}
