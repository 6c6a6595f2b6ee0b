import Foundation
import Memory
import MnemeEvaluation
import Testing

@Suite("Everyday facts in free wordings")
struct EverydaySuiteTests {
  private func episodes(_ seed: UInt64 = 6, _ count: Int? = nil) throws -> [Episode] {
    try SuiteWork.episodes("everyday", SuiteOptions(seed: seed, episodes: count)).episodes
  }

  @Test("Many kinds, each with wordings of its own; statements and corrections hold the value")
  func kinds() {
    let kinds = EverydaySuite.kinds
    #expect(kinds.count >= 24)
    #expect(Set(kinds.map(\.name)).count == kinds.count)
    for kind in kinds {
      #expect(kind.statements.count >= 4 && kind.corrections.count >= 2, "\(kind.name)")
      #expect(kind.questions.count >= 2 && kind.paraphrases.count >= 2, "\(kind.name)")
      for text in kind.statements + kind.corrections {
        #expect(text.contains("{}"), "\(text)")
      }
      for text in kind.questions + kind.paraphrases + kind.lookalikes {
        #expect(!text.contains("{}") && text.count > 8, "\(text)")
      }
      if case .words(let values) = kind.values { #expect(values.count >= 5, "\(kind.name)") }
    }
    let texts = kinds.flatMap { $0.statements + $0.corrections + $0.questions + $0.paraphrases }
    #expect(Set(texts).count == texts.count)
  }

  @Test("Four lives ask for every kind, and have twelve facts, three corrections, seven unrelated")
  func shape() throws {
    let episodes = try episodes()
    #expect(episodes.count == 4)
    for episode in episodes {
      let kinds = Dictionary(grouping: episode.questions) { $0.kind ?? "" }.mapValues(\.count)
      #expect(kinds == ["direct": 9, "paraphrase": 9, "corrected": 3, "unrelated": 7])
      // Every fact once, three of them again, and small talk.
      #expect(episode.sessions.joined().count == 24 + 3 + 8)
      #expect(episode.sessions.count == 2)
      #expect(episode.sessions.joined().allSatisfy { $0.kind == .statement && $0.reply != nil })
      #expect(Set(episode.questions.map(\.prompt)).count == episode.questions.count)
    }
    let asked = Set(episodes.flatMap(\.questions).map(\.prompt))
    for kind in EverydaySuite.kinds {
      #expect(!asked.isDisjoint(with: kind.questions), "\(kind.name)")
    }
  }

  @Test("What is asked was told, and of what was corrected the present value last")
  func told() throws {
    for episode in try episodes(7) {
      let texts = episode.sessions.joined().map(\.text)
      #expect(texts.allSatisfy { !$0.contains("{}") && !$0.contains("()") })
      for question in episode.questions {
        #expect(question.isUnrelated == (question.kind == "unrelated"))
        guard !question.isUnrelated else { continue }
        let holding = texts.indices.filter { AnswerText.contains(texts[$0], question.answers) }
        #expect(!holding.isEmpty, "\(question.prompt)")
        #expect(question.wrong.isEmpty == (question.kind != "corrected"))
        guard !question.wrong.isEmpty else { continue }
        let before = try #require(
          texts.firstIndex { AnswerText.contains($0, question.wrong) }, "\(question.prompt)")
        #expect(try #require(holding.last) > before, "\(question.prompt)")
      }
    }
  }

  @Test("No two facts of a life have the same value")
  func values() throws {
    for seed in [0, 5, 11] as [UInt64] {
      for episode in try episodes(seed, 6) {
        let answers = Dictionary(grouping: episode.questions.filter { !$0.isUnrelated }) {
          $0.answers
        }
        // A fact is asked for twice, a corrected one once.
        #expect(answers.count == 12)
        #expect(answers.values.allSatisfy { $0.count <= 2 })
        let wrong = episode.questions.flatMap(\.wrong)
        #expect(Set(wrong).isDisjoint(with: answers.keys.joined()))
      }
    }
  }

  @Test("Different lives use different wordings of a kind")
  func wordings() throws {
    let texts = try episodes(3, 60).flatMap { $0.sessions.joined() }.map(\.text)
    for kind in EverydaySuite.kinds {
      let used = kind.statements.count { statement in
        let fixed = statement.components(separatedBy: "{}").max { $0.count < $1.count } ?? ""
        return texts.contains { $0.contains(fixed) }
      }
      #expect(used >= 3, "\(kind.name)")
    }
  }

  @Test("Its sentences are none of those that models are met and memories calibrated with")
  func ownWordings() throws {
    func plain(_ text: String) -> String { AnswerText.words(text).joined(separator: " ") }
    var known = Set(TalkSentences.all.map(plain))
    var conversations = CalibrationConversations(seed: 7)
    for fact in conversations.facts(32) {
      known.formUnion([plain(fact.statement), plain(fact.question)])
    }
    for _ in 0..<60 { known.insert(plain(conversations.talk().0)) }
    #expect(known.count > 300)
    for episode in try episodes(0, 40) {
      let said = episode.sessions.joined().map(\.text) + episode.questions.map(\.prompt)
      for text in said { #expect(!known.contains(plain(text)), "\(text)") }
    }
  }
}
