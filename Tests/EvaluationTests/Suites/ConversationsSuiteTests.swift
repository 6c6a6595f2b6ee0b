import Foundation
import Mneme
import MnemeEvaluation
import ModelFiles
import Testing

@Suite("Real conversations")
struct ConversationsSuiteTests {
  private func plan(
    _ name: String, _ options: SuiteOptions = SuiteOptions()
  ) throws -> (episodes: [Episode], decoys: [Episode]) {
    var options = options
    options.data = try SuiteWork.fixture("conversations/" + name)
    return try SuiteWork.episodes("conversations", options)
  }

  private func episode(_ name: String, told text: String) throws -> Episode {
    let (episodes, _) = try plan(name)
    return try #require(episodes.first { SuiteWork.told($0).contains(text) })
  }

  @Test(
    "A byte order mark before a file changes nothing",
    arguments: ["locomo.json", "longmemeval.json", "memorybank.json", "own.jsonl"])
  func byteOrderMark(name: String) throws {
    let bytes = try Data(
      contentsOf: URL(fileURLWithPath: SuiteWork.fixture("conversations/" + name)))
    try SuiteWork.withFile(Data(ByteOrderMark.utf8) + bytes) { path in
      let marked = try SuiteWork.episodes("conversations", SuiteOptions(data: path))
      #expect(try marked.episodes == plan(name).episodes)
    }
    try SuiteWork.withFile(Data([0xFF, 0xFE]) + bytes) { path in
      #expect(throws: EvaluationError.wideText(path: path)) {
        try SuiteWork.episodes("conversations", SuiteOptions(data: path))
      }
    }
  }

  @Test("LoCoMo: sessions by number, both speakers by name, dates first, categories named")
  func locomo() throws {
    let episode = try episode("locomo.json", told: "cello")
    #expect(
      episode.sessions.map { $0.map(\.text) } == [
        [
          "The date is 1:56 pm on 8 May, 2023.", "Tilda: I began to learn the cello in 2019.",
          "Bruno: How nice.",
        ],
        [
          "The date is 4:10 pm on 20 May, 2023.",
          "Tilda: Look at this! (shows a picture of a red kite)",
          "Bruno: Lovely. I moved to Bremen.",
        ],
        [
          "The date is 9:05 am on 3 June, 2023.", "Bruno: I sold the old boat.",
          "Tilda: What will you buy instead?",
        ],
      ])
    let byKind = Dictionary(uniqueKeysWithValues: episode.questions.map { ($0.kind ?? "", $0) })
    #expect(byKind.count == 5)
    #expect(byKind["temporal"]?.answers == ["2019"])
    #expect(byKind["multi-hop"]?.answers == ["Bremen, his boat"])
    #expect(byKind["open-domain"]?.answers == ["Yes"])
    #expect(byKind["single-hop"]?.prompt == "Where does Bruno live?")
    #expect(byKind["adversarial"]?.answers == ["No information available", "Not mentioned"])
    #expect(byKind["adversarial"]?.wrong == ["2019"])
  }

  @Test("LoCoMo: cut to a length, the questions are those whose evidence is still told")
  func cut() throws {
    for seed in 0..<20 as Range<UInt64> {
      let (episodes, _) = try plan("locomo.json", SuiteOptions(seed: seed, lengths: [50]))
      for episode in episodes where SuiteWork.told(episode).contains("Bruno") {
        let told = SuiteWork.told(episode)
        #expect(episode.sessions.count < 3)
        #expect(!episode.questions.isEmpty)
        for question in episode.questions {
          switch question.prompt {
          case "Where does Bruno live?": #expect(told.contains("Bremen"))
          case "Where did Bruno move, and what did he sell?":
            #expect(told.contains("Bremen") && told.contains("boat"))
          default: #expect(told.contains("cello"))
          }
        }
      }
    }
  }

  @Test("LongMemEval: by date, replies beside what was said, the day of the question")
  func longMemEval() throws {
    let episode = try episode("longmemeval.json", told: "eight plants")
    #expect(
      episode.sessions == [
        [
          Telling(.statement, "The date is 2023/05/20 (Sat) 02:21."),
          Telling(.statement, "I have eight plants.", reply: "Nice."),
          Telling(.statement, "They are in the window."),
        ],
        [
          Telling(.statement, "The date is 2023/05/25 (Thu) 08:00."),
          Telling(.statement, "What is the tallest mountain?", reply: "Everest."),
        ],
        [
          Telling(.statement, "The date is 2023/05/30 (Tue) 23:40."),
          Telling(
            .statement, "I bought four more plants, so I have 12 now.", reply: "What a green home!"),
        ],
      ])
    let question = try #require(episode.questions.first)
    #expect(question.prompt == "Today is 2023/06/01 (Thu) 10:00. How many plants do I have?")
    #expect(question.answers == ["12"] && question.kind == "knowledge-update")
  }

  @Test("LongMemEval: the evidence stays however short it is cut, other sessions go")
  func evidence() throws {
    let (episodes, _) = try plan("longmemeval.json", SuiteOptions(lengths: [1]))
    let episode = try #require(episodes.first { SuiteWork.told($0).contains("eight plants") })
    #expect(episode.sessions.count == 2)
    #expect(SuiteWork.told(episode).contains("12 now"))
    #expect(!SuiteWork.told(episode).contains("mountain"))
  }

  @Test("LongMemEval: abstention; what an assistant says first answers nothing")
  func abstention() throws {
    let episode = try episode("longmemeval.json", told: "Brelmo")
    #expect(episode.questions[0].kind == "abstention")
    #expect(
      episode.questions[0].answers == [
        "You did not mention a hamster.", "No information available", "Not mentioned",
      ])
    // With the date before it, what the assistant says first answers the date.
    #expect(
      episode.sessions[0].map(\.reply) == ["Welcome back.", "Hello Brelmo!\nHow old is he?"])
  }

  @Test("MemoryBank: users by name, days in order, questions without answers left out")
  func memoryBank() throws {
    let (episodes, decoys) = try plan("memorybank.json")
    #expect(episodes.count == 2 && decoys.count == 2)
    let ruta = try #require(episodes.first { SuiteWork.told($0).contains("Ruta") })
    #expect(
      ruta.sessions.map { $0.map(\.text) } == [
        ["The date is 2023-04-27.", "Hello, I am Ruta.", "I like to row."],
        ["The date is 2023-05-02.", "I read a book called The Salt Road."],
      ])
    #expect(ruta.sessions[0][2].reply == "Where do you row?")
    #expect(Set(ruta.questions.map(\.answers)) == [["The Salt Road", "Salt Road"], ["row"]])
    #expect(!SuiteWork.told(decoys[0]).contains(SuiteWork.told(episodes[0])))
  }

  @Test("Our own form, one a line: turns or sessions, one answer or several, numbers and yes")
  func own() throws {
    let (episodes, decoys) = try plan("own.jsonl")
    #expect(episodes.count == 3 && decoys.count == 3)
    let one = try #require(episodes.first { SuiteWork.told($0).contains("Fimro") })
    #expect(
      one.sessions == [[Telling(.statement, "My goat is called Fimro.", reply: "Hello Fimro!")]])
    #expect(one.questions.map(\.kind) == ["pet"])
    let two = try #require(episodes.first { SuiteWork.told($0).contains("clock") })
    #expect(two.sessions.map { $0[1].text } == ["I own a clock.", "I sold it for 2.5 crowns."])
    #expect(Set(two.questions.map(\.answers)) == [["2.5", "two and a half"], ["yes"]])
    #expect(Set(two.questions.map(\.kind)) == ["1", nil])
    let three = try #require(episodes.first { SuiteWork.told($0).contains("harp") })
    #expect(three.questions[0].wrong == ["flute"])
    for (episode, decoy) in zip(episodes, decoys) {
      let told = SuiteWork.told(decoy)
      #expect(!AnswerText.contains(told, episode.questions.flatMap(\.answers)))
    }
  }

  @Test("A record alone has no decoy; a smaller number is spread over the file by the seed")
  func selection() throws {
    let line =
      #"{"turns": [{"role": "user", "text": "Fact %."}], "qa": [{"question": "?", "answer": "%"}]}"#
    func file(_ count: Int) -> Data {
      Data((0..<count).map { line.replacing("%", with: "n\($0)") }.joined(separator: "\n").utf8)
    }
    try SuiteWork.withFile(file(1)) { path in
      let (episodes, decoys) = try SuiteWork.episodes("conversations", SuiteOptions(data: path))
      #expect(episodes.count == 1 && decoys.isEmpty)
    }
    try SuiteWork.withFile(file(100)) { path in
      var starts: Set<String> = []
      for seed in 0..<10 as Range<UInt64> {
        let options = SuiteOptions(seed: seed, episodes: 5, data: path)
        let (episodes, decoys) = try SuiteWork.episodes("conversations", options)
        #expect(try SuiteWork.episodes("conversations", options).episodes == episodes)
        #expect(Set(episodes.map(SuiteWork.told)).count == 5)
        #expect(zip(episodes, decoys).allSatisfy { $0.sessions != $1.sessions })
        starts.insert(SuiteWork.told(episodes[0]))
      }
      #expect(starts.count > 5)
    }
  }

  @Test(
    "Files that cannot be used are refused in a sentence that names the record",
    arguments: [
      ("[{}", 1, "breaks off"), (#"{"turns": ["#, 1, "breaks off"), ("[1]", 1, "breaks off"),
      ("x", 1, "breaks off"), ("[{} {}]", 1, "no comma"), ("[{}] {}", 2, "something follows"),
      (#"{"turns": [{"role": "user", "text": "a"}], "turns": []}"#, 1, "not JSON"),
      (#"{"turns": 3}"#, 1, #""turns""#), (#"{"turns": [{"role": "user"}]}"#, 1, #""content""#),
      (#"{"a": {"name": "b"}}"#, 1, #""history" is missing"#), ("{}", 1, #""turns" is missing"#),
      (#"{"haystack_sessions": [], "question": "q"}"#, 1, #""answer" is missing"#),
      (#"{"conversation": {"session_1": [{"speaker": 1}]}}"#, 1, "wrong type"),
      (#"{"turns": [], "qa": [{"answer": "a"}]}"#, 1, #""question" is missing"#),
      (String(repeating: "[", count: 100_000), 1, "breaks off"),
      (
        #"{"a":"# + String(repeating: "[", count: 9000) + String(repeating: "]", count: 9000) + "}",
        1, "not JSON"
      ),
      (#"{"turns": [], "id": "\ud800"}"#, 1, "not JSON"),
    ])
  func damaged(text: String, record: Int, mention: String) throws {
    try SuiteWork.withFile(Data(text.utf8)) { path in
      let error = #expect(throws: EvaluationError.self) {
        try ConversationsSuite().plan(SuiteOptions(data: path))
      }
      guard case .invalidConversation(path, let number, let reason)? = error else {
        Issue.record("another error: \(String(describing: error))")
        return
      }
      #expect(number == record)
      #expect(reason.contains(mention), "\(reason)")
    }
  }

  @Test("A bad line is named by its number, and only when it is used")
  func badLine() throws {
    let good =
      #"{"turns": [{"role": "user", "text": "a b"}], "qa": [{"question": "?", "answer": "b"}]}"#
    try SuiteWork.withFile(Data("\(good)\n\(good)\n{\"turns\": 1}\n".utf8)) { path in
      #expect(
        throws: EvaluationError.invalidConversation(
          path: path, record: 3, reason: "\"turns\" has the wrong type")
      ) { try ConversationsSuite().plan(SuiteOptions(data: path)) }
    }
  }

  @Test(
    "Nothing to ask, nothing there, no file",
    arguments: ["", "[]", " \n", #"{"turns": [{"role": "user", "text": "a"}]}"#])
  func nothing(text: String) throws {
    try SuiteWork.withFile(Data(text.utf8)) { path in
      let error = #expect(throws: EvaluationError.self) {
        try ConversationsSuite().plan(SuiteOptions(data: path))
      }
      guard case .nothingToMeasure(path, _)? = error else {
        Issue.record("another error: \(String(describing: error))")
        return
      }
    }
    #expect(throws: EvaluationError.self) { try ConversationsSuite().plan(SuiteOptions()) }
  }

  @Test("Any cut of a good file is refused or read, never more")
  func truncated() throws {
    for name in ["locomo.json", "longmemeval.json", "memorybank.json", "own.jsonl"] {
      let data = try Data(
        contentsOf: URL(fileURLWithPath: SuiteWork.fixture("conversations/" + name)))
      for length in stride(from: 0, to: data.count, by: 37) {
        try SuiteWork.withFile(data.prefix(length)) { path in
          do {
            _ = try ConversationsSuite().plan(SuiteOptions(data: path))
            #expect(name == "own.jsonl")
          } catch { #expect(error is EvaluationError) }
        }
      }
    }
  }

  @Test("One sentence says what is wrong, where, and what is read")
  func message() {
    let error = EvaluationError.invalidConversation(
      path: "talk.json", record: 7, reason: "\"turns\" has the wrong type")
    let said = error.explanation
    #expect(said.what == "\"turns\" has the wrong type")
    #expect(said.location == "talk.json, record 7")
    #expect(said.expected?.contains("LongMemEval, LoCoMo, MemoryBank") == true)
    #expect(said.hint?.contains("\"questions\": [{") == true)
  }

  @Test("A long history costs no more than its bytes")
  func large() throws {
    let turn =
      #"{"role": "user", "content": "I have \#(String(repeating: "seen ", count: 400))it."}"#
    let session = "[" + Array(repeating: turn, count: 20).joined(separator: ",") + "]"
    let record = #"""
      {"question_id": "q", "question": "What?", "answer": "it", "answer_session_ids": ["s3"],
      "haystack_session_ids": [\#((0..<8).map { "\"s\($0)\"" }.joined(separator: ","))],
      "haystack_sessions": [\#(Array(repeating: session, count: 8).joined(separator: ","))]}
      """#
    let file = "[" + Array(repeating: record, count: 10).joined(separator: ",\n") + "]"
    #expect(file.utf8.count > 3_000_000)
    try SuiteWork.withFile(Data(file.utf8)) { path in
      let start = ContinuousClock.now
      let (episodes, _) = try SuiteWork.episodes(
        "conversations",
        SuiteOptions(episodes: 1, lengths: [25_000], data: path) { $0.utf8.count / 4 })
      #expect(episodes[0].sessions.count == 2)
      // A second or two without optimisation; what grows with the square would take minutes.
      #expect(ContinuousClock.now - start < .seconds(60))
    }
  }

  @Test(
    "Names and words of the file are not in the message",
    arguments: [
      #"{"Secret": {"history": 3}}"#, #"{"Secret": 1}"#,
      #"{"Secret": {"history": {"Secret": [1]}}}"#,
      #"{"turns": [{"role": "user", "text": "Secret"}, {"role": "Secret"}]}"#, "Secret",
      #"{"turns": [], "qa": {"Secret": "Secret"}}"#,
    ])
  func discreet(text: String) throws {
    try SuiteWork.withFile(Data(text.utf8)) { path in
      let error = #expect(throws: EvaluationError.self) {
        try ConversationsSuite().plan(SuiteOptions(data: path))
      }
      let said = try #require(error?.explanation)
      #expect(!said.what.contains("Secret"))
      #expect(said.location == path + ", record 1")
    }
  }

  @Test("The places of values: lists, lines, brackets and quotation marks in texts")
  func elements() throws {
    let list = Data(#" [ {"a": "}]\"{"} , {"b": [1, {"c": {}}]},{} ] "#.utf8)
    let found = try JSONElements.ranges(list).map { String(decoding: list[$0], as: UTF8.self) }
    #expect(found == [#"{"a": "}]\"{"}"#, #"{"b": [1, {"c": {}}]}"#, "{}"])
    let lines = Data("{\"a\": 1}\n\r\n{\"b\": \"\\\\\"}{}".utf8)
    #expect(try JSONElements.ranges(lines).count == 3)
    #expect(try JSONElements.ranges(Data()).isEmpty)
    #expect(try JSONElements.ranges(Data("[ ]".utf8)).isEmpty)
  }
}
