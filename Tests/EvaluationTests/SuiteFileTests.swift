import Foundation
import Mneme
import MnemeEvaluation
import Testing

@Suite("Files of items")
struct SuiteFileTests {
  private func decode(_ text: String) throws -> [EvaluationItem] {
    try JSONLines.decode(EvaluationItem.self, from: Data(text.utf8), path: "items.jsonl")
  }

  @Test("One answer or several, setup and kind optional, empty lines skipped")
  func items() throws {
    let items = try decode(
      """
      {"prompt": "What?", "answer": "That"}

      {"prompt": "Who?", "answer": ["Ann", "Anna"], "setup": ["I am Ann."], "kind": "name"}
      """)
    #expect(
      items == [
        EvaluationItem(prompt: "What?", answers: ["That"]),
        EvaluationItem(
          prompt: "Who?", answers: ["Ann", "Anna"], setup: ["I am Ann."], kind: "name"),
      ])
  }

  @Test(
    "A line that does not fit is named",
    arguments: [
      (#"{"prompt": "x"}"#, "answer"), (#"{"answer": "x"}"#, "prompt"), ("{", "JSON"),
      (#"{"prompt": 3, "answer": "x"}"#, "prompt"), (#"{"prompt": "x", "answer": []}"#, "answer"),
      (#"["x"]"#, "shape"),
    ])
  func invalid(line: String, mention: String) throws {
    let error = #expect(throws: EvaluationError.self) {
      try decode(#"{"prompt": "a", "answer": "b"}"# + "\n\n" + line)
    }
    guard case .invalidLine(let path, let number, let reason)? = error else {
      Issue.record("another error: \(String(describing: error))")
      return
    }
    #expect(path == "items.jsonl")
    #expect(number == 3)
    #expect(reason.contains(mention), "\(reason)")
  }

  @Test("Conversations may say text or content")
  func conversations() throws {
    let text =
      #"{"turns": [{"role": "user", "text": "hi"}, {"role": "assistant", "content": "yo"}]}"#
    let records = try JSONLines.decode(
      ConversationRecord.self, from: Data(text.utf8), path: "c.jsonl")
    #expect(records[0].turns.map(\.text) == ["hi", "yo"])
  }
}

@Suite("A/B reports")
struct ABReportTests {
  private var report: ABReport {
    func outcome(_ contains: Double, _ nll: Double) -> ABReport.Outcome {
      ABReport.Outcome(text: "t", exactMatch: 0, contains: contains, nll: nll, tokens: 4)
    }
    return ABReport(
      arms: ["attached", "detached", "wrong-memory"], metrics: [.exactMatch, .contains, .nll],
      items: [
        .init(
          prompt: "p", answers: ["a"], kind: nil,
          arms: [
            "attached": outcome(1, 1), "detached": outcome(0, 3), "wrong-memory": outcome(0, 4),
          ]),
        .init(
          prompt: "q", answers: ["b"], kind: nil,
          arms: [
            "attached": outcome(1, 2), "detached": outcome(1, 4), "wrong-memory": outcome(0, 2),
          ]),
      ])
  }

  @Test("Means and differences per arm")
  func figures() throws {
    #expect(report.mean(.contains, arm: "attached") == 1)
    #expect(report.mean(.nll, arm: "detached") == 3.5)
    let delta = try #require(report.difference(.nll, against: "detached"))
    #expect(delta.mean == -2)
    #expect((delta.wins, delta.losses) == (2, 0))
    let wrong = try #require(report.difference(.nll, against: "wrong-memory"))
    #expect((wrong.wins, wrong.ties) == (1, 1))
  }

  @Test("JSON: arms, items, delta, controls")
  func json() throws {
    let data = try JSONEncoder().encode(report)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object["items"] as? Int == 2)
    let arms = try #require(object["arms"] as? [String: [String: Double]])
    #expect(arms["attached"]?["contains"] == 1)
    let delta = try #require(object["delta"] as? [String: [String: Any]])
    #expect(delta["nll"]?["mean"] as? Double == -2)
    let controls = try #require(object["controls"] as? [String: Any])
    #expect(controls["wrong-memory"] != nil)
    #expect(controls["detached"] == nil)
  }

  @Test("Of a text every token counts once")
  func text() throws {
    let items = [(2.0, 10), (5.0, 30)].map { nll, tokens in
      ABReport.Item(
        prompt: nil, answers: nil, kind: nil,
        arms: ["attached": ABReport.Outcome(nll: nll, tokens: tokens)])
    }
    let report = ABReport(arms: ["attached"], metrics: [.nll, .perplexity], items: items)
    #expect(report.mean(.nll, arm: "attached") == 4.25)
    #expect(report.mean(.perplexity, arm: "attached") == exp(4.25))
  }
}
