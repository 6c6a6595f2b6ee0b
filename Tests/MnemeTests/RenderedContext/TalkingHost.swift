import Foundation
import Generation
import Mneme
import TestSupport
import Tokenization
import Transformer

/// A model of random weights that reads a certain chat template and says what it is told to.
struct TalkingHost: Sendable {
  let name: String
  let model: LanguageModel
  private let folder: TemporaryFolder

  /// Writes what was thought only behind the last question, as the template of Qwen3 does.
  static let thinking = """
    {%- set ns = namespace(last=0) %}
    {%- for m in messages %}{% if m.role == 'user' %}{% set ns.last = loop.index0 %}{% endif %}{% endfor %}
    {%- for m in messages %}
      {{- '<|' + m.role + '|>' }}
      {%- if m.role == 'assistant' and loop.index0 > ns.last and m.reasoning_content is string %}
        {{- '<think>\\n' + m.reasoning_content + '\\n</think>\\n\\n' }}
      {%- endif %}
      {{- m.content + '<|end|>' }}
    {%- endfor %}
    {%- if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}
    """
  /// Asks for reasoning and leaves out everything up to its end, as the template of DeepSeek R1 does.
  static let opening = """
    {%- for m in messages %}
      {{- '<|' + m.role + '|>' }}
      {{- m.content.split('</think>')[-1] if m.role == 'assistant' else m.content }}<|end|>
    {%- endfor %}
    {%- if add_generation_prompt %}{{ '<|assistant|><think>\\n' }}{% endif %}
    """
  /// Takes white space away from what was said.
  static let trimming = """
    {%- for m in messages %}<|{{ m.role }}|>{{ m.content | trim }}<|end|>{% endfor %}
    {%- if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}
    """
  /// Writes all reasoning, and an empty block where there is none.
  static let keeping = """
    {%- for m in messages %}
      {{- '<|' + m.role + '|>' }}
      {%- if m.role == 'assistant' %}{{ '<think>\\n' + (m.reasoning_content or '') + '\\n</think>\\n\\n' }}{% endif %}
      {{- m.content + '<|end|>' }}
    {%- endfor %}
    {%- if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}
    """

  /// A model whose file has this template.
  ///
  /// - Parameter marks: further control tokens of its vocabulary.
  init(name: String, template: String, marks: [String] = []) throws {
    self.name = name
    folder = try TemporaryFolder()
    model = try LanguageModel(
      path: Self.file(template, marks: marks, in: folder).path, threads: 1)
  }

  /// A model that is read in a built-in form.
  init(form family: ChatTemplate.Family) throws {
    name = "built-in \(family)"
    folder = try TemporaryFolder()
    model = try LanguageModel(
      path: Self.file(TinyVocabulary.chatTemplate, marks: [], in: folder).path, threads: 1,
      chatTemplate: family)
  }

  private static func file(
    _ template: String, marks: [String], in folder: TemporaryFolder
  ) throws -> TinyModel {
    try TinyModel(
      TinyModel.Shape {
        $0.context = 1024
        $0.marks = RecallHost.marks + marks
        $0.chatTemplate = template
      }, in: folder)
  }

  /// The hosts of every kind of template: built-in, published, and those that rewrite what was said.
  static let names =
    ChatTemplate.Family.allCases.map { "built-in \($0)" } + RecallTemplateTests.published
    + ["thinking", "opening", "trimming", "keeping", "thinking in tokens", "opening in tokens"]

  /// The host of a name.
  init(_ name: String) throws {
    let own = [
      "thinking": Self.thinking, "opening": Self.opening, "trimming": Self.trimming,
      "keeping": Self.keeping,
    ]
    if let family = ChatTemplate.Family.allCases.first(where: { "built-in \($0)" == name }) {
      try self.init(form: family)
    } else if let template = own[name] {
      try self.init(name: name, template: template)
    } else if name.hasSuffix(" in tokens"), let template = own[String(name.dropLast(10))] {
      try self.init(name: name, template: template, marks: ["<think>", "</think>"])
    } else {
      try self.init(name: name, template: RecallHost.published(name))
    }
  }

  func session(tokens: Int = 200, instructions: String? = nil) -> ChatSession {
    var options = GenerationOptions.greedy
    options.maximumResponseTokens = tokens
    return ChatSession(model, instructions: instructions, options: options)
  }

  /// How tokens of a conversation look as the template renders it, by an encoder of its own.
  func rendering(_ transcript: Transcript) -> [Int32] {
    var messages: [ChatMessage] = []
    for (prompt, response) in transcript.exchanges {
      messages.append(ChatMessage(role: .user, content: prompt.content))
      if let response {
        messages.append(
          ChatMessage(
            role: .assistant, content: response.content, reasoning: response.reasoning))
      }
    }
    return PromptEncoder(template: model.template)
      .context(messages, instructions: transcript.instructions).tokens
  }

  /// A reply as the model writes it: reasoning between marks, unless the prompt opens it, and an answer.
  func reply(_ reasoning: String?, _ answer: String) -> String {
    let opens = PromptEncoder(template: model.template)
      .prompt("x", after: [], instructions: nil).opensReasoning
    guard let reasoning else { return opens ? "</think>\n\n" + answer : answer }
    return (opens ? "" : "<think>\n") + reasoning + "\n</think>\n\n" + answer
  }

  func text(_ tokens: some Sequence<Int32>) -> String {
    let bytes = tokens.flatMap { model.tokenizer.bytes(of: $0, renderSpecial: true) }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// What the model is to say next.
private final class Dictation {
  var tokens: [Int32] = []
}

extension ChatSession {
  /// Says `reply` to a message, whatever the weights are.
  func say(
    _ reply: String, to message: String, emit: (ChatStreamEvent) -> Void = { _ in }
  ) throws -> Response {
    let handle = dictate(reply)
    defer { handle.remove() }
    return try self.reply(to: message, options: nil, emit: emit)
  }

  /// Goes on with `text`.
  func goOn(with text: String, emit: (ChatStreamEvent) -> Void = { _ in }) throws -> Response {
    let handle = dictate(text)
    defer { handle.remove() }
    var options = GenerationOptions.greedy
    options.maximumResponseTokens = 200
    return try continueReply(options: options, emit: emit)
  }

  private func dictate(_ text: String) -> HookHandle {
    let dictation = Dictation()
    dictation.tokens = model.tokenizer.encode(text, addBOS: false, parseSpecial: true)
    let end = model.stopTokens.min() ?? 0
    return engine.hooks.edit([.logits]) { context, logits in
      let token = dictation.tokens.isEmpty ? end : dictation.tokens.removeFirst()
      let row = (context.positions.count - 1) * context.columns
      for column in 0..<context.columns { logits[row + column] = -1000 }
      logits[row + Int(token)] = 1000
    }
  }

  /// The tokens whose activations are in the cache.
  var cached: [Int32] { engine.tokens }

  /// Every token that a memory could have learned so far, from now on.
  func recordCommits() -> CommitRecord {
    let record = CommitRecord()
    _ = engine.hooks.onCommit { record.add($0) }
    return record
  }
}

/// What was announced to memories.
final class CommitRecord: @unchecked Sendable {
  private(set) var events: [CommitEvent] = []

  func add(_ event: CommitEvent) { events.append(event) }

  /// The tokens that may be learned.
  var learnable: [Int32] {
    events.flatMap { event in zip(event.tokens, event.learnable).filter(\.1).map(\.0) }
  }

  /// The tokens that count as somebody's words.
  func said(by part: TokenPart) -> [Int32] {
    events.flatMap { event in zip(event.tokens, event.parts).filter { $0.1 == part }.map(\.0) }
  }
}
