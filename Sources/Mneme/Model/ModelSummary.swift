import Foundation
import Generation
import ModelFiles
import Tensors
import Transformer

/// A description of a model file, as plain data.
public struct ModelSummary: Sendable, Equatable, Codable {
  /// The name in the file, else the file's own name.
  public var name: String
  /// The file.
  public var path: String
  /// Size of the file in bytes.
  public var bytes: Int
  /// The architecture's name.
  public var architecture: String
  /// Number of weights.
  public var parameters: Int
  /// Tokens in the vocabulary.
  public var vocabularySize: Int
  /// Tokens of context it was made for.
  public var contextLength: Int
  /// Values in a hidden state.
  public var width: Int
  /// Blocks.
  public var layerCount: Int
  /// Query heads.
  public var headCount: Int
  /// Key and value heads.
  public var keyValueHeadCount: Int
  /// Values inside a feed-forward.
  public var feedForwardWidth: Int
  /// How many tensors are stored in which element type.
  public var elementTypes: [String: Int]
  /// The chat template's family.
  public var templateFamily: String
  /// Which template encodes conversations: the file's own or the built-in form of the family.
  public var templateOrigin: String
  /// Why the file's own template is not used although there is one.
  public var templateNote: String?
  /// The chat template's text, if the file carries one.
  public var template: String?

  private enum CodingKeys: String, CodingKey {
    case name, path, bytes, architecture, parameters, width, template
    case vocabularySize = "vocabulary_size"
    case contextLength = "context_length"
    case layerCount = "layers"
    case headCount = "heads"
    case keyValueHeadCount = "key_value_heads"
    case feedForwardWidth = "feed_forward_width"
    case elementTypes = "element_types"
    case templateFamily = "template_family"
    case templateOrigin = "template_source"
    case templateNote = "template_note"
  }

  /// A summary from its parts.
  public init(
    name: String, path: String, bytes: Int, architecture: String, parameters: Int,
    vocabularySize: Int, contextLength: Int, width: Int, layerCount: Int, headCount: Int,
    keyValueHeadCount: Int, feedForwardWidth: Int, elementTypes: [String: Int],
    templateFamily: String, template: String?,
    templateOrigin: String = ChatTemplate.Source.builtIn.rawValue, templateNote: String? = nil
  ) {
    self.name = name
    self.path = path
    self.bytes = bytes
    self.architecture = architecture
    self.parameters = parameters
    self.vocabularySize = vocabularySize
    self.contextLength = contextLength
    self.width = width
    self.layerCount = layerCount
    self.headCount = headCount
    self.keyValueHeadCount = keyValueHeadCount
    self.feedForwardWidth = feedForwardWidth
    self.elementTypes = elementTypes
    self.templateFamily = templateFamily
    self.template = template
    self.templateOrigin = templateOrigin
    self.templateNote = templateNote
  }

  /// One line: name, architecture, size, context.
  public var line: String {
    "\(ModelName.shown(name)) (\(architecture), \(Self.rounded(parameters)) parameters, "
      + "context of \(contextLength) tokens)"
  }

  /// Everything but the template, a line each.
  public var lines: [String] {
    let types = elementTypes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    return [
      "name          \(name)",
      "file          \(path)",
      "architecture  \(architecture)",
      "parameters    \(Self.rounded(parameters))",
      "tensors       \(types.joined(separator: ", "))",
      "context       \(contextLength) tokens",
      "vocabulary    \(vocabularySize) tokens",
      "width         \(width), feed-forward \(feedForwardWidth)",
      "layers        \(layerCount), \(headCount) heads, \(keyValueHeadCount) key/value heads",
      "template      \(templateLine)",
    ]
  }

  /// The family of the chat template and its origin.
  public var templateLine: String {
    let origin =
      templateOrigin == ChatTemplate.Source.file.rawValue
      ? "the file's own template" : "built-in form"
    return "\(templateFamily), \(origin)" + (templateNote.map { "; \($0)" } ?? "")
  }

  private static func rounded(_ count: Int) -> String {
    switch count {
    case 1_000_000_000...: String(format: "%.1fB", Double(count) / 1e9)
    case 1_000_000...: String(format: "%.1fM", Double(count) / 1e6)
    case 1000...: String(format: "%.0fK", Double(count) / 1e3)
    default: "\(count)"
    }
  }
}

extension LanguageModel {
  /// The description of the file.
  public var summary: ModelSummary {
    let file = transformer.file
    let shape = transformer.configuration
    var types: [String: Int] = [:]
    for tensor in file.tensors { types["\(tensor.type)".uppercased(), default: 0] += 1 }
    return ModelSummary(
      name: file.metadata.string("general.name") ?? VocabularySummary.name(ofFile: path),
      path: path,
      bytes: file.byteCount, architecture: shape.architecture,
      parameters: file.tensors.reduce(0) { $0 + $1.shape.reduce(1, *) },
      vocabularySize: shape.vocabularySize, contextLength: shape.contextLength, width: shape.width,
      layerCount: shape.layerCount, headCount: shape.headCount,
      keyValueHeadCount: shape.keyValueHeadCount, feedForwardWidth: shape.feedForwardWidth,
      elementTypes: types, templateFamily: template.family.rawValue, template: templateSource,
      templateOrigin: template.source.rawValue, templateNote: template.note?.line)
  }
}

extension JinjaError {
  /// Why a template is not used, in a line.
  var line: String {
    let explanation = explanation
    return "\(explanation.location ?? "the chat template"): \(explanation.what)"
      + (explanation.expected.map { ", expected \($0)" } ?? "")
  }
}
