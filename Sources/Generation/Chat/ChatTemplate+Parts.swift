import Tokenization

extension ChatTemplate {
  /// A piece of a conversation before it becomes tokens.
  enum Part: Equatable {
    /// A mark of the template: a control token if the vocabulary has it, else plain text.
    case mark(String, message: Int?)
    /// A control token.
    case control(Int32, message: Int?)
    /// Text of the template.
    case literal(String, message: Int?)
    /// The content of a message.
    case content(String, role: ChatRole, message: Int)
    /// The content of a message that is encoded together with the text around it.
    case said(String, role: ChatRole, message: Int)
    /// What the author of a message thought, encoded together with the text around it.
    case thought(String, message: Int)
    /// A place where encoding restarts, since the following text is generated, or the preceding text was.
    case cut(beforeWord: Bool)
  }

  /// The conversation in the family's form, without the begin of sequence.
  func parts(_ messages: [ChatMessage], addGenerationPrompt: Bool) -> [Part] {
    switch family {
    case .mneme:
      marked(messages, addGenerationPrompt, after: "", end: [.mark("<|end|>", message: nil)])
    case .phi3:
      marked(
        messages, addGenerationPrompt, after: "\n",
        end: [.mark("<|end|>", message: nil), .literal("\n", message: nil)])
    case .zephyr: marked(messages, addGenerationPrompt, after: "\n", end: zephyrEnd)
    case .chatml:
      framed(
        messages, addGenerationPrompt, open: "<|im_start|>", header: "\n", close: "<|im_end|>\n")
    case .llama3: llama3(messages, addGenerationPrompt)
    case .gemma: gemma(messages, addGenerationPrompt)
    case .llama2: llama2(messages)
    case .plain:
      messages.enumerated().flatMap { index, message -> [Part] in
        [
          .content(message.content, role: message.role, message: index),
          .literal("\n", message: index),
        ]
      }
    }
  }

  private var zephyrEnd: [Part] {
    let mark: Part =
      if variant.endsWithEOS, let eos = tokenizer.special.eos {
        .control(eos, message: nil)
      } else {
        .mark("<|endoftext|>", message: nil)
      }
    return [mark, .literal("\n", message: nil)]
  }

  /// `<|role|>` + after + content + end.
  private func marked(
    _ messages: [ChatMessage], _ addGenerationPrompt: Bool, after: String, end: [Part]
  ) -> [Part] {
    var parts: [Part] = []
    for (index, message) in messages.enumerated() {
      parts.append(.mark("<|\(message.role.rawValue)|>", message: index))
      parts.append(.literal(after, message: index))
      parts.append(.content(message.content, role: message.role, message: index))
      parts += end.map { $0.belonging(to: index) }
    }
    if addGenerationPrompt {
      parts.append(.mark("<|assistant|>", message: nil))
      parts.append(.literal(after, message: nil))
    }
    return parts
  }

  /// open + role + header + content + close.
  private func framed(
    _ messages: [ChatMessage], _ addGenerationPrompt: Bool, open: String, header: String,
    close: String
  ) -> [Part] {
    let closing = Self.markAndRest(close)
    var parts: [Part] = []
    for (index, message) in messages.enumerated() {
      parts.append(.mark(open, message: index))
      parts.append(.literal(message.role.rawValue + header, message: index))
      parts.append(.content(message.content, role: message.role, message: index))
      parts += closing.map { $0.belonging(to: index) }
    }
    if addGenerationPrompt {
      parts += [.mark(open, message: nil), .literal("assistant" + header, message: nil)]
    }
    return parts
  }

  private func llama3(_ messages: [ChatMessage], _ addGenerationPrompt: Bool) -> [Part] {
    func header(_ role: String, _ index: Int?) -> [Part] {
      [
        .mark("<|start_header_id|>", message: index), .literal(role, message: index),
        .mark("<|end_header_id|>", message: index), .literal("\n\n", message: index),
      ]
    }
    var parts: [Part] = []
    for (index, message) in messages.enumerated() {
      parts += header(message.role.rawValue, index)
      parts.append(
        .content(Self.trimmed(message.content), role: message.role, message: index))
      parts.append(.mark("<|eot_id|>", message: index))
    }
    return parts + (addGenerationPrompt ? header("assistant", nil) : [])
  }

  /// Gemma has no system messages: they are put in front of the next user message.
  private func gemma(_ messages: [ChatMessage], _ addGenerationPrompt: Bool) -> [Part] {
    var parts: [Part] = []
    var waiting: [Part] = []
    for (index, message) in messages.enumerated() {
      let content = Part.content(
        Self.trimmed(message.content), role: message.role, message: index)
      guard message.role != .system else {
        waiting += [content, .literal("\n\n", message: index)]
        continue
      }
      parts.append(.mark("<start_of_turn>", message: index))
      parts.append(.literal(message.role == .user ? "user\n" : "model\n", message: index))
      if message.role == .user {
        parts += waiting
        waiting = []
      }
      parts += [
        content, .mark("<end_of_turn>", message: index), .literal("\n", message: index),
      ]
    }
    if addGenerationPrompt {
      parts += [.mark("<start_of_turn>", message: nil), .literal("model\n", message: nil)]
    }
    return parts
  }

  /// Llama 2 has no generation prompt: a user message ends with `[/INST]`, and the reply follows.
  private func llama2(_ messages: [ChatMessage]) -> [Part] {
    var parts: [Part] = []
    var isOpen = false
    for (index, message) in messages.enumerated() {
      let text = variant.trims ? Self.trimmed(message.content) : message.content
      let content = Part.content(text, role: message.role, message: index)
      guard message.role != .assistant else {
        parts.append(content)
        if let eos = tokenizer.special.eos { parts.append(.control(eos, message: index)) }
        isOpen = false
        continue
      }
      if !isOpen {
        if index > 0, variant.repeatsBOS, let bos = tokenizer.special.bos {
          parts.append(.control(bos, message: index))
        }
        parts.append(.literal("[INST] ", message: index))
        isOpen = true
      }
      if message.role == .user {
        parts += [content, .literal(" [/INST]", message: index)]
      } else if variant.marksSystem {
        parts += [
          .literal("<<SYS>>\n", message: index), content,
          .literal("\n<</SYS>>\n\n", message: index),
        ]
      } else {
        parts += [content, .literal("\n", message: index)]
      }
    }
    return parts
  }

  /// A mark `<...>` and what follows it.
  private static func markAndRest(_ text: String) -> [Part] {
    guard let end = text.firstIndex(of: ">").map({ text.index(after: $0) }) else {
      return [.literal(text, message: nil)]
    }
    return [
      .mark(String(text[..<end]), message: nil), .literal(String(text[end...]), message: nil),
    ]
  }

  /// Text without the white space of ASCII around it.
  static func trimmed(_ text: String) -> String {
    let isSpace: (Character) -> Bool = { $0.isASCII && $0.isWhitespace }
    let start = text.drop(while: isSpace)
    guard let last = start.lastIndex(where: { !isSpace($0) }) else { return "" }
    return String(start[...last])
  }
}

extension ChatTemplate.Part {
  /// The same part as one of another message.
  fileprivate func belonging(to index: Int) -> Self {
    switch self {
    case .mark(let text, _): .mark(text, message: index)
    case .control(let id, _): .control(id, message: index)
    case .literal(let text, _): .literal(text, message: index)
    case .content(let text, let role, _): .content(text, role: role, message: index)
    case .said(let text, let role, _): .said(text, role: role, message: index)
    case .thought(let text, _): .thought(text, message: index)
    case .cut: self
    }
  }
}
