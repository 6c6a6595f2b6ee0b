import Foundation
import Generation
import ModelFiles
import TestSupport
import Testing
import Tokenization
import Transformer

/// Which tokens of a prompt are the question, told by who says them: a memory looks for the answer by these alone.
@Suite("The question of a prompt") struct QuestionTests {
  /// Each ends otherwise: in a letter, in marks that some vocabularies join with a line break, in a text of several
  /// sentences of which some are learned, in words that look like a template's.
  static let questions = [
    "What is my dog called?", "my dog", "Tell me: where do I live?!",
    "My dog is Bozkif. What is he called? Be short.\n\nThank you...", "<|user|> hello<|end|>",
    "assistant\nuser:", "h\u{e9} \u{1F999} ?",
  ]

  private static func conversation(_ question: String, system: Bool = true) -> [ChatMessage] {
    (system ? [ChatMessage(role: .system, content: "Be brief.")] : []) + [
      ChatMessage(role: .user, content: "Where is Norway? I live there."),
      ChatMessage(role: .assistant, content: "In the north."),
      ChatMessage(role: .user, content: question),
    ]
  }

  /// Vocabularies that cut text otherwise: SentencePiece with and without the space in front, and bytes of which some
  /// are joined across the end of a message.
  enum Vocabulary: CaseIterable {
    case spaceInFront, noSpace, bytes

    func tokenizer() throws -> any Tokenizer {
      if self == .bytes { return try Self.byteTokenizer() }
      var vocabulary = SmallVocabulary()
      for piece in ChatProgramTests.marks { vocabulary.append(piece, kind: 3) }
      if self == .noSpace { vocabulary.metadata["tokenizer.ggml.add_space_prefix"] = .bool(false) }
      return try loadTokenizer(from: vocabulary.file())
    }

    /// Byte-level BPE with Qwen's pre-tokenizer, which takes line breaks together with the punctuation before them.
    private static func byteTokenizer() throws -> any Tokenizer {
      var pieces = ByteAlphabet.characters
      let merges = [("?", "\u{10A}"), ("!", "?"), ("\u{10A}", "\u{10A}"), ("\u{120}", "W")]
      pieces += merges.map { $0 + $1 }
      let ordinary = pieces.count
      pieces += ["<s>", "</s>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]
      pieces += ChatProgramTests.marks
      var writer = GGUFWriter()
      writer.metadata["tokenizer.ggml.model"] = .string("gpt2")
      writer.metadata["tokenizer.ggml.pre"] = .string("qwen2")
      writer.metadata["tokenizer.ggml.tokens"] = .stringArray(pieces)
      writer.metadata["tokenizer.ggml.merges"] = .stringArray(merges.map { "\($0) \($1)" })
      writer.metadata["tokenizer.ggml.token_type"] = .signedArray(
        pieces.indices.map { $0 < ordinary ? 1 : 3 })
      writer.metadata["tokenizer.ggml.bos_token_id"] = .unsigned(UInt64(ordinary))
      writer.metadata["tokenizer.ggml.eos_token_id"] = .unsigned(UInt64(ordinary + 1))
      return try loadTokenizer(from: SmallVocabulary.file(writer))
    }
  }

  /// GPT-2's printable stand-ins for the 256 bytes, in the order of the bytes.
  private enum ByteAlphabet {
    static let characters: [String] = {
      var next: UInt32 = 256
      return (0..<256).map { (byte: UInt32) in
        let isPrintable =
          (33...126).contains(byte) || (161...172).contains(byte) || (174...255).contains(byte)
        let code = isPrintable ? byte : next
        if !isPrintable { next += 1 }
        return Unicode.Scalar(code).map { String(Character($0)) } ?? ""
      }
    }()
  }

  private func text(_ chat: EncodedChat, _ tokenizer: any Tokenizer) -> String {
    let bytes = chat.tokens[chat.question].flatMap { tokenizer.bytes(of: $0, renderSpecial: true) }
    // White space around it may share a token with the first or the last word.
    return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private func check(_ template: ChatTemplate, _ tokenizer: any Tokenizer, _ name: String) {
    for question in Self.questions {
      for system in [true, false] {
        let messages = Self.conversation(question, system: system)
        let chat = template.encode(messages, addGenerationPrompt: true)
        #expect(text(chat, tokenizer) == question, "\(name)")
        #expect(chat.prompt.tokens == chat.tokens && chat.prompt.question == chat.question)
        // Alone, and as long as a conversation goes on with a reply, too.
        let alone = template.encode(Array(messages.suffix(1)), addGenerationPrompt: true)
        #expect(text(alone, tokenizer) == question, "\(name)")
        let answered = template.encode(
          messages + [ChatMessage(role: .assistant, content: "No.")], addGenerationPrompt: false)
        #expect(text(answered, tokenizer) == question, "\(name)")
      }
    }
  }

  @Test("The built-in form of every family", arguments: ChatTemplate.Family.allCases)
  func families(family: ChatTemplate.Family) throws {
    for vocabulary in Vocabulary.allCases {
      let tokenizer = try vocabulary.tokenizer()
      check(
        ChatTemplate(family: family, tokenizer: tokenizer), tokenizer, "\(family), \(vocabulary)")
    }
  }

  @Test("The published template of every family, run as the file has it")
  func published() throws {
    let fixture = try JinjaFixture.load()
    var families: Set<ChatTemplate.Family> = []
    for item in fixture.templates where item.name != "macros" {
      for vocabulary in Vocabulary.allCases {
        let tokenizer = try vocabulary.tokenizer()
        let template = ChatTemplate(
          detecting: item.template, tokenizer: tokenizer, clock: JinjaFixture.clock)
        #expect(template.source == .file)
        families.insert(template.family)
        check(template, tokenizer, "\(item.name), \(vocabulary)")
      }
    }
    #expect(
      families.isSuperset(of: [.mneme, .chatml, .llama2, .llama3, .gemma, .phi3, .zephyr]))
  }

  @Test("What a model thinks is no question, and neither is an empty conversation")
  func thinking() throws {
    let tokenizer = try Vocabulary.noSpace.tokenizer()
    let qwen = try #require(JinjaFixture.load().templates.first { $0.name == "qwen3" })
    let template = ChatTemplate(
      detecting: qwen.template, tokenizer: tokenizer, clock: JinjaFixture.clock)
    let messages = [
      ChatMessage(role: .user, content: "hello"),
      ChatMessage(role: .assistant, content: "<think>\nthe world\n</think>\n\nhello"),
      ChatMessage(role: .user, content: "what now"),
    ]
    let chat = template.encode(messages, addGenerationPrompt: true)
    #expect(text(chat, tokenizer) == "what now")
    #expect(template.encode([], addGenerationPrompt: true).question.isEmpty)
    let system = [ChatMessage(role: .system, content: "Be brief.")]
    #expect(
      ChatTemplate(family: .mneme, tokenizer: tokenizer).encode(
        system, addGenerationPrompt: true
      ).question.isEmpty)
  }

  @Test(
    "The bundled model is asked what stands between the last two control tokens, as it always was",
    .enabled(if: FileManager.default.fileExists(atPath: Repository.bundledModel)))
  func bundled() throws {
    let file = try ModelFile.open(Repository.bundledModel)
    let tokenizer = try loadTokenizer(from: file)
    let template = ChatTemplate(
      detecting: file.metadata.string("tokenizer.chat_template"), tokenizer: tokenizer)
    #expect(template.source == .file && template.family == .mneme)
    let more = [
      " led by a space", "two  spaces", "\n a line", "trailing \n", "a. b? c! d", "1. one\n2. two",
      String(repeating: "a long message. is it? ", count: 60), "?", "\u{1F999}",
    ]
    for question in Self.questions + more {
      for messages in [
        Self.conversation(question), Self.conversation(question, system: false),
        [ChatMessage(role: .user, content: question)],
      ] {
        let chat = template.encode(messages, addGenerationPrompt: true)
        let body = chat.tokens.reversed().drop { tokenizer.kind(of: $0) == .control }
        let between = body.prefix { tokenizer.kind(of: $0) != .control }.reversed()
        #expect(!between.isEmpty)
        #expect(Array(chat.tokens[chat.question]) == Array(between), "\(question)")
      }
    }
  }
}
