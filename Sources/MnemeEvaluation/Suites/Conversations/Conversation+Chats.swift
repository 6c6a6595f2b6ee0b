import Foundation
import Mneme

extension Conversation {
  /// A session in the project's own form: a list of turns, or an object with `date` and `turns`.
  private struct SessionField: Decodable {
    var date: String?
    var turns: [TurnField]

    init(from decoder: any Decoder) throws {
      if let list = try? decoder.unkeyedContainer() {
        _ = list
        turns = try [TurnField](from: decoder)
      } else {
        let container = try decoder.container(keyedBy: AnyKey.self)
        date = try container.decodeIfPresent(String.self, forKey: AnyKey("date"))
        turns = try container.decode([TurnField].self, forKey: AnyKey("turns"))
      }
    }
  }

  private static func questions(
    _ container: KeyedDecodingContainer<AnyKey>, _ names: [String]
  ) throws -> [Item] {
    var items: [Item] = []
    for name in names where container.contains(AnyKey(name)) {
      let fields = try container.decode([QuestionField].self, forKey: AnyKey(name))
      items += fields.map {
        Item(prompt: $0.question, answers: $0.answers, wrong: $0.trap, kind: $0.kind)
      }
    }
    return items
  }

  /// A record of the project's own form: `turns` with `role` and `text` (or `content`), or `sessions` of turns; `questions` (or
  /// `qa`) with `question` and `answer`.
  init(own container: KeyedDecodingContainer<AnyKey>) throws {
    var fields: [SessionField] = []
    if container.contains(AnyKey("sessions")) {
      fields = try container.decode([SessionField].self, forKey: AnyKey("sessions"))
    }
    var sessions = fields.map { Session(date: $0.date, turns: $0.turns.compactMap(\.chatTurn)) }
    if container.contains(AnyKey("turns")) {
      let turns = try container.decode([TurnField].self, forKey: AnyKey("turns"))
      sessions.append(Session(turns: turns.compactMap(\.chatTurn)))
    }
    if sessions.allSatisfy({ $0.date != nil }) {
      let order = sessions.indices.sorted {
        let (a, b) = (sessions[$0].date ?? "", sessions[$1].date ?? "")
        return a != b ? a < b : $0 < $1
      }
      sessions = order.map { sessions[$0] }
    }
    self.init(
      id: try container.decodeIfPresent(String.self, forKey: AnyKey("id")), sessions: sessions,
      items: try Self.questions(container, ["questions", "qa"]))
  }

  /// The users of MemoryBank (Zhong et al. 2023, arXiv 2305.10250): an object by user with `name` and `history`, an object by date
  /// of `query` and `response`; `questions`, `qa` or `probing_questions` beside them, with answers.
  ///
  /// The published questions have no answers; they are judged by people. Answers have to be added before they can be used.
  static func memoryBank(_ container: KeyedDecodingContainer<AnyKey>) throws -> [Conversation] {
    struct Exchange: Decodable {
      var query: String?
      var response: String?
    }
    var conversations: [Conversation] = []
    for key in container.allKeys.sorted(by: { $0.stringValue < $1.stringValue }) {
      let user = try container.nestedContainer(keyedBy: AnyKey.self, forKey: key)
      let history = try user.decode([String: [Exchange]].self, forKey: AnyKey("history"))
      let sessions = history.sorted { $0.key < $1.key }.map { date, exchanges in
        Session(
          date: date,
          turns: exchanges.flatMap { exchange in
            [
              Turn(isReply: false, text: exchange.query ?? ""),
              Turn(isReply: true, text: exchange.response ?? ""),
            ]
          })
      }
      conversations.append(
        Conversation(
          id: key.stringValue, sessions: sessions,
          items: try questions(user, ["questions", "qa", "probing_questions"])))
    }
    guard !conversations.isEmpty else {
      throw DecodingError.keyNotFound(
        AnyKey("turns"), .init(codingPath: container.codingPath, debugDescription: ""))
    }
    return conversations
  }
}
