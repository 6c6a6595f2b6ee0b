import Tokenization

/// A model file's own template, compiled and tested.
struct ChatProgram: Sendable {
  private let template: JinjaTemplate
  private let clock: JinjaClock
  private let bos: String
  private let eos: String
  /// The generation prompt: the text that the template puts after a conversation to announce a reply.
  private(set) var generationPrompt: [Unicode.Scalar] = []

  /// Reads a template and tries it on a short conversation.
  ///
  /// - Throws: `JinjaError` for a template that is not in the supported part of Jinja, that fails on the conversation or
  ///   that leaves out some of it.
  init(_ text: String, tokenizer: any Tokenizer, clock: JinjaClock) throws(JinjaError) {
    template = try JinjaTemplate(text)
    self.clock = clock
    bos = tokenizer.special.bos.map(tokenizer.piece) ?? ""
    eos = tokenizer.special.eos.map(tokenizer.piece) ?? ""
    let talk = [
      ChatMessage(role: .user, content: "one"), ChatMessage(role: .assistant, content: "two"),
      ChatMessage(role: .user, content: "three"),
    ]
    let whole = try output(talk, addGenerationPrompt: true)
    for (index, message) in talk.enumerated() {
      let said = whole.characters.filter { $0.origin == Int32(index) }
      guard JinjaString(said).text == message.content else { throw .incomplete }
    }
    generationPrompt = Self.prompt(
      try output([talk[0]], addGenerationPrompt: true),
      without: try output([talk[0]], addGenerationPrompt: false))
  }

  /// The text at the end that is only there when a reply is announced.
  private static func prompt(
    _ output: JinjaOutput, without other: JinjaOutput
  ) -> [Unicode.Scalar] {
    let text = output.characters.map(\.scalar)
    let shorter = other.characters.map(\.scalar)
    let common = zip(text, shorter).prefix { $0 == $1 }.count
    if common == shorter.count { return Array(text[common...]) }
    // Without an announced reply there is other text instead: the prompt begins where it was written, not at the first
    // difference.
    var start = 0
    for run in output.runs {
      guard start + run.count <= common else { break }
      start += run.count
    }
    return Array(text[start...])
  }

  /// Writes a conversation.
  func output(
    _ messages: [ChatMessage], addGenerationPrompt: Bool
  ) throws(JinjaError) -> JinjaOutput {
    let work = messages.reduce(0) {
      $0 + 16 * ($1.content.utf8.count + ($1.reasoning?.utf8.count ?? 0)) + 2000
    }
    return try template.output(clock: clock, work: work) { [bos, eos] in
      let values = messages.enumerated().map { index, message in
        let origin = Int32(truncatingIfNeeded: index)
        var entries: [(name: String, value: JinjaValue)] = [
          ("role", .text(message.role.rawValue)),
          ("content", .string(JinjaString(message.content, origin: origin))),
        ]
        // The name that templates and transformers know; templates test whether it is there.
        if let reasoning = message.reasoning {
          let text = JinjaString(reasoning, origin: JinjaCharacter.reasoning(ofMessage: origin))
          entries.append(("reasoning_content", .string(text)))
        }
        return JinjaValue.dictionary(entries, message: index)
      }
      return [
        "messages": .list(values), "tools": .none, "documents": .none,
        "add_generation_prompt": .bool(addGenerationPrompt), "bos_token": .text(bos),
        "eos_token": .text(eos),
      ]
    }
  }
}
