import Foundation

/// A key of any name.
struct AnyKey: CodingKey {
  var stringValue: String
  var intValue: Int? { nil }

  init(_ name: String) { stringValue = name }
  init?(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

/// An answer as files have it: a text, a number, yes or no, or a list of these.
struct AnswerField: Decodable, Equatable {
  /// The most answers to one question.
  static let maximumCount = 64

  var texts: [String]

  init(from decoder: any Decoder) throws {
    if var list = try? decoder.unkeyedContainer() {
      texts = []
      while !list.isAtEnd {
        guard texts.count < Self.maximumCount else {
          throw DecodingError.dataCorruptedError(in: list, debugDescription: "too many answers")
        }
        texts.append(try list.decode(Scalar.self).text)
      }
    } else {
      texts = [try Scalar(from: decoder).text]
    }
    texts = texts.filter { !AnswerText.words($0).isEmpty }
  }

  /// One value as text.
  struct Scalar: Decodable {
    var text: String

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        text = ""
      } else if let flag = try? container.decode(Bool.self) {
        text = flag ? "yes" : "no"
      } else if let number = try? container.decode(Int64.self) {
        text = "\(number)"
      } else if let number = try? container.decode(Double.self) {
        text = "\(number)"
      } else {
        text = try container.decode(String.self)
      }
    }
  }
}

/// A question as files have it.
struct QuestionField: Decodable {
  var question: String
  var answers: [String]
  /// A plausible wrong answer (an adversarial answer).
  var trap: [String]
  var kind: String?
  var evidence: [String]

  init(from decoder: any Decoder) throws {
    if let text = try? decoder.singleValueContainer().decode(String.self) {
      (question, answers, trap, kind, evidence) = (text, [], [], nil, [])
      return
    }
    let container = try decoder.container(keyedBy: AnyKey.self)
    func field<T: Decodable>(_ names: String..., as type: T.Type) throws -> T? {
      for name in names where container.contains(AnyKey(name)) {
        return try container.decodeIfPresent(type, forKey: AnyKey(name))
      }
      return nil
    }
    guard let text = try field("question", "prompt", as: String.self) else {
      throw DecodingError.keyNotFound(
        AnyKey("question"), .init(codingPath: decoder.codingPath, debugDescription: ""))
    }
    question = text
    answers = try field("answer", "answers", as: AnswerField.self)?.texts ?? []
    trap = try field("adversarial_answer", "wrong", as: AnswerField.self)?.texts ?? []
    kind = try field("category", "kind", "type", as: AnswerField.Scalar.self)?.text
    evidence = (try? field("evidence", as: AnswerField.self))??.texts ?? []
  }
}

/// A turn as files have it.
struct TurnField: Decodable {
  var speaker: String
  var text: String
  /// The caption of an attached picture.
  var caption: String?
  var hasAnswer: Bool

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: AnyKey.self)
    let role = try container.decodeIfPresent(String.self, forKey: AnyKey("role"))
    speaker = try role ?? container.decode(String.self, forKey: AnyKey("speaker"))
    let said = try container.decodeIfPresent(String.self, forKey: AnyKey("text"))
    text = try said ?? container.decode(String.self, forKey: AnyKey("content"))
    caption = try? container.decodeIfPresent(String.self, forKey: AnyKey("blip_caption"))
    hasAnswer = (try? container.decodeIfPresent(Bool.self, forKey: AnyKey("has_answer"))) ?? false
  }

  /// The turn of a chat; `nil` for instructions to the model.
  var chatTurn: Conversation.Turn? {
    switch speaker.lowercased() {
    case "system", "tool": nil
    case "assistant", "model", "bot", "gpt": .init(isReply: true, text: text)
    default: .init(isReply: false, text: text)
    }
  }
}
