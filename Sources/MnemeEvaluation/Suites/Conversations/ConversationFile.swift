import Foundation
import Mneme
import ModelFiles

/// A file of conversations: one list, JSON Lines, or one object.
struct ConversationFile {
  let path: String
  private let data: Data
  private let ranges: [Range<Int>]
  /// The conversations of an object of many users, which has to be read whole.
  private let users: [Conversation]?

  /// Finds the records of a file without reading them all.
  ///
  /// - Throws: `EvaluationError.unreadable`, `.invalidConversation`, or `.nothingToMeasure` when it is empty.
  init(_ path: String) throws(EvaluationError) {
    self.path = path
    data = try SuiteFile.data(path)
    do {
      ranges = try JSONElements.ranges(data)
    } catch {
      throw .invalidConversation(path: path, record: error.element, reason: error.reason)
    }
    guard let first = ranges.first else {
      throw .nothingToMeasure(source: path, reason: "it holds no conversation")
    }
    users = ranges.count == 1 ? try Self.decode(data, first, path: path, record: 1) : nil
  }

  /// How many conversations there are.
  var count: Int { users?.count ?? ranges.count }

  /// One of them, counted from 0.
  func conversation(_ index: Int) throws(EvaluationError) -> Conversation {
    if let users { return users[index] }
    let found = try Self.decode(data, ranges[index], path: path, record: index + 1)
    guard found.count == 1, let conversation = found.first else {
      throw .invalidConversation(
        path: path, record: index + 1, reason: "it holds several users, and so does the file")
    }
    return conversation
  }

  private static func decode(
    _ data: Data, _ range: Range<Int>, path: String, record: Int
  ) throws(EvaluationError) -> [Conversation] {
    let start = data.startIndex + range.lowerBound
    let bytes = Data(data[start..<(start + range.count)])
    do {
      return try StrictJSON.decode(ConversationElement.self, from: bytes).conversations
    } catch let error as DecodingError {
      throw .invalidConversation(path: path, record: record, reason: describe(error))
    } catch {
      throw .invalidConversation(path: path, record: record, reason: "not JSON")
    }
  }

  /// Members that may be named in a message; others can be names of people.
  private static let fields: Set<String> = [
    "haystack_sessions", "haystack_dates", "haystack_session_ids", "answer_session_ids",
    "question_id", "question_type", "question_date", "question", "prompt", "answer", "answers",
    "conversation", "speaker", "role", "text", "content", "qa", "questions", "sample_id", "turns",
    "sessions", "date", "id", "category", "kind", "type", "wrong", "adversarial_answer", "history",
    "query", "response", "probing_questions",
  ]

  private static func describe(_ error: DecodingError) -> String {
    func field(_ path: [any CodingKey]) -> String? {
      path.map(\.stringValue).last { fields.contains($0) }
    }
    switch error {
    case .keyNotFound(let key, _):
      return fields.contains(key.stringValue)
        ? "\"\(key.stringValue)\" is missing" : "something is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return field(context.codingPath).map { "\"\($0)\" has the wrong type" }
        ?? "not an object of the right shape"
    case .dataCorrupted(let context):
      return field(context.codingPath).map { "\"\($0)\" cannot be used" } ?? "not JSON"
    @unknown default: return "not JSON"
    }
  }
}
