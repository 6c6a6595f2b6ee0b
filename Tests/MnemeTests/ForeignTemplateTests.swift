import Foundation
import Mneme
import TestSupport
import Testing

/// Conversations under templates that do more than write turns one behind the other.
@Suite("Templates of other models") struct ForeignTemplateTests {
  /// Writes what was thought only in the last reply, as the template of Qwen3 does.
  static let thinking = """
    {%- for m in messages -%}
      <|{{ m.role }}|>
      {%- if m.role == 'assistant' and loop.last %}[think][/think]{% endif -%}
      {{- m.content }}<|end|>
    {%- endfor -%}
    {%- if add_generation_prompt %}<|assistant|>{% endif -%}
    """
  /// Asks for replies otherwise than it writes them, as the template of DeepSeek R1 does.
  static let prompting = """
    {%- for m in messages %}<|{{ m.role }}|>{{ m.content.split('[/think]')[-1] }}<|end|>{% endfor -%}
    {%- if add_generation_prompt %}<|assistant|>[think]{% endif -%}
    """
  /// Ends conversations in the end of sequence, as the template of Phi-3 does.
  static let ending = """
    {%- for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor -%}
    {%- if add_generation_prompt %}<|assistant|>{% else %}{{ eos_token }}{% endif -%}
    """
  /// Puts the system prompt into the turn of the last message, as the templates of Mistral do.
  static let late = """
    {%- if messages[0].role == 'system' %}{% set rules = messages[0].content %}
    {%- set turns = messages[1:] %}{% else %}{% set turns = messages %}{% endif -%}
    {%- for m in turns %}<|{{ m.role }}|>
      {%- if loop.last and rules is defined %}{{ rules + ' ' + m.content }}
      {%- else %}{{ m.content }}{% endif %}<|end|>{% endfor -%}
    {%- if add_generation_prompt %}<|assistant|>{% endif -%}
    """
  /// Refuses everybody but users and assistants in turn.
  static let strict = """
    {%- for m in messages -%}
      {%- if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('no') }}{% endif -%}
      <|{{ m.role }}|>{{ m.content }}<|end|>
    {%- endfor -%}
    {%- if add_generation_prompt %}<|assistant|>{% endif -%}
    """

  private static func model(_ template: String) throws -> (TinyLlama, LanguageModel) {
    let tiny = try TinyLlama(chatTemplate: template)
    return (tiny, try LanguageModel(path: tiny.path, threads: 1))
  }

  @Test(arguments: [thinking, prompting, ending, late, strict], [nil, "be brief"])
  func everyMessageIsReadOnce(template: String, instructions: String?) async throws {
    let (tiny, model) = try Self.model(template)
    #expect(model.template.source == .file)
    #expect(model.template.note == nil)
    var options = GenerationOptions(maximumResponseTokens: 6)
    options.sampling.temperature = 0
    let session = ChatSession(model, instructions: instructions, options: options)
    var transcript = Transcript()
    transcript.entries = [
      .init(role: .prompt, content: "first question"),
      .init(role: .response, content: "first answer"),
    ]
    await session.load(transcript)
    if let instructions { await session.setInstructions(instructions) }
    try await session.respond(to: "second question")
    try await session.respond(to: "third question")
    let text = await session.contextText
    for said in ["first question", "first answer", "second question", "third question"] {
      #expect(text.ranges(of: said).count == 1, "\(said) in \(text)")
    }
    #expect(text.ranges(of: "<|user|>").count == 3, "\(text)")
    #expect(text.ranges(of: "<|assistant|>").count == 3, "\(text)")
    #expect(text.ranges(of: "<|end|>").count >= 6, "\(text)")
    #expect(await session.contextTokens == session.cached, "\(text)")
    #expect(!text.contains("</s>"), "\(text)")
    if instructions != nil { #expect(text.contains("be brief"), "\(text)") }
    _ = tiny
  }

  @Test func aRefusalIsToldOnce() async throws {
    let (tiny, model) = try Self.model(Self.strict)
    func notices(_ instructions: String?) async throws -> [ChatNotice] {
      let options = GenerationOptions(maximumResponseTokens: 3)
      let session = ChatSession(model, instructions: instructions, options: options)
      var notices: [ChatNotice] = []
      for text in ["one", "two"] {
        for try await event in session.streamDetails(to: text) {
          if case .notice(let notice) = event { notices.append(notice) }
        }
      }
      return notices
    }
    #expect(try await notices(nil) == [])
    let form = model.template.family.rawValue
    let told = ChatNotice.refusedByTemplate(
      reason: "the template refuses the conversation: 'no'", form: form)
    #expect(try await notices("be brief") == [told])
    _ = tiny
  }

  @Test func aRefusalInMidChatIsToldToo() async throws {
    let (tiny, model) = try Self.model(Self.strict)
    let session = ChatSession(model, options: GenerationOptions(maximumResponseTokens: 3))
    var told: [Int] = []
    for (turn, instructions) in [nil, "be brief", "be brief", nil, "be kind"].enumerated() {
      await session.setInstructions(instructions)
      for try await event in session.streamDetails(to: "turn") {
        if case .notice(.refusedByTemplate) = event { told.append(turn) }
      }
      #expect(await session.contextTokens == session.cached)
    }
    #expect(told == [1, 4])
    _ = tiny
  }

  @Test func aFormCanBeNamed() throws {
    let (tiny, model) = try Self.model("{% include 'x' %}")
    #expect(model.template.source == .builtIn)
    #expect(
      model.summary.templateNote == "the chat template, line 1: '{% include %}' is not supported")
    #expect(model.summary.templateLine.hasPrefix("plain, built-in form; the chat template, line 1"))
    let named = try LanguageModel(path: tiny.path, threads: 1, chatTemplate: .mneme)
    #expect(named.template.family == .mneme)
    #expect(named.summary.templateNote == nil)
    #expect(named.summary.templateLine == "mneme, built-in form")
    let (_, own) = try Self.model(Self.strict)
    #expect(own.summary.templateLine.hasSuffix(", the file's own template"))
  }
}
