import Foundation
import Mneme
import MnemeEvaluation
import Testing

@Suite("Corrections, forgetting and edits")
struct UpdatesAndEditsTests {
  @Test("What holds is what was said last, and what is forgotten was told under its own source")
  func updates() throws {
    let episodes = try SuiteWork.episodes("updates", SuiteOptions(seed: 6)).episodes
    #expect(episodes.count == 12)
    for episode in episodes {
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
    let options = SuiteOptions(seed: 6) { $0.split(separator: " ").count }
    let episodes = try SuiteWork.episodes("edits", options).episodes
    #expect(episodes.count == 12)
    #expect(EditsSuite().metrics == [.success, .exactMatch, .nll])
    for episode in episodes {
      let tellings = episode.sessions[0]
      #expect(episode.questions.count == 10)
      #expect(episode.questions.count { $0.kind?.hasPrefix("edit") == true } == 5)
      #expect(tellings.allSatisfy { $0.kind == .fact && $0.text.hasSuffix($0.answer ?? "-") })
      #expect(episode.questions.allSatisfy { $0.isRaw })
      #expect(Set(episode.questions.compactMap(\.kind)).count == 4)
      for question in episode.questions where question.kind != "paraphrase" {
        let facts = tellings.filter { $0.text.hasPrefix(question.prompt + " ") }
        #expect(facts.count == (question.kind == "edit, rewritten" ? 2 : 1))
        #expect(facts.last?.answer == question.answers[0])
        if facts.count == 2 { #expect(facts[0].answer == question.wrong[0]) }
      }
      // No more words than the answer has: the continuation matches only if it is the answer.
      #expect(episode.questions.allSatisfy { $0.tokens == 1 && !$0.answers[0].contains(" ") })
    }
    // Every relation is rewritten somewhere, and every one is paraphrased.
    for kind in ["edit, rewritten", "paraphrase", "neighbourhood"] {
      let asked = episodes.flatMap(\.questions).filter { $0.kind == kind }
      #expect(Set(asked.map { relation(of: $0.prompt) }).count == 5, "\(kind)")
    }
  }

  /// A prompt without its names.
  private func relation(of prompt: String) -> String {
    prompt.split(separator: " ").filter { $0.first?.isLowercase == true }.joined(separator: " ")
  }

  @Test("Tokens of an answer are those behind the prompt, where joints of words are tokens, too")
  func answerTokens() throws {
    // A token for every blank and one for every three letters; an answer alone would lack its blank.
    let options = SuiteOptions(seed: 6) { text in
      let words = text.split(separator: " ")
      return words.count - 1 + words.reduce(0) { $0 + ($1.count + 2) / 3 }
    }
    for question in try SuiteWork.episodes("edits", options).episodes.flatMap(\.questions) {
      #expect(question.tokens == 1 + (question.answers[0].count + 2) / 3)
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
      #expect(episodes.count == 7)
      #expect(decoys.map(\.sessions) == [1, 2, 3, 4, 5, 6, 0].map { episodes[$0].sessions })
      #expect(episodes.allSatisfy { $0.questions.count == 25 && $0.sessions[0].count == 5 })
      #expect(Set(episodes.flatMap { $0.sessions[0].map(\.text) }).count == 35)
      let other = try SuiteWork.episodes("edits", SuiteOptions(seed: 2, data: path)).episodes
      #expect(other.count == 7 && other != episodes)
      let more = "[" + (0..<90).map(record).joined(separator: ",") + "]"
      try SuiteWork.withFile(Data(more.utf8)) { path in
        let all = try SuiteWork.episodes("edits", SuiteOptions(data: path)).episodes
        #expect(all.count == 12)
      }
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
