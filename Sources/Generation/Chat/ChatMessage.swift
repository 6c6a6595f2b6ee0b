public import Transformer

/// Who says a message.
public enum ChatRole: String, Sendable, Codable, CaseIterable {
  case system
  case user
  case assistant
}

extension TokenPart {
  /// What a speaker says.
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
  /// Who says it.
  public var role: ChatRole
  /// What is said.
  public var content: String

  /// Creates a message.
  public init(role: ChatRole, content: String) {
    self.role = role
    self.content = content
  }
}

/// A conversation in a model's own tokens.
public struct EncodedChat: Sendable, Equatable {
  /// The tokens.
  public var tokens: [Int32]
  /// For every token, whether it is what a user said; false for the template, system prompts and replies.
  public var learnable: [Bool]
  /// For every token, the message it belongs to with its marks; nil for the begin of sequence and the generation prompt.
  public var messageIndex: [Int?]
  /// For every token, whose words it is of; a mark when it is the template's.
  public var parts: [TokenPart]
  /// The tokens that hold the last user message's own words, as offsets: without the marks around them, and without what the
  /// template writes after them to announce a reply. Empty where no user says anything.
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

  /// The conversation as a prompt that an answer follows; encoded with the generation prompt.
  public var prompt: Prompt { Prompt(tokens: tokens, question: question) }
}
