import Tokenization

extension ChatTemplate {
  /// A conversation as text, in segments that distinguish the template's text from the messages' content.
  ///
  /// - Parameters:
  ///   - messages: the conversation.
  ///   - addGenerationPrompt: whether the assistant's next message is announced at the end.
  /// - Throws: `JinjaError` where the file's own template refuses the conversation; `encode` then uses the built-in form
  ///   of the template's family.
  public func render(
    _ messages: [ChatMessage], addGenerationPrompt: Bool
  ) throws(JinjaError) -> [ChatSegment] {
    guard let program else {
      return parts(messages, addGenerationPrompt: addGenerationPrompt).compactMap(segment)
    }
    return try rendered(messages, addGenerationPrompt, by: program).segments
  }

  private func segment(_ part: Part) -> ChatSegment? {
    switch part {
    case .mark(let name, let message):
      ChatSegment(text: name, message: message, isContent: false)
    case .control(let id, let message):
      ChatSegment(text: tokenizer.piece(id), message: message, isContent: false)
    case .literal("", _), .content("", _, _), .cut: nil
    case .literal(let text, let message):
      ChatSegment(text: text, message: message, isContent: false)
    case .said("", _, _), .thought: nil
    case .content(let text, _, let message), .said(let text, _, let message):
      ChatSegment(text: text, message: message, isContent: true)
    }
  }

  private func rendered(
    _ messages: [ChatMessage], _ addGenerationPrompt: Bool, by program: ChatProgram
  ) throws(JinjaError) -> RenderedChat {
    let begin = tokenizer.special.bos.map { Array(tokenizer.piece($0).unicodeScalars) } ?? []
    return RenderedChat(
      try program.output(messages, addGenerationPrompt: addGenerationPrompt), begin: begin,
      generationPrompt: addGenerationPrompt ? program.generationPrompt : nil)
  }

  /// The parts of a conversation that the file's own template writes.
  func parts(
    _ messages: [ChatMessage], addGenerationPrompt: Bool, by program: ChatProgram
  ) throws(JinjaError) -> [Part] {
    let chat = try rendered(messages, addGenerationPrompt, by: program)
    let cuts = replyCuts(messages, in: chat, after: program.generationPrompt)
    var parts: [Part] = []
    var start = 0
    while start < chat.characters.count {
      if let isReply = cuts[start] {
        let isWord = !isPythonSpace(chat.characters[start].scalar)
        parts.append(.cut(beforeWord: isReply && isWord))
      }
      let isContent = chat.characters[start].origin >= 0
      var end = start + 1
      while end < chat.characters.count, cuts[end] == nil,
        isContent
          ? chat.characters[end].origin == chat.characters[start].origin
          : chat.characters[end].origin < 0
      {
        end += 1
      }
      if isContent {
        let message = Int(chat.owners[start])
        let text = chat.text(start..<end)
        let role = messages[message].role
        guard !chat.characters[start].isReasoning else {
          parts.append(.thought(text, message: message))
          start = end
          continue
        }
        parts.append(
          role == .user
            ? .content(text, role: role, message: message)
            : .said(text, role: role, message: message))
      } else {
        parts += literal(start..<end, of: chat)
      }
      start = end
    }
    return parts
  }

  /// The positions at which replies begin (true) and end (false).
  ///
  /// A reply begins where its generation would begin: after the generation prompt, or with its content if there is
  /// another prompt. It ends with its content.
  private func replyCuts(
    _ messages: [ChatMessage], in chat: RenderedChat, after prompt: [Unicode.Scalar]
  ) -> [Int: Bool] {
    var starts: [Int32: Int] = [:]
    var begins: [Int32: Int] = [:]
    var ends: [Int32: Int] = [:]
    for (index, owner) in chat.owners.enumerated()
    where owner >= 0 && Int(owner) < messages.count && messages[Int(owner)].role == .assistant {
      let isContent = chat.characters[index].origin >= 0
      if isContent { ends[owner] = index + 1 }
      guard begins[owner] == nil else { continue }
      let start = starts[owner] ?? index
      starts[owner] = start
      // At most some line breaks come before a message.
      if index - start < 4, chat.says(prompt, at: index, owner: owner) {
        begins[owner] = index + prompt.count
      } else if isContent {
        begins[owner] = index
      }
    }
    var cuts: [Int: Bool] = [:]
    for end in ends.values { cuts[end] = false }
    for begin in begins.values { cuts[begin] = true }
    return cuts
  }

  /// The template's own text, its marks as control tokens.
  private func literal(_ range: Range<Int>, of chat: RenderedChat) -> [Part] {
    var parts: [Part] = []
    var start = range.lowerBound
    var index = start
    func owner(_ index: Int) -> Int? { chat.owners[index] < 0 ? nil : Int(chat.owners[index]) }
    func flush(to end: Int) {
      var begin = start
      while begin < end {
        var stop = begin + 1
        while stop < end, chat.owners[stop] == chat.owners[begin] { stop += 1 }
        parts.append(.literal(chat.text(begin..<stop), message: owner(begin)))
        begin = stop
      }
    }
    while index < range.upperBound {
      guard let mark = marks.first(in: chat.characters[index..<range.upperBound]) else {
        index += 1
        continue
      }
      flush(to: index)
      parts.append(.control(mark.id, message: owner(index)))
      index += mark.length
      start = index
    }
    flush(to: range.upperBound)
    return parts
  }
}

extension RenderedChat {
  /// Whether a message begins at `start` with this text of the template's.
  func says(_ text: [Unicode.Scalar], at start: Int, owner: Int32) -> Bool {
    guard start + text.count <= characters.count else { return false }
    return text.indices.allSatisfy { offset in
      characters[start + offset].scalar == text[offset] && characters[start + offset].origin < 0
        && owners[start + offset] == owner
    }
  }
}
