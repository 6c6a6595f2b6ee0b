import Foundation
import Generation
import Memory
import MemoryModules
import Mneme
import ModelFiles
import TestSupport
import Testing

/// A model of random weights that reads a certain chat template, met for the first time, and the files beside it.
struct RecallHost: Sendable {
  let name: String
  let model: LanguageModel
  let folder: TemporaryFolder

  /// Every mark that a template here writes as a control token.
  static let marks = [
    "<|im_start|>", "<|im_end|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>",
    "<start_of_turn>", "<end_of_turn>", "[INST]", "[/INST]", "<\u{FF5C}User\u{FF5C}>",
    "<\u{FF5C}Assistant\u{FF5C}>", "<\u{FF5C}end\u{2581}of\u{2581}sentence\u{FF5C}>",
  ]

  /// A published template, as models' files have it.
  static func published(_ name: String) throws -> String {
    try String(
      contentsOfFile: Repository.path("Tools/peers/chat_templates/\(name).jinja"), encoding: .utf8)
  }

  /// Met once: the weights are the same for every template, and so is what was found out about them.
  private static let met = Result { () -> Adapter in
    let folder = try TemporaryFolder()
    let tiny = try TinyModel(shape(TinyVocabulary.chatTemplate), in: folder)
    return try meeting(LanguageModel(path: tiny.path, threads: 1))
  }

  private static func shape(_ template: String) -> TinyModel.Shape {
    TinyModel.Shape {
      $0.context = 1024
      $0.marks = marks
      $0.chatTemplate = template
    }
  }

  private static func meeting(_ model: LanguageModel) throws -> Adapter {
    try FirstMeeting(
      model: model.transformer, tokenizer: model.tokenizer, template: model.template,
      registry: .standard
    ).run()
  }

  /// A Llama model whose file has the published template.
  init(template name: String) throws {
    self.name = name
    folder = try TemporaryFolder()
    let tiny = try TinyModel(Self.shape(Self.published(name)), in: folder)
    try Self.met.get().save(to: Adapter.path(beside: tiny.path))
    model = try LanguageModel(path: tiny.path, threads: 1)
    #expect(model.template.source == .file)
  }

  /// A Llama model that is read in a built-in form.
  init(form family: ChatTemplate.Family) throws {
    name = "built-in \(family)"
    folder = try TemporaryFolder()
    let tiny = try TinyModel(Self.shape(TinyVocabulary.chatTemplate), in: folder)
    try Self.met.get().save(to: Adapter.path(beside: tiny.path))
    model = try LanguageModel(path: tiny.path, threads: 1, chatTemplate: family)
    #expect(model.template.source == .builtIn && model.template.family == family)
  }

  /// A model of another architecture with its makers' template.
  init(architecture: String, template: String) throws {
    name = architecture
    folder = try TemporaryFolder()
    let path = folder.path("\(architecture).gguf")
    try PeerModel.writeTalking(
      architecture, marks: Self.marks, chatTemplate: Self.published(template), context: 1024,
      to: path)
    let met = try LanguageModel(path: path, threads: 1)
    try Self.meeting(met).save(to: Adapter.path(beside: path))
    model = try LanguageModel(path: path, threads: 1)
    #expect(model.template.source == .file)
  }

  /// An empty memory file whose facts reach the model as text in a form.
  func memory(_ form: RecallForm) throws -> String {
    let path = folder.path("\(UUID().uuidString).mneme")
    let settings = ["episodic.readout=text", "episodic.form=\(form.rawValue)"]
      .compactMap { ModuleSetting(parsing: $0) }
    #expect(settings.count == 2)
    try model.createMemory([.episodic], settings: settings).save(to: path)
    return path
  }

  /// A session in which `history` was said before.
  func session(_ history: [ChatMessage] = [], instructions: String? = nil) async -> ChatSession {
    var options = GenerationOptions.greedy
    options.maximumResponseTokens = 5
    let session = ChatSession(model, instructions: instructions, options: options)
    guard !history.isEmpty else { return session }
    var transcript = Transcript()
    transcript.entries = history.map {
      .init(role: $0.role == .user ? .prompt : .response, content: $0.content)
    }
    await session.load(transcript)
    await session.setInstructions(instructions)
    return session
  }

  /// Tokens as bytes, control tokens by their names.
  func bytes(_ tokens: some Sequence<Int32>) -> [UInt8] {
    tokens.flatMap { model.tokenizer.bytes(of: $0, renderSpecial: true) }
  }

  /// Tokens as text, control tokens by their names.
  func text(_ tokens: some Sequence<Int32>) -> String {
    String(decoding: bytes(tokens), as: UTF8.self)
  }
}
