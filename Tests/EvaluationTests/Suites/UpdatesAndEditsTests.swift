import Evaluation
import Foundation
import Testing

@Suite("Corrections, forgetting and edits")
struct UpdatesAndEditsTests {
  @Test("What holds is what was said last, and what is forgotten was told under its own source")
  func updates() throws {
    for episode in try SuiteWork.episodes("updates", SuiteOptions(seed: 6)).episodes {
      let tellings = Array(episode.sessions.joined())
      let forgotten = Set(tellings.filter { $0.kind == .forget }.compactMap(\.source))
      #expect(forgotten.count == 2)
      #expect(episode.questions.count == 10)
      for question in episode.questions {
        // Statements that say what is asked.
        let about = AnswerText.words(question.prompt).dropFirst(2).filter { $0 != "called" }
        let said = tellings.filter {
          AnswerText.contains($0.text, [about.joined(separator: " ")])
        }
        let last = try #require(said.last)
        #expect(AnswerText.contains(last.text, question.answers))
        switch question.kind {
        case "corrected":
          #expect(said.count == 2 && said[1].text.hasPrefix("No, "))
          #expect(AnswerText.contains(said[0].text, question.wrong))
          #expect(said.allSatisfy { $0.source == nil })
        case "untouched":
          #expect(said.count == 1 && last.source == nil)
          #expect(question.wrong.count == 1)
        case "forgotten":
          #expect(question.isForgotten)
          #expect(said.count == 1)
          #expect(forgotten.contains(try #require(last.source)))
          #expect(question.wrong == question.answers)
        default: Issue.record("\(question.kind ?? "none")")
        }
        #expect(question.isForgotten == (question.kind == "forgotten"))
      }
      // Each source names one statement.
      for source in forgotten {
        #expect(tellings.filter { $0.source == source && $0.kind == .statement }.count == 1)
      }
    }
  }

  @Test("Generated edits: the last fact written is the answer, the neighbour keeps the old one")
  func generated() throws {
    for episode in try SuiteWork.episodes("edits", SuiteOptions(seed: 6)).episodes {
      let tellings = episode.sessions[0]
      #expect(tellings.allSatisfy { $0.kind == .fact && $0.text.hasSuffix($0.answer ?? "-") })
      #expect(episode.questions.allSatisfy { $0.isRaw })
      #expect(Set(episode.questions.compactMap(\.kind)).count == 4)
      for question in episode.questions where question.kind != "paraphrase" {
        let facts = tellings.filter { $0.text.hasPrefix(question.prompt + " ") }
        #expect(facts.count == (question.kind == "edit, rewritten" ? 2 : 1))
        #expect(facts.last?.answer == question.answers[0])
        if facts.count == 2 { #expect(facts[0].answer == question.wrong[0]) }
      }
    }
  }

  private func record(_ number: Int) -> String {
    """
    {"requested_rewrite": {"prompt": "The home of {} is", "subject": "Person\(number)", "target_new": {"str": "New\(number)"},
    "target_true": {"str": "Old\(number)"}}, "paraphrase_prompts": ["a", "b", "c"], "neighborhood_prompts": ["d", "e", "f"]}
    """
  }

  @Test("A file's edits in batches; the decoy is the next batch; none when there is one")
  func file() throws {
    let records = "[" + (0..<35).map(record).joined(separator: ",") + "]"
    try SuiteWork.withFile(Data(records.utf8)) { path in
      let (episodes, decoys) = try SuiteWork.episodes(
        "edits", SuiteOptions(seed: 1, episodes: 99, data: path))
      #expect(episodes.count == 3)
      #expect(decoys.map(\.sessions) == [1, 2, 0].map { episodes[$0].sessions })
      #expect(episodes.allSatisfy { $0.questions.count == 50 && $0.sessions[0].count == 10 })
      #expect(Set(episodes.flatMap { $0.sessions[0].map(\.text) }).count == 30)
      let other = try SuiteWork.episodes("edits", SuiteOptions(seed: 2, data: path)).episodes
      #expect(other.count == 2 && other != Array(episodes.prefix(2)))
    }
    try SuiteWork.withFile(Data("[\(record(1))]".utf8)) { path in
      let (episodes, decoys) = try SuiteWork.episodes("edits", SuiteOptions(data: path))
      #expect(episodes.count == 1 && decoys.isEmpty)
      #expect(
        episodes[0].sessions == [[Telling(.fact, "The home of Person1 is New1", answer: "New1")]])
      #expect(
        episodes[0].questions.map(\.kind) == [
          "edit", "paraphrase", "paraphrase", "neighbourhood", "neighbourhood",
        ])
      #expect(episodes[0].questions[3].answers == ["Old1"])
      #expect(episodes[0].questions[3].wrong == ["New1"])
    }
  }

  @Test("A file that is none, or empty, or not there", arguments: ["[]", "{}", "x"])
  func refused(text: String) throws {
    try SuiteWork.withFile(Data(text.utf8)) { path in
      #expect(throws: EvaluationError.self) {
        try EditsSuite().plan(SuiteOptions(data: path))
      }
      #expect(throws: EvaluationError.unreadable(path: path + "x", reason: "there is no such file"))
      {
        try EditsSuite().plan(SuiteOptions(data: path + "x"))
      }
    }
  }
}
