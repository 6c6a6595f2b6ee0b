import Foundation
import MnemeEvaluation
import Testing

@Suite("Stories over sessions")
struct SessionsSuiteTests {
  @Test("A reader that knows nothing of the simulator finds the same answers")
  func oracle() throws {
    var kinds: [String: Int] = [:]
    for seed in 0..<16 as Range<UInt64> {
      for episode in try SuiteWork.episodes("sessions", SuiteOptions(seed: seed)).episodes {
        let oracle = StoryOracle(episode.sessions.joined().map(\.text))
        #expect(episode.questions.count <= 10)
        for question in episode.questions where question.depth == nil {
          let found = try #require(oracle.answer(question.prompt), "\(question.prompt)")
          let kind = try #require(question.kind)
          kinds[kind, default: 0] += 1
          if kind == "lists" {
            let things = Set(question.answers[0].components(separatedBy: ", "))
            #expect(things == Set(found))
            for answer in question.answers {
              #expect(Set(AnswerText.words(answer).map(String.init)).subtracting(["and"]) == things)
            }
          } else {
            #expect(
              question.answers.map { $0.lowercased() }.contains(found[0]), "\(question.prompt)")
          }
          #expect(Set(question.wrong).isDisjoint(with: question.answers))
          #expect(question.wrong.count >= 2, "\(question.prompt)")
        }
      }
    }
    #expect(
      Set(kinds.keys) == [
        "where is who (1 fact)", "where is what (2 facts)", "where was it before (3 facts)",
        "who gave what to whom", "counting", "lists", "time", "deduction",
      ])
    #expect(kinds.values.allSatisfy { $0 > 50 }, "\(kinds)")
  }

  @Test(
    "Plain facts: told once, in the session the kind says; asked once; others' values are wrong")
  func plainFacts() throws {
    var kinds: [String: Int] = [:]
    for seed in 0..<16 as Range<UInt64> {
      for episode in try SuiteWork.episodes("sessions", SuiteOptions(seed: seed)).episodes {
        let facts = episode.questions.filter { $0.depth != nil }
        #expect(facts.count == 4 && Set(facts.map(\.prompt)).count == 4)
        for question in facts {
          let kind = try #require(question.kind)
          kinds[kind, default: 0] += 1
          let places = episode.sessions.indices.filter { session in
            episode.sessions[session].contains {
              StoryOracle.plainAnswer(to: question.prompt, in: $0.text) != nil
            }
          }
          #expect(places.count == 1)
          let session = try #require(places.first)
          #expect(kind == "plain fact, session \(session + 1)")
          #expect(question.depth == Double(session) / 2)
          let values = episode.sessions.joined().compactMap {
            StoryOracle.plainAnswer(to: question.prompt, in: $0.text)
          }
          #expect(values == question.answers)
          #expect(
            question.wrong.sorted()
              == facts.map { $0.answers[0] }.filter { $0 != values[0] }.sorted())
          // A name is nobody else's: it stands in one sentence of all.
          let said = episode.sessions.joined().filter {
            AnswerText.contains($0.text, question.answers)
          }
          #expect(said.count == 1)
        }
        #expect(Set(facts.compactMap(\.depth)) == [0, 0.5, 1])
      }
    }
    #expect(kinds.count == 3 && kinds.values.allSatisfy { $0 >= 160 + 30 }, "\(kinds)")
  }

  @Test("Labels of a question that it names itself are not wrong to name")
  func labels() throws {
    for question in try SuiteWork.episodes("sessions").episodes.flatMap(\.questions) {
      let named = AnswerText.words(question.prompt)
      #expect(question.wrong.allSatisfy { !named.contains(Substring($0.lowercased())) })
      let all = (question.wrong + question.answers.prefix(1)).joined(separator: " ")
      #expect(AnswerText.containsOnly(question.answers[0], question.answers, wrong: question.wrong))
      #expect(!AnswerText.containsOnly(all, question.answers, wrong: question.wrong))
    }
  }

  @Test("Three sessions with small talk between")
  func sessions() throws {
    let episodes = try SuiteWork.episodes("sessions").episodes
    #expect(episodes.count == 10)
    for episode in episodes {
      #expect(episode.sessions.count == 3)
      for session in episode.sessions {
        #expect(session.allSatisfy { $0.kind == .statement && $0.reply != nil })
        #expect(session.filter { $0.reply != "Okay." }.count == 3)
        #expect(session.count >= 15)
      }
    }
  }

  @Test("Labels are spread evenly: no answer can be guessed from the suite")
  func guesses() throws {
    var rooms: [String: Int] = [:]
    for seed in 0..<40 as Range<UInt64> {
      let episodes = try SuiteWork.episodes("sessions", SuiteOptions(seed: seed)).episodes
      for question in episodes.flatMap(\.questions)
      where question.kind?.hasPrefix("where is") == true {
        rooms[question.answers[0], default: 0] += 1
      }
    }
    #expect(rooms.count == 16)
    let total = rooms.values.reduce(0, +)
    #expect(rooms.values.allSatisfy { $0 < total / 10 }, "\(rooms)")
  }

  /// The published stories, where they lie: the reader above must answer them as they say, or it proves nothing.
  @Test(
    "The reader answers bAbI's own stories",
    .enabled(if: ProcessInfo.processInfo.environment["MNEME_BABI"] != nil),
    arguments: [1, 2, 3, 5, 7, 8, 14, 15])
  func published(task: Int) throws {
    let folder = try #require(ProcessInfo.processInfo.environment["MNEME_BABI"])
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
    let name = try #require(files.first { $0.hasPrefix("qa\(task)_") && $0.hasSuffix(".txt") })
    let text = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
    var story: [String] = []
    var (right, asked) = (0, 0)
    for line in text.split(separator: "\n").prefix(2000) {
      guard let space = line.firstIndex(of: " ") else { continue }
      if line[..<space] == "1" { story = [] }
      let parts = line[line.index(after: space)...].split(separator: "\t").map(String.init)
      guard parts.count > 1 else {
        story.append(parts[0])
        continue
      }
      asked += 1
      var expected = parts[1].split(separator: ",").map { $0.lowercased() }.sorted()
      if expected == ["nothing"] { expected = [] }
      var found = StoryOracle(story).answer(parts[0]) ?? []
      if expected == ["zero"] || expected == ["none"] { expected = ["none"] }
      if task == 15 {
        found = found.map { ["wolves": "wolf", "mice": "mouse", "cats": "cat"][$0] ?? $0 }
      }
      if found == expected { right += 1 }
    }
    #expect(asked > 100)
    #expect(right == asked, "\(right) of \(asked)")
  }
}
