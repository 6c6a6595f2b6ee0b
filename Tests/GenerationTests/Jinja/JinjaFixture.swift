import Foundation
import Generation
import Testing

/// What transformers' renderer makes of templates; made by `Tools/peers/chat_templates.py`.
struct JinjaFixture: Decodable {
  struct Snippet: Decodable {
    let template: String
    /// Nil where Python raises.
    let text: String?
  }

  struct Template: Decodable {
    struct Result: Decodable {
      let conversation: Int
      let prompt: Bool
      let text: String?
    }

    let name: String
    let template: String
    let results: [Result]
  }

  let variables: PythonValue
  let language: [Snippet]
  let conversations: [PythonValue]
  let tools: PythonValue
  let withoutTools: Int
  let templates: [Template]

  /// The committed file.
  static func load() throws -> JinjaFixture {
    let url = try #require(
      Bundle.module.url(
        forResource: "chat-templates", withExtension: "json", subdirectory: "Fixtures"))
    return try load(url)
  }

  static func load(_ url: URL) throws -> JinjaFixture {
    try JSONDecoder().decode(JinjaFixture.self, from: Data(contentsOf: url))
  }

  /// The time at which everything was rendered: Friday, 7 March 2025, 9:05:03.
  static let clock = JinjaClock {
    var moment = JinjaClock.Moment()
    (moment.year, moment.month, moment.day) = (2025, 3, 7)
    (moment.hour, moment.minute, moment.second) = (9, 5, 3)
    (moment.weekday, moment.yearDay) = (5, 66)
    return moment
  }
}

/// A value as the script writes it: with the order of dictionaries and the type of numbers.
indirect enum PythonValue: Decodable {
  case none
  case bool(Bool)
  case integer(Int)
  case float(Double)
  case string(String)
  case list([PythonValue])
  case dictionary([(String, PythonValue)])

  private struct Tagged: Decodable {
    let float: String?
    let dict: [Pair]?
  }

  private struct Pair: Decodable {
    let key: String
    let value: PythonValue

    init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      key = try container.decode(String.self)
      value = try container.decode(PythonValue.self)
    }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .none
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([PythonValue].self) {
      self = .list(value)
    } else {
      let tagged = try container.decode(Tagged.self)
      if let text = tagged.float {
        self = .float(Double(text) ?? .nan)
      } else {
        self = .dictionary((tagged.dict ?? []).map { ($0.key, $0.value) })
      }
    }
  }

  /// The value for a template; `message` marks a message's content as its own.
  func value(message: Int? = nil) -> JinjaValue {
    switch self {
    case .none: .none
    case .bool(let value): .bool(value)
    case .integer(let value): .integer(value)
    case .float(let value): .float(value)
    case .string(let value): .text(value)
    case .list(let items): .list(items.map { $0.value() })
    case .dictionary(let pairs):
      .dictionary(
        pairs.map { key, value in
          guard let message, key == "content", case .string(let text) = value else {
            return (key, value.value())
          }
          return (key, .string(JinjaString(text, origin: Int32(message))))
        }, message: message)
    }
  }

  /// The entries of a dictionary as variables.
  var variables: [String: JinjaValue] {
    guard case .dictionary(let pairs) = self else { return [:] }
    return Dictionary(pairs.map { ($0, $1.value()) }) { $1 }
  }

  /// The messages of a conversation.
  var messages: JinjaValue {
    guard case .list(let items) = self else { return .none }
    return .list(items.enumerated().map { $1.value(message: $0) })
  }
}

extension PythonValue {
  /// The text of a dictionary's entry.
  private func text(_ name: String) -> String {
    guard case .dictionary(let pairs) = self,
      case .string(let text) = pairs.first(where: { $0.0 == name })?.1
    else { return "" }
    return text
  }

  /// The conversation as messages.
  var chat: [ChatMessage] {
    guard case .list(let items) = self else { return [] }
    return items.compactMap { item in
      ChatRole(rawValue: item.text("role")).map {
        ChatMessage(role: $0, content: item.text("content"))
      }
    }
  }
}
