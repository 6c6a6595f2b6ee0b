import Foundation
import MnemeEvaluation
import Testing

@Suite("Figures of a suite")
struct SuiteFiguresTests {
  private let settings = SampleResults.settings

  @Test("Means count the items an arm has; of a text every token counts once")
  func means() throws {
    let recall = SuiteFigures(of: SampleResults.recall, settings: settings)
    #expect(recall.items == 8)
    #expect(recall.arms["attached"]?[.exactMatch] == 6.0 / 7)
    #expect(recall.arms["attached"]?[.nll] == 8.0 / 7)
    #expect(recall.arms["detached"]?[.exactMatch] == 1.0 / 8)
    #expect(recall.arms["detached"]?[.nll] == 36.0 / 8)
    #expect(recall.arms["full-context"]?[.nll] == 5.0 / 6)
    let text = SuiteFigures(of: SampleResults.text, settings: settings)
    #expect(text.arms["attached"]?[.nll] == 7.0 / 4)
    #expect(text.arms["detached"]?[.perplexity] == exp(2))
  }

  @Test(
    "Every memory against the plain model first, then against the controls, where both have the metric"
  )
  func comparisons() throws {
    let figures = SuiteFigures(of: SampleResults.recall, settings: settings)
    #expect(
      figures.comparisons.map { "\($0.arm) \($0.baseline) \($0.metric.rawValue)" } == [
        "attached detached exact_match", "attached detached nll",
        "attached full-context exact_match", "attached full-context nll",
      ])
    let exact = figures.comparisons[0]
    #expect((exact.difference.wins, exact.difference.losses, exact.difference.ties) == (6, 0, 1))
    #expect(exact.difference.mean == 6.0 / 7)
    #expect(exact.difference.p == 2.0 / 64)
    #expect(exact.verdict == .better)
    let nll = figures.comparisons[1]
    // 1 - (3...8), and a tie.
    #expect(nll.difference.mean == -27.0 / 7)
    #expect(nll.verdict == .better)
    let full = figures.comparisons[3]
    #expect((full.difference.wins, full.difference.losses, full.difference.ties) == (0, 2, 4))
    #expect(full.difference.p == 0.5)
    #expect(full.verdict == .undecided)
  }

  @Test("A wrong memory is compared with the first memory and with those of its kinds only")
  func wrongMemories() throws {
    var settings = settings
    settings.arms = [
      ArmDescription(name: "first", role: .memory, modules: ["neural"]),
      ArmDescription(name: "other", role: .memory, modules: ["episodic"]),
      ArmDescription(name: "alike", role: .memory, modules: ["neural"]),
      ArmDescription(name: "detached", role: .detached),
      ArmDescription(name: "wrong-memory", role: .wrongMemory, modules: ["neural"]),
    ]
    let names = settings.arms.map(\.name)
    let items = (0..<4).map { index in
      ABReport.Item(
        prompt: "q", answers: ["a"], kind: nil,
        arms: Dictionary(
          uniqueKeysWithValues: names.map { ($0, .init(nll: Double(index), tokens: 1)) }))
    }
    let suite = SuiteResults(
      name: "s", title: "S", summary: "", armNames: names, metrics: [.nll], items: items)
    let pairs = SuiteFigures(of: suite, settings: settings).comparisons.map {
      "\($0.arm) \($0.baseline)"
    }
    #expect(
      pairs == [
        "first detached", "other detached", "alike detached", "first wrong-memory",
        "alike wrong-memory",
      ])
  }

  @Test("Items of one episode are one unit: six better of three episodes prove nothing")
  func episodes() throws {
    var suite = SampleResults.recall
    for index in suite.items.indices { suite.items[index].episode = "\(index / 2)" }
    let apart = SuiteFigures(of: SampleResults.recall, settings: settings).comparisons
    let together = SuiteFigures(of: suite, settings: settings).comparisons
    for (apart, together) in zip(apart, together) {
      #expect(apart.difference.mean == together.difference.mean)
      #expect(apart.difference.wins == together.difference.wins)
      #expect(apart.difference.units > together.difference.units)
    }
    #expect(apart[0].verdict == .better && apart[0].difference.units == 7)
    #expect(together[0].verdict == .undecided && together[0].difference.units == 4)
    #expect(together[0].difference.p == 2.0 / 8)
    let report = ABReport(
      arms: suite.armNames, metrics: suite.metrics, items: suite.items,
      bootstrap: Bootstrap(seed: settings.seed))
    #expect(report.difference(.exactMatch, against: "detached") == together[0].difference)
    let object = try JSONSerialization.jsonObject(with: try JSONEncoder().encode(report))
    let interval = try #require((object as? [String: Any])?["interval"] as? String)
    #expect(interval.hasPrefix("BCa bootstrap over episodes, "))
  }

  @Test("A memory that makes things worse is said to")
  func worse() throws {
    var suite = SampleResults.recall
    for index in suite.items.indices {
      let arms = suite.items[index].arms
      suite.items[index].arms["attached"] = arms["detached"]
      suite.items[index].arms["detached"] = arms["attached"]
    }
    let figures = SuiteFigures(of: suite, settings: settings)
    #expect(figures.comparisons[0].verdict == .worse)
    #expect(figures.comparisons[1].verdict == .worse)
  }

  @Test("Kinds in the order they occur; cells by kind, depth and length")
  func groups() throws {
    let figures = SuiteFigures(of: SampleResults.recall, settings: settings)
    #expect(figures.kinds.map(\.kind) == ["person", "place"])
    #expect(figures.kinds.map(\.items) == [5, 3])
    #expect(figures.kinds[0].means["attached"]?[.exactMatch] == 3.0 / 4)
    #expect(figures.kinds[0].means["detached"]?[.exactMatch] == 1.0 / 5)
    #expect(figures.cells.map(\.kind) == ["person", "person", "place"])
    #expect(figures.cells.map(\.depth) == [0.5, 0.5, 0])
    #expect(figures.cells.map(\.length) == [64, 128, 128])
    #expect(figures.cells.map(\.items) == [1, 3, 3])
    #expect(figures.cells[1].means["detached"]?[.nll] == 4)
    var single = SampleResults.recall
    single.items = single.items.filter { $0.kind == "place" }
    #expect(SuiteFigures(of: single, settings: settings).kinds.isEmpty)
  }

  @Test("Help and harm on the tokens of the answers")
  func answerEffects() throws {
    var suite = SampleResults.recall
    suite.items[0].arms["attached"]?.tokenNLL = [1, 2, 3]
    suite.items[0].arms["detached"]?.tokenNLL = [2, 1.5, 3.005]
    // Another count of tokens cannot be paired.
    suite.items[1].arms["attached"]?.tokenNLL = [1]
    suite.items[1].arms["detached"]?.tokenNLL = [9, 9]
    let effects = SuiteFigures(of: suite, settings: settings).answerEffects
    #expect(
      effects == [
        "attached": SuiteFigures.TokenEffect(
          helped: 1, harmed: 1, unchanged: 1, helpNats: 1, harmNats: 0.5)
      ])
    #expect(SuiteFigures(of: SampleResults.recall, settings: settings).answerEffects.isEmpty)
  }

  @Test("A text: by position, by how often a token occurred before, help and harm")
  func texts() throws {
    let text = try #require(SuiteFigures(of: SampleResults.text, settings: settings).texts.first)
    #expect(text.tokens == 4)
    let plain = [2, 1.005, 3, 2].reduce(0, +) / 4
    #expect(text.nll == ["attached": 1.75, "detached": plain])
    #expect(
      text.effects == [
        "attached": SuiteFigures.TokenEffect(
          helped: 2, harmed: 1, unchanged: 1, helpNats: 3, harmNats: 2)
      ])
    #expect(text.positions.map(\.from) == [1, 2, 3, 9])
    #expect(text.positions.map(\.to) == [2, 3, 4, 10])
    #expect(text.frequencies.map(\.from) == [0, 1, 2])
    #expect(text.frequencies.map(\.to) == [1, 2, 4])
    #expect(text.frequencies.map(\.tokens) == [2, 1, 1])
    #expect(text.frequencies[1].nll == ["attached": 1, "detached": 3])
  }

  @Test(
    "Ranges of a round number of tokens, 24 to 48 of them",
    arguments: [(30, 1), (49, 2), (100, 4), (240, 5), (241, 10), (5000, 200), (100_000, 4000)])
  func ranges(tokens: Int, step: Int) throws {
    var suite = SampleResults.text
    suite.texts = [
      TextResult(
        id: "t", title: "", pieces: Array(repeating: "x", count: tokens),
        positions: Array(0..<tokens), earlier: Array(0..<tokens),
        surprisal: ["attached": (0..<tokens).map { Double($0) }])
    ]
    let text = try #require(SuiteFigures(of: suite, settings: settings).texts.first)
    #expect((24...48).contains(text.positions.count))
    #expect(text.positions.allSatisfy { $0.to - $0.from == step && $0.from % step == 0 })
    #expect(text.positions.reduce(0) { $0 + $1.tokens } == tokens)
    #expect(text.positions[1].nll["attached"] == Double(step) + Double(step - 1) / 2)
    #expect(text.frequencies.reduce(0) { $0 + $1.tokens } == tokens)
    #expect(text.frequencies[3].from == 4 && text.frequencies[3].to == 8)
    #expect(text.effects.isEmpty)
  }

  @Test("Nothing measured, arms missing, numbers that are none: no figure, no NaN")
  func nothing() throws {
    let empty = SuiteResults(
      name: "e", title: "", summary: "", armNames: ["attached", "detached"],
      metrics: [.nll, .perplexity])
    let figures = SuiteFigures(of: empty, settings: settings)
    #expect(figures.comparisons.isEmpty && figures.kinds.isEmpty && figures.cells.isEmpty)
    #expect(figures.arms == ["attached": [:], "detached": [:]])

    var odd = SampleResults.recall
    odd.items[0].arms["attached"]?.nll = .nan
    odd.items[1].arms = [:]
    odd.texts = [
      TextResult(
        id: "", title: "", pieces: ["a"], positions: [.max], earlier: [-1],
        surprisal: ["attached": [.infinity], "detached": [1], "stranger": [1]]),
      TextResult(id: "", title: "", pieces: [], positions: [], earlier: [], surprisal: [:]),
      TextResult(id: "", title: "", pieces: ["a"], positions: [], earlier: [], surprisal: [:]),
    ]
    let made = SuiteFigures(of: odd, settings: settings)
    // What is not finite would not encode.
    _ = try JSONEncoder().encode(made)
    #expect(made.arms["attached"]?[.nll] == nil)
    #expect(made.texts[0].nll == ["detached": 1])
  }

  @Test("The same results give the same figures; another seed other intervals")
  func deterministic() throws {
    let a = SuiteFigures(of: SampleResults.recall, settings: settings)
    #expect(a == SuiteFigures(of: SampleResults.recall, settings: settings))
    var other = settings
    other.seed = 8
    let b = SuiteFigures(of: SampleResults.recall, settings: other)
    #expect(a.comparisons[1].difference.interval != b.comparisons[1].difference.interval)
    #expect(a.comparisons[1].difference.mean == b.comparisons[1].difference.mean)
  }

  @Test("Figures come back from JSON as they were")
  func json() throws {
    for suite in [SampleResults.recall, SampleResults.text] {
      let figures = SuiteFigures(of: suite, settings: settings)
      let data = try JSONEncoder().encode(figures)
      #expect(try JSONDecoder().decode(SuiteFigures.self, from: data) == figures)
    }
  }

  @Test("The correction takes back what chance would give, of the deciding comparisons only")
  func correction() throws {
    func figures(
      _ name: String, _ ps: [(String, Metric, Double)], arm: String = "attached"
    ) throws -> SuiteFigures {
      try SuiteFigures(
        name: name, items: 9, arms: [:],
        comparisons: ps.map { baseline, metric, p in
          let text = #"{"mean":1,"ci95":[0.5,2],"wins":9,"losses":0,"ties":0,"p":\#(p)}"#
          let delta = try JSONDecoder().decode(PairedDifference.self, from: Data(text.utf8))
          return .init(
            arm: arm, baseline: baseline, metric: metric, difference: delta,
            verdict: .better)
        })
    }
    let all = [
      try figures(
        "a",
        [
          ("detached", .contains, 0.02), ("detached", .nll, 0.04),
          ("full-context", .contains, 0.04),
        ]
      ),
      try figures("b", [("detached", .nll, 0.04)]),
      try figures("c", [("detached", .f1, 0.001)]),
      try figures("d", []),
    ]
    // Three decide: 0.001 x 3, 0.02 x 2, 0.04 x 1.
    let corrected = SuiteFigures.corrected(all)
    #expect(corrected[0].comparisons.map(\.verdict) == [.better, .better, .better])
    #expect(corrected[1].comparisons.map(\.verdict) == [.better])
    // A fourth: 0.001 x 4, 0.02 x 3, the others at least as much.
    let more = SuiteFigures.corrected(all + [try figures("e", [("detached", .nll, 0.04)])])
    #expect(more[0].comparisons.map(\.verdict) == [.undecided, .better, .better])
    #expect(more[1].comparisons.map(\.verdict) == [.undecided])
    #expect(more[2].comparisons.map(\.verdict) == [.better])
    #expect(more[0].comparisons[0].difference.p == 0.02)
    // What another memory did is another family.
    let other = SuiteFigures.corrected(
      all + [try figures("e", [("detached", .nll, 0.04)], arm: "another")])
    #expect(other[0].comparisons.map(\.verdict) == [.better, .better, .better])
    #expect(other[4].comparisons.map(\.verdict) == [.better])
  }
}
