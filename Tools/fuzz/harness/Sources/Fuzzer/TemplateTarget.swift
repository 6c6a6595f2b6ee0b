import Foundation
import Generation
import ModelFiles
import Tokenization

/// Any text as a chat template, rendered and encoded for a conversation.
enum TemplateTarget {
  static let tokenizer: any Tokenizer = {
    guard let file = try? SmallVocabulary().file(), let tokenizer = try? loadTokenizer(from: file)
    else { Target.report("the small vocabulary does not load") }
    return tokenizer
  }()

  private static let talk = [
    ChatMessage(role: .system, content: "be <|end|> kind"),
    ChatMessage(role: .user, content: " hello\n"), ChatMessage(role: .assistant, content: "hi"),
    ChatMessage(role: .user, content: ""),
  ]

  static func run(_ bytes: UnsafeRawBufferPointer) {
    let text = String(decoding: bytes, as: UTF8.self)
    let chat = ChatTemplate(detecting: text, tokenizer: tokenizer)
    guard chat.note == nil else { return }
    encode(talk, by: chat)
  }

  static func encode(_ messages: [ChatMessage], by chat: ChatTemplate) {
    for prompt in [false, true] {
      _ = try? chat.render(messages, addGenerationPrompt: prompt)
      let encoded = chat.encode(messages, addGenerationPrompt: prompt)
      guard encoded.learnable.count == encoded.tokens.count,
        encoded.messageIndex.count == encoded.tokens.count,
        encoded.tokens.allSatisfy({ $0 >= 0 && Int($0) < tokenizer.vocabularySize })
      else { Target.report("tokens without provenance") }
    }
  }
}

/// Any conversation through fixed templates: the first byte chooses the form, zero bytes part the messages.
enum MessagesTarget {
  private static let source =
    "{% for m in messages %}{{ '<|' + m['role'] + '|>' + m['content'] | trim + '<|end|>' }}"
    + "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
  private static let chats: [ChatTemplate] =
    ChatTemplate.Family.allCases.map {
      ChatTemplate(family: $0, tokenizer: TemplateTarget.tokenizer)
    } + [
      ChatTemplate(detecting: source, tokenizer: TemplateTarget.tokenizer)
    ]
  private static let end = TemplateTarget.tokenizer.encode(
    "<|end|>", addBOS: false, parseSpecial: true)

  static func run(_ bytes: UnsafeRawBufferPointer) {
    guard let first = bytes.first else { return }
    let chat = chats[Int(first) % chats.count]
    let roles: [ChatRole] = [.user, .assistant, .system]
    let messages = bytes.dropFirst().split(separator: 0, omittingEmptySubsequences: false)
      .prefix(32).enumerated().map { index, text in
        ChatMessage(
          role: roles[(index + Int(first) / chats.count) % roles.count],
          content: String(decoding: text, as: UTF8.self))
      }
    TemplateTarget.encode(messages, by: chat)
    // Nobody can speak as someone else: what users write has no marks in it.
    let encoded = chat.encode(messages, addGenerationPrompt: false)
    for (token, message) in zip(encoded.tokens, encoded.messageIndex) where end.contains(token) {
      guard let message, messages[message].role == .user, chat.family == .plain else { continue }
      Target.report("a mark within a message")
    }
  }
}
