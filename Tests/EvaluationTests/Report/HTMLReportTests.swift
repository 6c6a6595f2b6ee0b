import Foundation
import MnemeEvaluation
import Testing

@Suite("The HTML report")
struct HTMLReportTests {
  private static let results = ReportFixture.results()
  private static let figures = ReportFixture.figures(results)
  private static let html = HTMLReport(results: results, figures: figures).html()

  /// Results of one suite.
  static func results(
    _ suites: [SuiteResults], arms: [ArmDescription] = ReportFixture.arms, done: Int = 1,
    total: Int = 1
  ) -> EvaluationResults {
    EvaluationResults(
      settings: RunSettings(
        version: "1", model: "m.gguf", fingerprint: "f", arms: arms, suites: suites.map(\.name),
        context: 512), suites: suites, done: done, total: total)
  }

  private func page(_ results: EvaluationResults) -> String {
    HTMLReport(results: results, figures: ReportFixture.figures(results)).html()
  }

  @Test("Every tag fits, and the page has one of each landmark")
  func wellFormed() {
    let checker = MarkupChecker(Self.html)
    #expect(checker.faults.isEmpty, "\(checker.faults.prefix(5))")
    for name in ["html", "head", "body", "header", "nav", "main", "footer", "h1", "title"] {
      #expect(checker.names.count { $0 == name } == 1, "\(name)")
    }
    #expect(checker.names.count { $0 == "script" } == 2)
    #expect(checker.names.contains("svg"))
  }

  @Test("The checker finds what does not fit")
  func checkerFinds() {
    for wrong in ["<p><b></p></b>", "<p>a > b</p>", "<p title=\"<\"></p>", "<p>", "<p>a &b;</p>"] {
      #expect(!MarkupChecker(wrong).faults.isEmpty, "\(wrong)")
    }
    #expect(
      MarkupChecker("<p class=\"x\">a &lt; b</p><svg><path d=\"M0 0\"/></svg>").faults.isEmpty)
  }

  @Test("Nothing is loaded: no address, no handler, no element that fetches")
  func selfContained() {
    let checker = MarkupChecker(Self.html)
    for (name, value) in checker.attributes {
      #expect(!value.contains("//") && !value.contains("url("), "\(name)=\(value)")
      #expect(!name.hasPrefix("on") && name != "src", "\(name)=\(value)")
      if name == "href" { #expect(value.hasPrefix("#")) }
    }
    for name in ["img", "link", "iframe", "object", "embed", "base", "form", "audio", "video"] {
      #expect(!checker.names.contains(name), "\(name)")
    }
    #expect(!Self.html.contains("http:") && !Self.html.contains("https:"))
    #expect(!Self.html.contains("@import") && !Self.html.contains("url("))
    let policy = checker.attributes.first { $0.1.contains("default-src") }?.1 ?? ""
    #expect(policy.contains("default-src &#39;none&#39;"))
    #expect(policy.contains("script-src &#39;sha256-") && !policy.contains("unsafe-eval"))
  }

  @Test("Equal input gives equal bytes, other input other ones")
  func deterministic() {
    #expect(HTMLReport(results: Self.results, figures: Self.figures).html() == Self.html)
    let other = ReportFixture.results(seed: 8)
    #expect(page(other) != Self.html)
  }

  @Test("The data can be read back, and are the figures")
  func dataRoundTrip() throws {
    let start = try #require(Self.html.range(of: "id=\"data\">"))
    let rest = Self.html[start.upperBound...]
    let end = try #require(rest.range(of: "</script>"))
    let json = rest[..<end.lowerBound]
    #expect(!json.contains("<") && !json.contains("\u{2028}") && !json.contains("&"))
    struct Payload: Decodable {
      struct Text: Decodable {
        var pieces: [String]
        var surprisal: [String: [Double?]]
      }
      var settings: RunSettings
      var figures: [SuiteFigures]
      var texts: [String: Text]
    }
    let payload = try JSONDecoder().decode(Payload.self, from: Data(json.utf8))
    #expect(payload.settings == Self.results.settings)
    #expect(payload.figures == Self.figures)
    let text = try #require(payload.texts["suite-3-tokens-1"])
    let source = Self.results.suites[2].texts[0]
    #expect(text.pieces == source.pieces)
    for arm in ["neural", "detached"] {
      let own = try #require(text.surprisal[arm])
      let wanted = try #require(source.surprisal[arm])
      #expect(own.count == wanted.count)
      #expect(zip(own, wanted).allSatisfy { abs(($0 ?? .nan) - $1) <= 0.000_051 })
    }
  }

  @Test("Hostile texts stay text, wherever they come from")
  func hostile() {
    let bad = ReportFixture.hostile
    var suite = SuiteResults(
      name: bad, title: bad, summary: bad, armNames: [bad, "detached"],
      metrics: [.exactMatch, .nll],
      items: (0..<3).map { index in
        var item = ABReport.Item(
          prompt: bad, answers: [bad], kind: bad + String(index % 2),
          arms: [
            bad: ABReport.Outcome(text: bad, exactMatch: 1, contains: 1, nll: 1, tokens: 1),
            "detached": ABReport.Outcome(text: bad, exactMatch: 0, contains: 0, nll: 2, tokens: 1),
          ])
        item.depth = 0.5
        item.length = 100
        return item
      })
    suite.texts = [
      TextResult(
        id: bad, title: bad, pieces: [bad, "b"], positions: [0, 1], earlier: [0, 0],
        surprisal: [bad: [1, 2], "detached": [2, 2]])
    ]
    suite.costs = [CostResult(arm: bad, tokens: 1, stateBytes: 1, fileBytes: 1, entries: 1)]
    var results = Self.results(
      [suite],
      arms: [
        ArmDescription(name: bad, role: .memory), ArmDescription(name: "detached", role: .detached),
      ])
    results.settings.model = bad
    results.settings.fingerprint = bad
    results.settings.version = bad
    results.settings.memories = [bad]
    let checker = MarkupChecker(page(results))
    #expect(checker.faults.isEmpty, "\(checker.faults.prefix(3))")
    #expect(checker.names.count { $0 == "script" } == 2)
    #expect(!checker.names.contains("img"))
    #expect(!checker.attributes.contains { $0.0 == "onerror" })
    #expect(checker.text.contains("&lt;/script&gt;&lt;img src=x onerror="))
  }

  @Test("A run that was stopped says so, a complete one does not")
  func banner() {
    #expect(!Self.html.contains("class=\"banner\""))
    let stopped = page(ReportFixture.results(done: 34))
    #expect(stopped.contains("The run stopped after 34 of 120 pieces of work"))
    #expect(stopped.contains("34 of 120 pieces of work): the figures are of what was done"))
  }
}
