public import Transformer

/// The author of a message.
public enum ChatRole: String, Sendable, Codable, CaseIterable {
  case system
  case user
  case assistant
}

extension TokenPart {
  /// The part of the text that a message's content belongs to, by the author's role.
  public init(_ role: ChatRole) {
    self =
      switch role {
      case .system: .system
      case .user: .user
      case .assistant: .assistant
      }
  }
}

/// One message of a conversation.
public struct ChatMessage: Sendable, Codable, Equatable {
  /// Its author.
  public var role: ChatRole
  /// Its text; of the assistant's, the answer alone.
  public var content: String
  /// What the assistant thought before it answered. The template decides whether a model reads it again.
  public var reasoning: String?

  private enum CodingKeys: String, CodingKey {
    case role, content
    case reasoning = "reasoning_content"
  }

  /// Creates a message.
  public init(role: ChatRole, content: String, reasoning: String? = nil) {
    self.role = role
    self.content = content
    self.reasoning = reasoning
  }
}

/// A conversation in a model's own tokens.
public struct EncodedChat: Sendable, Equatable {
  /// The tokens.
  public var tokens: [Int32]
  /// For every token, whether it is a user's own text; false for the template, system prompts and replies.
  public var learnable: [Bool]
  /// For every token, the message it belongs to, control tokens included; nil for the begin of sequence and the
  /// generation prompt.
  public var messageIndex: [Int?]
  /// For every token, the part of the text it belongs to; `.mark` for the template's own.
  public var parts: [TokenPart]
  /// The tokens of the last user message's own words, as offsets: without the control tokens around them, and without
  /// the generation prompt. Empty when there is no user message.
  public var question: Range<Int>

  /// Creates an encoded conversation; the arrays are equally long.
  public init(
    tokens: [Int32] = [], learnable: [Bool] = [], messageIndex: [Int?] = [],
    parts: [TokenPart] = [], question: Range<Int> = 0..<0
  ) {
    self.tokens = tokens
    self.learnable = learnable
    self.messageIndex = messageIndex
    self.parts = parts
    self.question = question
  }

  /// The conversation as a prompt for an answer; encoded with the generation prompt.
  public var prompt: Prompt { Prompt(tokens: tokens, question: question) }
}
