import Foundation
import Mneme
import MnemeEvaluation
import Testing

@Suite("Needles and streams")
struct NeedlesAndStreamTests {
  /// Where a value stands in a text, 0 to 1.
  private func depth(of value: String, in text: String) throws -> Double {
    let range = try #require(text.range(of: value))
    #expect(text.components(separatedBy: value).count == 2, "\(value) stands there twice")
    return Double(text.distance(from: text.startIndex, to: range.lowerBound)) / Double(text.count)
  }

  @Test(
    "Needles stand where it is said, in texts as long as it is said",
    arguments: [0, 1, 2] as [UInt64])
  func needles(seed: UInt64) throws {
    let options = SuiteOptions(seed: seed)
    let episodes = try SuiteWork.episodes("needles", options).episodes
    var cells: [String: Int] = [:]
    for episode in episodes {
      let text = SuiteWork.told(episode)
      for question in episode.questions {
        let length = try #require(question.length)
        #expect(abs(options.countTokens(text) - length) <= length / 10, "\(length)")
        let depth = try #require(question.depth)
        #expect(abs(try self.depth(of: question.answers[1], in: text) - depth) < 0.15)
        #expect(AnswerText.contains(question.answers[0], [question.answers[1]]))
        let key = AnswerText.words(question.prompt).last.map(String.init) ?? ""
        #expect(AnswerText.contains(text, [key]))
        cells["\(length) \(depth)", default: 0] += 1
      }
    }
    // Every cell of the map of depths and lengths is asked about.
    for length in [512, 2048] {
      for depth in [0, 0.25, 0.5, 0.75, 1] {
        #expect(cells["\(length) \(depth)", default: 0] > 0, "\(length) \(depth)")
      }
    }
    let kinds = Set(episodes.flatMap(\.questions).compactMap(\.kind))
    #expect(kinds == ["number", "word", "pass key", "multikey", "uuid pairs"])
  }

  @Test("Several keys hide several values, of which one is asked for")
  func multikey() throws {
    for episode in try SuiteWork.episodes("needles").episodes {
      let sentences = SuiteWork.told(episode).components(separatedBy: "One of the special magic ")
      switch episode.questions[0].kind {
      case "multikey":
        #expect(sentences.count == 5 && episode.questions.count == 1)
      case "uuid pairs":
        #expect(sentences.count > 3 && sentences[0].isEmpty && episode.questions.count == 2)
      default: #expect(episode.questions.count >= 3)
      }
    }
  }

  @Test("Other lengths", arguments: [64, 300, 9000])
  func lengths(length: Int) throws {
    let options = SuiteOptions(lengths: [length])
    for episode in try SuiteWork.episodes("needles", options).episodes {
      #expect(episode.questions.allSatisfy { $0.length == length })
      if length >= 300 {
        let told = options.countTokens(SuiteWork.told(episode))
        #expect(abs(told - length) <= length / 10)
      }
    }
  }

  @Test("A story of a length, whose names return after more than a window")
  func story() throws {
    let options = SuiteOptions(seed: 4)
    let tasks = try SuiteWork.texts(options)
    #expect(tasks.map(\.learns) == [true, false])
    #expect(tasks[1].before == tasks[0].text)
    #expect(tasks[0].before == nil)
    let story = tasks[0].text
    #expect(abs(options.countTokens(story) - 6000) < 300)
    #expect(abs(options.countTokens(tasks[1].text) - 2000) < 100)

    // Words that neither begin a sentence nor are known to English are names: they must return more than 4,096 characters
    // later, and none of them be in the other text.
    let quarter = story.count / 4
    let parts = (0..<4).map { Set(words(String(story.dropFirst($0 * quarter).prefix(quarter)))) }
    let names = parts[0].filter { $0.first?.isUppercase == true && $0.count > 3 }
    let returning = names.filter { parts[2].contains($0) && parts[3].contains($0) }
    #expect(returning.count >= 14, "\(returning.count)")
    #expect(
      Set(words(tasks[1].text)).intersection(returning).isSubset(of: ["When", "During", "Near"]))

    // It is no loop: hardly any longer run of words is there twice within a part, and phrases differ.
    let sentences = story.components(separatedBy: ". ")
    #expect(Double(Set(sentences).count) > 0.85 * Double(sentences.count))
  }

  private func words(_ text: String) -> [String] {
    text.split { !$0.isLetter }.map(String.init)
  }

  @Test("What is told of somebody never changes", arguments: [1, 2, 3] as [UInt64])
  func consistent(seed: UInt64) throws {
    let story = try SuiteWork.texts(SuiteOptions(seed: seed, lengths: [20_000]))[0].text
    // "It was NAME FAMILY, TRADE from HOME." and "NAME FAMILY was TRADE in HOME."
    var facts: [String: Set<String>] = [:]
    for match in story.matches(of: /It was (\w+ \w+), (the \w+) from (\w+)\./) {
      facts[String(match.1), default: []].insert("\(match.2) in \(match.3)")
    }
    for match in story.matches(of: /(\w+ \w+) was (the \w+) in (\w+)\./) {
      facts[String(match.1), default: []].insert("\(match.2) in \(match.3)")
    }
    #expect(facts.count >= 6, "\(facts)")
    #expect(facts.values.allSatisfy { $0.count == 1 }, "\(facts)")
    var sayings: [String: Set<String>] = [:]
    for match in story.matches(of: /"([^"]+)," said (\w+), as always\./) {
      sayings[String(match.2), default: []].insert(String(match.1))
    }
    #expect(sayings.count >= 3)
    #expect(sayings.values.allSatisfy { $0.count == 1 }, "\(sayings)")
  }

  @Test("Filler names nobody and counts nothing, so no answer is in it by chance")
  func filler() {
    var filler = FillerText(SuiteRandom(12, "test"))
    var seen: Set<String> = []
    for _ in 0..<2000 {
      let sentence = filler.sentence()
      seen.insert(sentence)
      #expect(sentence.dropFirst().allSatisfy { !$0.isUppercase && !$0.isNumber }, "\(sentence)")
      #expect(sentence.first?.isUppercase == true && sentence.last == ".")
    }
    #expect(seen.count > 1500, "\(seen.count)")
  }

  @Test("Another length; a book of one's own is cut to it")
  func book() throws {
    #expect(try SuiteWork.texts(SuiteOptions(lengths: [300]))[0].text.count < 2000)
    let line = "Call me what you like, and écoutez. "
    let book = String(repeating: String(repeating: line, count: 5) + "\n\n", count: 400)
    try SuiteWork.withFile(Data(book.utf8)) { path in
      let options = SuiteOptions(lengths: [500], data: path)
      let tasks = try SuiteWork.texts(options)
      #expect(book.hasPrefix(tasks[0].text))
      #expect(abs(options.countTokens(tasks[0].text) - 500) <= 50)
      #expect(tasks[1].before == tasks[0].text)
    }
  }

  @Test("A file cut through a character is read; bytes that are none are named")
  func encodings() throws {
    // 64 bytes a token are read: the cut falls into a character of three bytes for one of these.
    for shift in 0..<3 {
      let text = String(repeating: "a", count: shift) + String(repeating: "\u{20ac}", count: 300)
      try SuiteWork.withFile(Data(text.utf8)) { path in
        let tasks = try SuiteWork.texts(SuiteOptions(lengths: [1], data: path) { _ in 1 })
        #expect(text.hasPrefix(tasks[0].text) && !tasks[0].text.isEmpty)
      }
    }
    try SuiteWork.withFile(Data("été".utf8) + Data([0xff, 0x41])) { path in
      #expect(throws: EvaluationError.invalidUTF8(path: path, offset: 5)) {
        try StreamSuite().plan(SuiteOptions(data: path))
      }
    }
    try SuiteWork.withFile(Data(" \n ".utf8)) { path in
      #expect(throws: EvaluationError.nothingToMeasure(source: path, reason: "the text is empty")) {
        try StreamSuite().plan(SuiteOptions(data: path))
      }
    }
    #expect(throws: EvaluationError.unreadable(path: "/dev/zero", reason: "it is not a file")) {
      try StreamSuite().plan(SuiteOptions(data: "/dev/zero"))
    }
  }
}
