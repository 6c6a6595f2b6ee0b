import Foundation
import ModelFiles

/// The conversations of one JSON object, in any of the forms that are read.
struct ConversationElement: Decodable {
  var conversations: [Conversation]

  /// Distinguishes the forms by the members that only they have.
  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: AnyKey.self)
    func has(_ name: String) -> Bool { container.contains(AnyKey(name)) }
    if has("haystack_sessions") {
      conversations = [try Conversation(longMemEval: container)]
    } else if has("conversation") {
      conversations = [try Conversation(locomo: container)]
    } else if has("turns") || has("sessions") {
      conversations = [try Conversation(own: container)]
    } else {
      conversations = try Conversation.memoryBank(container)
    }
    for conversation in conversations {
      let turns = conversation.sessions.reduce(0) { $0 + $1.turns.count }
      guard conversation.sessions.count <= 10_000, turns <= 200_000,
        conversation.items.count <= 10_000
      else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: [AnyKey("sessions")], debugDescription: "too many"))
      }
    }
  }
}

extension Conversation {
  /// A record of LongMemEval (Wu et al. 2024, arXiv 2410.10813): `question_id`, `question_type`, `question`, `answer`,
  /// `question_date`, and `haystack_sessions` of turns with `role` and `content`, `haystack_dates` beside them.
  ///
  /// Replies are not learned, so questions of the type `single-session-assistant` cannot be answered from memory.
  init(longMemEval container: KeyedDecodingContainer<AnyKey>) throws {
    let id = try container.decodeIfPresent(String.self, forKey: AnyKey("question_id"))
    let type = try container.decodeIfPresent(String.self, forKey: AnyKey("question_type"))
    let question = try container.decode(String.self, forKey: AnyKey("question"))
    let asked = try container.decodeIfPresent(String.self, forKey: AnyKey("question_date"))
    let answer = try container.decode(AnswerField.self, forKey: AnyKey("answer"))
    let turns = try container.decode([[TurnField]].self, forKey: AnyKey("haystack_sessions"))
    let dates =
      try container.decodeIfPresent([String].self, forKey: AnyKey("haystack_dates")) ?? []
    let names =
      try container.decodeIfPresent([ByteString].self, forKey: AnyKey("haystack_session_ids")) ?? []
    let needed = Set(
      try container.decodeIfPresent([ByteString].self, forKey: AnyKey("answer_session_ids")) ?? [])

    var order = Array(turns.indices)
    if dates.count == turns.count {
      order.sort { dates[$0] != dates[$1] ? dates[$0] < dates[$1] : $0 < $1 }
    }
    var evidence: Set<Int> = []
    var sessions: [Session] = []
    for (place, number) in order.enumerated() {
      let isNamed = names.count == turns.count && needed.contains(names[number])
      if isNamed || turns[number].contains(where: \.hasAnswer) { evidence.insert(place) }
      sessions.append(
        Session(
          date: dates.count == turns.count ? dates[number] : nil,
          turns: turns[number].compactMap(\.chatTurn)))
    }
    let isAbstention = id?.hasSuffix("_abs") ?? false
    let prompt = asked.map { "Today is \($0). \(question)" } ?? question
    let answers = isAbstention ? answer.texts + Self.unanswerable : answer.texts
    self.init(
      id: id, sessions: sessions,
      items: [
        Item(
          prompt: prompt, answers: answers, kind: isAbstention ? "abstention" : type,
          evidence: evidence)
      ])
  }

  /// Phrases that count as saying that something was never told; those of LoCoMo's evaluation.
  static let unanswerable = ["No information available", "Not mentioned"]

  /// The names of LoCoMo's categories.
  private static let categories = [
    "1": "multi-hop", "2": "temporal", "3": "open-domain", "4": "single-hop", "5": "adversarial",
  ]

  /// A record of LoCoMo (Maharana et al. 2024, arXiv 2402.17753): `conversation` with `session_N` of turns with `speaker` and
  /// `text` and `session_N_date_time`; `qa` with `question`, `answer`, `category`, `evidence`, `adversarial_answer`.
  ///
  /// Both speakers are people that questions are about, so everything is learned, with the speaker's name before it.
  init(locomo container: KeyedDecodingContainer<AnyKey>) throws {
    let talk = try container.nestedContainer(keyedBy: AnyKey.self, forKey: AnyKey("conversation"))
    let numbers = talk.allKeys.compactMap { key -> Int? in
      key.stringValue.hasPrefix("session_") ? Int(key.stringValue.dropFirst(8)) : nil
    }.sorted()
    var sessions: [Session] = []
    var places: [Int: Int] = [:]
    for number in numbers {
      let turns = try talk.decode([TurnField].self, forKey: AnyKey("session_\(number)"))
      let date = try talk.decodeIfPresent(
        String.self, forKey: AnyKey("session_\(number)_date_time"))
      guard !turns.isEmpty else { continue }
      places[number] = sessions.count
      sessions.append(
        Session(
          date: date,
          turns: turns.map { turn in
            let picture = turn.caption.map { " (shows a picture of \($0))" } ?? ""
            return Turn(isReply: false, text: "\(turn.speaker): \(turn.text)\(picture)")
          }))
    }
    let questions =
      try container.decodeIfPresent([QuestionField].self, forKey: AnyKey("qa")) ?? []
    let items = questions.map { question in
      let kind = question.kind.map { Self.categories[$0] ?? $0 }
      var item = Item(prompt: question.question, answers: question.answers, kind: kind)
      if kind == "adversarial" {
        item.wrong = question.trap + question.answers
        item.answers = Self.unanswerable
      } else if kind == "open-domain", let answer = item.answers.first {
        // As in its evaluation, the text before a semicolon is the answer, and the rest explains it.
        let short = answer.split(separator: ";").first.map(String.init) ?? answer
        item.answers = [short.trimmingCharacters(in: .whitespaces)]
      }
      item.evidence = Set(question.evidence.flatMap(Self.sessions(of:)).compactMap { places[$0] })
      return item
    }
    self.init(
      id: try container.decodeIfPresent(String.self, forKey: AnyKey("sample_id")),
      sessions: sessions, items: items)
  }

  /// The sessions that evidence names: `D8:6; D9:17` names 8 and 9.
  private static func sessions(of evidence: String) -> [Int] {
    evidence.split { $0 == ";" || $0 == "," || $0 == " " }.compactMap { part in
      guard part.first == "D", let colon = part.firstIndex(of: ":") else { return nil }
      return Int(part[part.index(after: part.startIndex)..<colon])
    }
  }
}
