import Foundation
public import Generation
public import ModelFiles
public import Tokenization

/// A description of a GGUF file that holds a vocabulary and no weights, as plain data.
///
/// llama.cpp's tools write such files (`--vocab-only`) and take them for tokenizing.
public struct VocabularySummary: Sendable, Equatable, Codable {
  /// The name in the file, else the file's own name.
  public var name: String
  /// The file.
  public var path: String
  /// Size of the file in bytes.
  public var bytes: Int
  /// The architecture's name; nil when the file has none.
  public var architecture: String?
  /// The kind of tokenizer, by GGUF's name.
  public var tokenizer: String?
  /// Tokens in the vocabulary.
  public var vocabularySize: Int
  /// The chat template's family.
  public var templateFamily: String
  /// Which template encodes conversations: the file's own or the built-in form of the family.
  public var templateOrigin: String
  /// Why the file's own template is not used although there is one.
  public var templateNote: String?
  /// The chat template's text, if the file carries one.
  public var template: String?
  /// Always true, to tell this description from a model's.
  public var isVocabularyOnly = true

  private enum CodingKeys: String, CodingKey {
    case name, path, bytes, architecture, tokenizer, template
    case vocabularySize = "vocabulary_size"
    case templateFamily = "template_family"
    case templateOrigin = "template_source"
    case templateNote = "template_note"
    case isVocabularyOnly = "vocabulary_only"
  }

  /// Describes a file.
  ///
  /// - Throws: `TokenizerError` for a vocabulary that this version cannot use.
  public init(
    of file: ModelFile, chatTemplate: ChatTemplate.Family? = nil
  ) throws(TokenizerError) {
    let vocabulary = try loadTokenizer(from: file)
    name = file.metadata.string("general.name") ?? Self.name(ofFile: file.path)
    path = file.path
    bytes = file.byteCount
    architecture = file.metadata.string("general.architecture")
    tokenizer = file.metadata.string("tokenizer.ggml.model")
    vocabularySize = vocabulary.vocabularySize
    template = ChatTemplate.text(in: file.metadata)
    let used =
      chatTemplate.map { ChatTemplate(family: $0, tokenizer: vocabulary) }
      ?? ChatTemplate(of: file.metadata, tokenizer: vocabulary)
    templateFamily = used.family.rawValue
    templateOrigin = used.source.rawValue
    templateNote = used.note?.line
  }

  /// A file's own name, without its extension.
  static func name(ofFile path: String) -> String {
    ((path as NSString).lastPathComponent as NSString).deletingPathExtension
  }

  /// Everything but the template, a line each.
  public var lines: [String] {
    [
      "name          \(name)",
      "file          \(path)",
      "architecture  \(architecture ?? "none")",
      "holds         a vocabulary only, no weights",
      "tokenizer     \(tokenizer ?? "none")",
      "vocabulary    \(vocabularySize) tokens",
      "template      \(templateFamily)" + (templateNote.map { ", built-in form; \($0)" } ?? ""),
    ]
  }
}

extension LanguageModel {
  /// The tokenizer of a model; its weights need not be there.
  ///
  /// - Parameter path: a GGUF file, a Hugging Face folder or a name (`KnownModel`); the default when `nil`.
  /// - Throws: `ChatError.noModel`, `ModelFileError`, `TokenizerError`.
  public static func tokenizer(ofModel path: String? = nil) throws -> any Tokenizer {
    try loadTokenizer(from: try ModelFile.open(try place(of: path)))
  }

  /// The description of a file that holds a vocabulary only; nil for one with weights.
  ///
  /// - Throws: `ChatError.noModel`, `ModelFileError`, `TokenizerError`.
  public static func vocabularySummary(
    ofModel path: String? = nil, chatTemplate: ChatTemplate.Family? = nil
  ) throws -> VocabularySummary? {
    let file = try ModelFile.open(try place(of: path))
    guard file.tensors.isEmpty else { return nil }
    return try VocabularySummary(of: file, chatTemplate: chatTemplate)
  }

  /// The path of a model by path or name; that of the default when nil.
  static func place(of path: String?) throws(ChatError) -> String {
    if let path { try Self.path(of: path) } else { try defaultPath() }
  }
}
