import Tokenization
import Transformer

extension ChatTemplate {
  /// The tokens of a conversation.
  ///
  /// The text before a reply is encoded separately from it, as it was when the reply was generated, so that a cache
  /// filled while chatting agrees with the encoding of the whole conversation.
  ///
  /// A conversation that the file's own template refuses (`render` says why) is encoded in the form of its family.
  ///
  /// - Parameters:
  ///   - messages: the conversation.
  ///   - addGenerationPrompt: whether the assistant's next message is announced at the end.
  ///   - isDeclared: whether what the user says was stated as a fact, as by `mneme memory write`: then all of it is
  ///     learned but for questions; else what states nothing is left out (`Sentence.parts`).
  public func encode(
    _ messages: [ChatMessage], addGenerationPrompt: Bool, isDeclared: Bool = false
  ) -> EncodedChat {
    encodeNoting(messages, addGenerationPrompt: addGenerationPrompt, isDeclared: isDeclared).chat
  }

  /// The tokens of a conversation, and why the file's own template refuses it, if it does; see `encode`.
  package func encodeNoting(
    _ messages: [ChatMessage], addGenerationPrompt: Bool, isDeclared: Bool = false
  ) -> (chat: EncodedChat, refusal: JinjaError?) {
    guard let program else {
      return (inFamilyForm(messages, addGenerationPrompt, isDeclared), nil)
    }
    let written: [Part]
    do throws(JinjaError) {
      written = try parts(messages, addGenerationPrompt: addGenerationPrompt, by: program)
    } catch {
      return (inFamilyForm(messages, addGenerationPrompt, isDeclared), error)
    }
    var encoder = ChatEncoder(tokenizer: tokenizer, isPlain: false, guarded: marks.guarded)
    encoder.isDeclared = isDeclared
    if tokenizer.special.addBOS, let bos = tokenizer.special.bos,
      written.first != .control(bos, message: nil)
    {
      encoder.append(bos)
    }
    for part in written { encoder.take(part) }
    encoder.flush()
    return (encoder.chat, nil)
  }

  /// The tokens of a conversation in the form of the family.
  private func inFamilyForm(
    _ messages: [ChatMessage], _ addGenerationPrompt: Bool, _ isDeclared: Bool
  ) -> EncodedChat {
    var encoder = ChatEncoder(
      tokenizer: tokenizer, isPlain: family == .plain, guarded: marks.guarded)
    encoder.isDeclared = isDeclared
    if tokenizer.special.addBOS || family == .mneme, let bos = tokenizer.special.bos {
      encoder.append(bos)
    }
    for part in parts(messages, addGenerationPrompt: addGenerationPrompt) { encoder.take(part) }
    encoder.flush()
    return encoder.chat
  }

  /// The tokens of a reply alone, as they follow a generation prompt, its reasoning between marks.
  ///
  /// - Parameter opensReasoning: whether the generation prompt has opened a block of reasoning.
  package func encode(reply: ChatMessage, opensReasoning: Bool = false) -> [Int32] {
    var encoder = ChatEncoder(
      tokenizer: tokenizer, isPlain: family == .plain, guarded: marks.guarded)
    if let reasoning, opensReasoning || reply.reasoning != nil {
      if !opensReasoning {
        encoder.take(.mark(reasoning.open, message: nil))
        encoder.take(.literal("\n", message: nil))
      }
      if let thought = reply.reasoning { encoder.take(.literal(thought + "\n", message: nil)) }
      if !reply.content.isEmpty {
        encoder.take(.mark(reasoning.close, message: nil))
        encoder.take(.literal("\n\n", message: nil))
      }
    }
    encoder.take(.literal(reply.content, message: nil))
    encoder.flush()
    return encoder.chat.tokens
  }
}

/// Collects the text between control tokens and encodes it in one piece, recording for every token where it comes from.
struct ChatEncoder {
  /// A part of the gathered text, in bytes.
  private struct Span {
    var text: String
    var range: Range<Int>
    let message: Int?
    let isLearnable: Bool
    let part: TokenPart
  }

  let tokenizer: any Tokenizer
  let isPlain: Bool
  /// Further tokens that text must not become.
  let guarded: Set<Int32>
  /// Whether the user's messages were stated as facts.
  var isDeclared = false
  private(set) var chat = EncodedChat()
  private var spans: [Span] = []
  /// The last message of a user so far: its content is the question.
  private var asked: Int?
  /// Whether the tokens so far end with text.
  private var followsText = false
  /// Whether the next white space belongs to the control token before it.
  private var swallowsSpace = false

  init(tokenizer: any Tokenizer, isPlain: Bool, guarded: Set<Int32> = []) {
    self.tokenizer = tokenizer
    self.isPlain = isPlain
    self.guarded = guarded
  }

  mutating func take(_ part: ChatTemplate.Part) {
    switch part {
    case .said(_, .user, let message), .content(_, .user, let message):
      if asked != message { chat.question = 0..<0 }
      asked = message
    default: break
    }
    switch part {
    case .mark(let name, let message):
      if let id = mark(name) {
        take(.control(id, message: message))
      } else {
        add(name, message: message, isLearnable: false)
      }
    case .control(let id, let message):
      if tokenizer.special.swallowsSpaceBefore.contains(id) { dropSpace() }
      flush()
      append(id, message: message)
      followsText = false
      swallowsSpace = tokenizer.special.swallowsSpace.contains(id)
    case .literal(let text, let message):
      add(text, message: message, isLearnable: false)
    case .thought(let text, let message):
      add(text, message: message, isLearnable: false)
    case .said(let text, let role, let message):
      add(text, message: message, isLearnable: false, part: TokenPart(role))
    case .content(let text, let role, let message):
      let standsApart = role == .assistant || isPlain
      if standsApart { flush(beforeReply: true) }
      if role == .user {
        for part in Sentence.split(text).flatMap({ $0.parts(isDeclared: isDeclared) }) {
          add(part.text, message: message, isLearnable: part.isStatement, part: .user)
        }
      } else {
        add(text, message: message, isLearnable: false, part: TokenPart(role))
      }
      if standsApart { flush() }
    case .cut(let beforeWord): flush(beforeReply: beforeWord)
    }
  }

  mutating func append(
    _ id: Int32, message: Int? = nil, isLearnable: Bool = false, part: TokenPart = .mark,
    isQuestion: Bool = false
  ) {
    if isQuestion {
      let place = chat.tokens.count
      chat.question = (chat.question.isEmpty ? place : chat.question.lowerBound)..<place + 1
    }
    chat.parts.append(part)
    chat.tokens.append(id)
    chat.learnable.append(isLearnable)
    chat.messageIndex.append(message)
  }

  /// The control token of a mark; nil when the vocabulary has none.
  private func mark(_ name: String) -> Int32? {
    guard let id = tokenizer.id(ofPiece: name) else { return nil }
    let kind = tokenizer.kind(of: id)
    return kind == .control || kind == .userDefined ? id : nil
  }

  private mutating func add(
    _ text: String, message: Int?, isLearnable: Bool, part: TokenPart = .mark
  ) {
    let text = swallowsSpace ? String(text.drop { $0.isASCII && $0.isWhitespace }) : text
    guard !text.isEmpty else { return }
    swallowsSpace = false
    let start = spans.last?.range.upperBound ?? 0
    spans.append(
      Span(
        text: text, range: start..<start + text.utf8.count, message: message,
        isLearnable: isLearnable, part: part))
  }

  /// Drops the white space at the end of the collected text, which belongs to the control token after it.
  private mutating func dropSpace() {
    while let last = spans.last {
      var text = last.text
      while let end = text.last, end.isWhitespace { text.removeLast() }
      let start = last.range.lowerBound
      spans[spans.count - 1].text = text
      spans[spans.count - 1].range = start..<start + text.utf8.count
      guard text.isEmpty else { return }
      spans.removeLast()
    }
  }

  /// Encodes the collected text.
  ///
  /// - Parameter beforeReply: whether a reply follows; after a word it begins like any text, with a leading space.
  mutating func flush(beforeReply: Bool = false) {
    guard let last = spans.last else { return }
    let text = spans.map(\.text).joined()
    let ids = encode(text, continuing: followsText)
    let lengths = ids.map { tokenizer.bytes(of: $0, renderSpecial: true).count }
    let surplus = lengths.reduce(0, +) - text.utf8.count
    if surplus == 0 || surplus == 1 {
      // One byte more is the leading space, which belongs to the text after it.
      attribute(ids, lengths, from: -surplus)
    } else {
      // Some token does not print its text exactly: encode the parts one by one.
      for span in spans {
        for id in encode(span.text, continuing: followsText) {
          append(
            id, message: span.message, isLearnable: span.isLearnable, part: span.part,
            isQuestion: isQuestion(span))
        }
        followsText = true
      }
    }
    followsText = true
    if beforeReply, let end = last.text.last, !end.isWhitespace { followsText = false }
    spans = []
  }

  private func isQuestion(_ span: Span) -> Bool {
    span.part == .user && span.message != nil && span.message == asked
  }

  /// Assigns every token to the part in which it ends; a token with a byte of the user's text is learnable, and one
  /// with a byte of the question belongs to it.
  private mutating func attribute(_ ids: [Int32], _ lengths: [Int], from start: Int) {
    var position = start
    var index = 0
    for (id, length) in zip(ids, lengths) {
      let begin = position
      position += length
      while index < spans.count - 1, spans[index].range.upperBound < position { index += 1 }
      let end = position
      let touched = spans.lazy.filter { span in
        begin < span.range.upperBound
          && (span.range.lowerBound < end || span.range.lowerBound == 0)
      }
      let isLearnable = touched.contains(where: \.isLearnable)
      append(
        id, message: spans[index].message, isLearnable: isLearnable,
        part: isLearnable ? .user : spans[index].part,
        isQuestion: touched.contains(where: isQuestion))
    }
  }

  /// The tokens of a text, none of which is a mark.
  ///
  /// Text never becomes control tokens, but it can become user-defined ones, and some vocabularies store their marks as
  /// such. A text that contains one is split inside it.
  private func encode(_ text: String, continuing: Bool) -> [Int32] {
    let ids = tokenizer.encode(fragment: text, continuing: continuing)
    let marks = Set(ids.filter(isMark))
    guard !marks.isEmpty else { return ids }
    var cuts: Set<String.Index> = []
    for mark in marks {
      for range in text.ranges(of: tokenizer.piece(mark)) {
        cuts.insert(text.index(after: range.lowerBound))
      }
    }
    var start = text.startIndex
    var safe: [Int32] = []
    for end in cuts.sorted() + [text.endIndex] {
      let part = String(text[start..<end])
      safe += tokenizer.encode(fragment: part, continuing: continuing || start > text.startIndex)
      start = end
    }
    return safe.filter { !isMark($0) }
  }

  private func isMark(_ id: Int32) -> Bool {
    guard tokenizer.kind(of: id) == .userDefined else { return false }
    if guarded.contains(id) { return true }
    let piece = tokenizer.piece(id)
    return piece.hasPrefix("<|") && piece.hasSuffix("|>")
      || piece == "<start_of_turn>" || piece == "<end_of_turn>"
  }
}
