import Foundation
import MnemeEvaluation
import Testing

@Suite("The HTML report at its edges")
struct HTMLReportEdgeTests {
  private func checked(_ results: EvaluationResults, figures: [SuiteFigures]? = nil) -> String {
    let html = HTMLReport(
      results: results, figures: figures ?? ReportFixture.figures(results)
    ).html()
    let checker = MarkupChecker(html)
    #expect(checker.faults.isEmpty, "\(checker.faults.prefix(3))")
    #expect(!checker.text.lowercased().contains("nan"))
    #expect(!checker.text.contains("inf "))
    for (name, value) in checker.attributes where ["d", "x", "y", "transform"].contains(name) {
      #expect(!value.contains("nan") && !value.contains("inf"), "\(value)")
    }
    return html
  }

  private func item(_ arms: [String: ABReport.Outcome]) -> ABReport.Item {
    ABReport.Item(prompt: "Who?", answers: ["Ada"], kind: nil, arms: arms)
  }

  @Test("No suite at all")
  func nothing() {
    let html = checked(HTMLReportTests.results([], arms: []))
    #expect(html.contains("No suite was run."))
    #expect(html.contains("No arm with a memory was run."))
  }

  @Test("A suite without items, and one whose figures are missing")
  func emptySuites() {
    let suites = ["a", "b"].map { name in
      SuiteResults(
        name: name, title: name.uppercased(), summary: "Nothing.",
        armNames: ["neural", "detached"], metrics: [.exactMatch])
    }
    let results = HTMLReportTests.results(suites)
    let html = checked(results, figures: [SuiteFigures(name: "a", items: 0, arms: [:])])
    #expect(html.contains("id=\"suite-1\"") && html.contains("id=\"suite-2\""))
    #expect(html.contains("There is no comparison with the plain model, so nothing is decided."))
  }

  @Test("One arm only: figures without comparisons, and no filter")
  func oneArm() {
    let suite = SuiteResults(
      name: "solo", title: "Solo", summary: "Alone.", armNames: ["neural"], metrics: [.exactMatch],
      items: [
        item(["neural": ABReport.Outcome(text: "Ada", exactMatch: 1, contains: 1, tokens: 0)])
      ])
    let html = checked(
      HTMLReportTests.results([suite], arms: [ArmDescription(name: "neural", role: .memory)]))
    #expect(html.contains("100.0\u{A0}%"))
    #expect(
      html.contains(
        "<h1>Exactly right answers 100.0\u{A0}% with the memory, on 1 question of the suite solo; nothing to "
          + "compare with the plain model.</h1>"))
    #expect(!html.contains("aria-label=\"Show\""))
    #expect(html.contains("\u{2713} right"))
  }

  @Test("A single item has no interval, and the page says so")
  func singleItem() {
    let suite = SuiteResults(
      name: "one", title: "One", summary: "One item.", armNames: ["neural", "detached"],
      metrics: [.exactMatch],
      items: [
        item([
          "neural": ABReport.Outcome(text: "Ada", exactMatch: 1, contains: 1, tokens: 0),
          "detached": ABReport.Outcome(text: "", exactMatch: 0, contains: 0, tokens: 0),
        ])
      ])
    let html = checked(HTMLReportTests.results([suite]))
    #expect(html.contains("one item, so no interval"))
    #expect(html.contains("no interval"))
    #expect(html.contains("undecided"))
    #expect(html.contains("(nothing)"))
  }

  @Test("What is no number is a dash, in tables, charts and the token map's data")
  func noNumbers() throws {
    let text = TextResult(
      id: "t", title: "T", pieces: ["a", "b", "c"], positions: [0, 1, 2], earlier: [0, 0],
      surprisal: ["neural": [.nan, 1], "detached": [2, .infinity, 3], "ghost": [1]])
    let suite = SuiteResults(
      name: "odd", title: "Odd", summary: "Odd.", armNames: ["neural", "detached"],
      metrics: [.nll, .perplexity], texts: [text],
      costs: [CostResult(arm: "neural", tokens: 0, stateBytes: 0, fileBytes: .max, entries: 0)])
    var results = HTMLReportTests.results([suite])
    results.timings.began = .nan
    results.timings.seconds = ["odd": -.infinity]
    var timing = CostTiming(arm: "neural", tokens: 5)
    timing.decodeRatio = .nan
    results.timings.costs = [timing]
    let ranges = [
      SuiteFigures.Range(from: 0, to: 2, tokens: 2, nll: ["neural": .nan, "detached": 2]),
      SuiteFigures.Range(from: 2, to: 3, tokens: 1, nll: ["detached": .infinity]),
    ]
    let figures = SuiteFigures(
      name: "odd", items: 2, arms: ["neural": [.nll: .nan], "detached": [.nll: .infinity]],
      kinds: [SuiteFigures.Group(kind: nil, items: 1, means: ["neural": [.nll: .nan]])],
      cells: [
        SuiteFigures.Group(
          kind: nil, depth: .nan, length: 4, items: 1, means: ["neural": [.nll: .nan]]),
        SuiteFigures.Group(
          kind: nil, depth: 0.5, length: 4, items: 1, means: ["neural": [.nll: 2]]),
      ],
      texts: [
        SuiteFigures.Text(
          id: "t", title: "T", tokens: 3, nll: [:], positions: ranges, frequencies: [],
          effects: [
            "neural": SuiteFigures.TokenEffect(
              helped: 0, harmed: 0, unchanged: 0, helpNats: .nan, harmNats: 0)
          ])
      ], costs: suite.costs)
    let html = checked(results, figures: [figures])
    let cell = "data-path=\"0|neural|nll\">\u{2013}</td>"
    #expect(html.contains(cell))
    let start = try #require(html.range(of: "\"texts\":"))
    let end = try #require(html[start.upperBound...].range(of: "</script>"))
    let texts = html[start.upperBound..<end.lowerBound]
    #expect(texts.contains("\"neural\":[null,1]"))
    #expect(texts.contains("\"detached\":[2,null]"))
  }

  @Test("A suite whose arms the settings do not know, and two suites of one name")
  func strangers() {
    let suites = (0..<2).map { index in
      SuiteResults(
        name: "same", title: "Same", summary: "Same.", armNames: ["stranger"],
        metrics: [.exactMatch],
        items: (0...index).map { _ in
          item(["stranger": ABReport.Outcome(text: "x", exactMatch: 0, contains: 0, tokens: 0)])
        })
    }
    let html = checked(HTMLReportTests.results(suites, arms: []))
    #expect(html.contains("stranger"))
    #expect(html.contains("suite-1-title") && html.contains("suite-2-title"))
  }

  @Test("Checks are a table of what holds")
  func checks() {
    let html = checked(ReportFixture.results())
    #expect(html.contains("a forgotten source leaves no trace"))
    #expect(html.components(separatedBy: "\u{2713} holds").count == 10)
    #expect(html.components(separatedBy: "\u{2717} fails").count == 2)
    #expect(
      html.contains("Of the 5 checks of lifecycle hold: neural 100.0\u{A0}%, episodic 80.0\u{A0}%.")
    )
  }
}
