import Foundation
import MnemeEvaluation
import Testing

@Suite("Results of a run as JSON")
struct EvaluationResultsTests {
  private var results: EvaluationResults {
    var timings = RunTimings(began: 1, seconds: ["recall": 2], peakMemoryBytes: 3)
    timings.costs = [CostTiming(arm: "attached", tokens: 5)]
    var recall = SampleResults.recall
    recall.items[0].answerPieces = ["a", "b"]
    recall.items[0].arms["attached"]?.tokenNLL = [1, 1]
    recall.costs = [
      CostResult(arm: "attached", tokens: 5, stateBytes: 6, fileBytes: 7, entries: 8)
    ]
    return EvaluationResults(
      settings: SampleResults.settings, suites: [recall, SampleResults.text], done: 4, total: 5,
      timings: timings)
  }

  private func object(_ results: EvaluationResults) throws -> [String: Any] {
    let data = try JSONEncoder().encode(results)
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test("What was measured comes back as it was, whatever figures stand beside it")
  func roundTrip() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let data = try encoder.encode(results)
    let decoded = try JSONDecoder().decode(EvaluationResults.self, from: data)
    #expect(decoded == results)
    #expect(try encoder.encode(decoded) == data)
    var object = try object(results)
    object["arms"] = "what"
    object["delta"] = nil
    object["suites"] = try #require(object["suites"] as? [[String: Any]]).map {
      $0.merging(["figures": 3]) { $1 }
    }
    let edited = try JSONSerialization.data(withJSONObject: object)
    #expect(try JSONDecoder().decode(EvaluationResults.self, from: edited) == results)
  }

  @Test("On top level the answer over all suites")
  func pooled() throws {
    let object = try object(results)
    #expect(
      Set(object.keys) == [
        "settings", "suites", "done", "total", "timings", "arms", "items", "delta", "controls",
      ])
    #expect(object["items"] as? Int == 10)
    let arms = try #require(object["arms"] as? [String: [String: Double]])
    #expect(Set(arms.keys) == ["attached", "episodic", "detached", "full-context"])
    #expect(arms["episodic"]?.isEmpty == true)
    // One suite has it: 6 of 7. Both have nll: 8 of 7 questions and 1, 4 of two windows.
    #expect(arms["attached"]?["exact_match"] == 6.0 / 7)
    #expect(try abs(#require(arms["attached"]?["nll"]) - 13.0 / 9) < 1e-12)
    #expect(arms["detached"]?["nll"] == 4)
    #expect(try abs(#require(arms["detached"]?["perplexity"]) - exp(2)) < 1e-12)
    let delta = try #require(object["delta"] as? [String: [String: Any]])
    #expect(Set(delta.keys) == ["exact_match", "nll"])
    #expect(
      Set(try #require(delta["nll"]).keys) == [
        "mean", "ci95", "wins", "losses", "ties", "units", "p",
      ])
    // -27 over the questions, -1 and +2 over the windows, nine in all.
    #expect(abs(try #require(delta["nll"]?["mean"] as? Double) + 26 / 9) < 1e-12)
    #expect(delta["nll"]?["wins"] as? Int == 7)
    #expect(delta["nll"]?["losses"] as? Int == 1)
    let controls = try #require(object["controls"] as? [String: [String: [String: Any]]])
    #expect(Set(controls.keys) == ["full-context"])
    #expect(controls["full-context"]?["nll"]?["losses"] as? Int == 2)
  }

  @Test("The unit is the episode of a suite, whatever other suites name theirs")
  func units() throws {
    var results = results
    var recall = SampleResults.recall
    for index in recall.items.indices { recall.items[index].episode = "episode \(index / 2)" }
    var other = recall
    other.name = "other"
    results.suites = [recall, other, SampleResults.text]
    #expect(results.figures.map(\.comparisons.first?.difference.units) == [4, 4, 2])
    #expect(results.pooled.delta[.exactMatch]?.units == 8)
    // Windows of texts have no episode.
    #expect(results.pooled.delta[.nll]?.units == 10)
    #expect(results.pooled.delta[.exactMatch]?.mean == 6.0 / 7)
    results.suites[1].items[7].episode = nil
    results.suites[1].items[6].episode = nil
    // The last item is not in both arms.
    #expect(results.pooled.delta[.exactMatch]?.units == 8)
    #expect(results.pooled.items == 18)
  }

  @Test("Figures stand in each suite, verdicts corrected")
  func figures() throws {
    let suites = try #require(try object(results)["suites"] as? [[String: Any]])
    let figures = results.figures
    #expect(figures.map(\.name) == ["recall", "text"])
    for (suite, figures) in zip(suites, figures) {
      let data = try JSONSerialization.data(withJSONObject: try #require(suite["figures"]))
      let decoded = try JSONDecoder().decode(SuiteFigures.self, from: data)
      #expect(decoded.comparisons.map(\.verdict) == figures.comparisons.map(\.verdict))
      #expect(suite["arm_names"] as? [String] != nil)
    }
    // Two decide: p of 2/64 for recall, 1 for the text of two windows; 4/64 is not below 0.05.
    #expect(figures[0].comparisons[0].verdict == .undecided)
    #expect(figures[0].comparisons[1].verdict == .better)
  }

  @Test("A run without suites, and one without a plain model")
  func little() throws {
    var results = EvaluationResults(
      settings: SampleResults.settings, suites: [], done: 0, total: 0)
    #expect(results.isComplete && results.pooled.items == 0 && results.pooled.delta.isEmpty)
    let data = try JSONEncoder().encode(results)
    #expect(try JSONDecoder().decode(EvaluationResults.self, from: data) == results)
    results.settings.arms = []
    results.suites = [SampleResults.recall]
    #expect(results.figures[0].comparisons.isEmpty)
    #expect(results.pooled.arms.isEmpty)
  }

  @Test("More arms than can be compared in pairs are refused")
  func arms() throws {
    var results = results
    results.settings.arms += (0..<61).map { ArmDescription(name: "a\($0)", role: .retrieval) }
    results.suites = []
    let data = try JSONEncoder().encode(results)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(EvaluationResults.self, from: data)
    }
  }

  /// Damages: where, and what is put there.
  static let damages: [(path: [String], value: String)] = [
    (["done"], "-1"), (["done"], "6"), (["total"], "3.5"), (["settings", "context"], "-1"),
    (["settings", "arms", "1", "name"], "\"attached\""), (["suites", "1", "name"], "\"recall\""),
    (["suites", "0", "arm_names", "0"], "\"nobody\""),
    (["suites", "0", "metrics", "0"], "\"nll\""),
    (["suites", "0", "items", "0", "depth"], "1.5"),
    (["suites", "0", "items", "0", "length"], "-2"),
    (["suites", "0", "items", "0", "arms", "attached", "tokens"], "-1"),
    (["suites", "0", "items", "0", "arms", "attached", "tokens"], "9223372036854775807"),
    (["suites", "0", "items", "0", "arms", "attached", "nll"], "1e300"),
    (["suites", "0", "items", "0", "arms", "attached", "exact_match"], "2"),
    (["suites", "0", "items", "0", "arms", "attached", "token_nll"], "[1]"),
    (["suites", "1", "texts", "0", "surprisal", "attached"], "[1]"),
    (["suites", "1", "texts", "0", "surprisal", "attached", "0"], "-1e9"),
    (["suites", "1", "texts", "0", "positions"], "[1]"),
    (["suites", "1", "texts", "0", "earlier", "0"], "-1"),
    (["suites", "0", "costs", "0", "state_bytes"], "-1"),
    (["timings", "costs", "0", "tokens"], "-1"),
    (["suites"], "{}"), (["settings"], "null"),
  ]

  @Test("Parts that do not fit together are refused", arguments: damages)
  func hostile(damage: (path: [String], value: String)) throws {
    func put(_ path: ArraySlice<String>, into value: Any, _ new: Any) throws -> Any {
      guard let key = path.first else { return new }
      if var list = value as? [Any], let index = Int(key), list.indices.contains(index) {
        list[index] = try put(path.dropFirst(), into: list[index], new)
        return list
      }
      var object = try #require(value as? [String: Any])
      object[key] = try put(path.dropFirst(), into: object[key] ?? NSNull(), new)
      return object
    }
    let new = try JSONSerialization.jsonObject(
      with: Data(damage.value.utf8), options: .fragmentsAllowed)
    let damaged = try put(damage.path[...], into: try object(results), new)
    let data = try JSONSerialization.data(withJSONObject: damaged)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(EvaluationResults.self, from: data)
    }
  }
}
