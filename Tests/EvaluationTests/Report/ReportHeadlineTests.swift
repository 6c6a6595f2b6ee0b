import Foundation
import MnemeEvaluation
import Testing

@Suite("The sentence that heads a report")
struct ReportHeadlineTests {
  private static let attached = [
    ArmDescription(name: "attached", role: .memory),
    ArmDescription(name: "detached", role: .detached),
  ]

  /// A run on one text of 16 blocks of 10 tokens; `nll` by arm, the blocks a little apart.
  private static func text(
    _ nll: [String: Double], standing: TextStanding?, title: String = "notes.txt",
    name: String = "text", arms: [ArmDescription] = attached
  ) -> EvaluationResults {
    let items = (0..<16).map { block -> ABReport.Item in
      let shift = Double(block % 4) / 50
      return ABReport.Item(
        prompt: nil, answers: nil, kind: nil,
        arms: nll.mapValues { ABReport.Outcome(nll: $0 + shift, tokens: 10) })
    }
    let suite = SuiteResults(
      name: name, title: "Your text", summary: "A text.", armNames: arms.map(\.name),
      metrics: [.nll, .perplexity], items: items,
      texts: [
        TextResult(
          id: "t", title: title, pieces: Array(repeating: "a", count: 160),
          positions: Array(0..<160), earlier: Array(repeating: 0, count: 160),
          surprisal: nll.mapValues { Array(repeating: $0, count: 160) }, standing: standing)
      ])
    return HTMLReportTests.results([suite], arms: arms)
  }

  /// A run on questions, of which so many are answered right by arm.
  private static func questions(
    _ right: [String: Int], of count: Int = 20, suite: String = "recall",
    arms: [ArmDescription] = attached
  ) -> SuiteResults {
    SuiteResults(
      name: suite, title: suite.capitalized, summary: "Questions.", armNames: arms.map(\.name),
      metrics: [.contains],
      items: (0..<count).map { index in
        ABReport.Item(
          prompt: "q \(index)", answers: ["a"], kind: nil,
          arms: right.mapValues {
            ABReport.Outcome(text: "t", contains: index < $0 ? 1 : 0, tokens: 1)
          })
      })
  }

  /// The lead of a run, and that every output begins with it.
  private func lead(_ results: EvaluationResults) -> ReportLead {
    let figures = results.figures
    let lead = ReportLead(results: results, figures: figures)
    let html = HTMLReport(results: results, figures: figures).html()
    let markdown = MarkdownReport(results: results, figures: figures).markdown()
    #expect(MarkupChecker(html).faults.isEmpty)
    #expect(html.contains("<h1>\(lead.sentence)</h1>"))
    #expect(markdown.hasPrefix("# \(lead.sentence)\n"))
    if let advice = lead.advice {
      #expect(html.contains(advice) && markdown.contains(advice))
    } else {
      #expect(!html.contains("Try another text") && !markdown.contains("Try another text"))
    }
    return lead
  }

  private func text(_ standing: TextStanding?, with: Double = 0.5) -> ReportLead {
    lead(Self.text(["attached": with, "detached": 4], standing: standing))
  }

  @Test("A text the memory has read: said, with the advice to try another")
  func read() {
    let lead = text(TextStanding(isLearned: false, read: ["attached": 0.97]))
    #expect(
      lead.sentence
        == "Perplexity fell from 56.3 to 1.70 with the memory, on \u{201C}notes.txt\u{201D} "
        + "(160 tokens), which it has already read.")
    #expect(lead.advice?.hasPrefix("Try another text, too") == true)
    #expect(lead.findings.map(\.verdict) == [.better])
  }

  @Test("A text it has not read, a part of one, and one it reads as it goes")
  func unread() {
    let new = text(TextStanding(isLearned: false, read: ["attached": 0]))
    #expect(new.sentence.hasSuffix("(160 tokens), which it has not read."))
    #expect(new.advice == nil)
    let part = text(TextStanding(isLearned: false, read: ["attached": 0.4]))
    #expect(part.sentence.hasSuffix(", of which it has already read 40\u{A0}%."))
    #expect(part.advice != nil)
    let learned = text(TextStanding(isLearned: true, read: ["attached": 0]))
    #expect(learned.sentence.hasSuffix(", new to it, each window read after it was scored."))
  }

  @Test("Where the memory cannot tell, nothing is claimed")
  func unknown() {
    for standing in [nil, TextStanding(isLearned: false)] {
      let lead = text(standing)
      #expect(lead.sentence.hasSuffix("on \u{201C}notes.txt\u{201D} (160 tokens)."))
      #expect(!lead.sentence.contains("read"))
      #expect(lead.advice == nil)
    }
  }

  @Test("What made it worse rose")
  func worse() {
    let lead = text(TextStanding(isLearned: false, read: ["attached": 0]), with: 4.7)
    #expect(lead.sentence.hasPrefix("Perplexity rose from 56.3 to 113 with the memory"))
    #expect(lead.findings.map(\.verdict) == [.worse])
  }

  @Test("A suite's questions: how many are right, and where they come from")
  func suite() {
    var results = HTMLReportTests.results(
      [Self.questions(["attached": 17, "detached": 2])], arms: Self.attached)
    #expect(
      lead(results).sentence
        == "Right answers rose from 10\u{A0}% to 85\u{A0}% with the memory, on 20 questions "
        + "generated by the suite recall.")
    results.suites[0].name = "prompts"
    results.settings.suites = ["prompts"]
    #expect(lead(results).sentence.hasSuffix("on 20 questions of your own."))
    // Edits are generated or from a file: the command tells which, and without it nothing does.
    results.suites[0].name = "edits"
    #expect(lead(results).sentence.hasSuffix("on 20 questions of the suite edits."))
    results.timings.command = ["mneme", "ab", "--suite", "edits"]
    #expect(lead(results).sentence.hasSuffix("on 20 questions generated by the suite edits."))
    results.timings.command = ["mneme", "ab", "--suite", "edits", "--data", "x"]
    #expect(lead(results).sentence.hasSuffix("on 20 questions of the suite edits, from a file."))
  }

  @Test("What is not significant is said in plain words, and so is no difference at all")
  func undecided() {
    func sentence(_ attached: Int, _ detached: Int, of count: Int) -> String {
      lead(
        HTMLReportTests.results(
          [Self.questions(["attached": attached, "detached": detached], of: count)],
          arms: Self.attached)
      ).sentence
    }
    #expect(
      sentence(4, 2, of: 20)
        == "No significant difference with the memory: right answers 10\u{A0}% without it, "
        + "20\u{A0}% with it, on 20 questions generated by the suite recall.")
    #expect(
      sentence(2, 2, of: 20).hasPrefix(
        "No difference with the memory: right answers 10\u{A0}% with and without it"))
    #expect(sentence(1, 0, of: 1).hasPrefix("Too little for a verdict on the memory: "))
    // Too few independent episodes, however many questions.
    var few = Self.questions(["attached": 20, "detached": 0])
    for index in few.items.indices { few.items[index].episode = "\(index % 5)" }
    #expect(
      lead(HTMLReportTests.results([few], arms: Self.attached)).sentence
        == "Too little for a verdict on the memory: right answers 0\u{A0}% without it, "
        + "100\u{A0}% with it, on 20 questions in 5 episodes generated by the suite recall.")
    for index in few.items.indices { few.items[index].episode = "\(index % 6)" }
    #expect(
      lead(HTMLReportTests.results([few], arms: Self.attached)).sentence
        .hasPrefix("Right answers rose from 0\u{A0}% to 100\u{A0}%"))
    // Figures that differ are not rounded to the same.
    #expect(
      sentence(4, 3, of: 1000).contains("right answers 0.3\u{A0}% without it, 0.4\u{A0}% with it"))
  }

  @Test("Several memories on one suite stand side by side")
  func memories() {
    let arms =
      [
        ArmDescription(name: "neural", role: .memory),
        ArmDescription(name: "episodic", role: .memory),
      ]
      + [Self.attached[1]]
    let results = HTMLReportTests.results(
      [Self.questions(["neural": 3, "episodic": 17, "detached": 1], arms: arms)], arms: arms)
    #expect(
      lead(results).sentence
        == "Right answers: 5\u{A0}% without a memory, 15\u{A0}% with neural (not significant) and "
        + "85\u{A0}% with episodic, on 20 questions generated by the suite recall.")
    let text = Self.text(
      ["neural": 1, "episodic": 2, "detached": 4],
      standing: TextStanding(isLearned: false, read: ["neural": 1, "episodic": 0.95]), arms: arms)
    #expect(lead(text).sentence.hasSuffix(", which they have already read."))
    // Only one of them has read it: nothing is said of both.
    let mixed = Self.text(
      ["neural": 1, "episodic": 2, "detached": 4],
      standing: TextStanding(isLearned: false, read: ["neural": 1, "episodic": 0]), arms: arms)
    #expect(lead(mixed).sentence.hasSuffix("(160 tokens)."))
  }

  @Test("Several suites are summed up, and each has a sentence of its own")
  func suites() {
    let results = HTMLReportTests.results(
      [
        Self.questions(["attached": 17, "detached": 2]),
        Self.questions(["attached": 3, "detached": 2], suite: "updates"),
        Self.questions(["attached": 1, "detached": 18], suite: "sessions"),
      ], arms: Self.attached)
    let lead = lead(results)
    #expect(
      lead.sentence
        == "With the memory: better in recall, worse in sessions, no significant difference in "
        + "updates.")
    #expect(lead.findings.map(\.suite) == ["recall", "updates", "sessions"])
    let html = HTMLReport(results: results, figures: results.figures).html()
    for finding in lead.findings { #expect(html.contains(finding.sentence)) }
    let all = ReportFixture.results()
    #expect(
      ReportLead(results: all, figures: ReportFixture.figures(all)).sentence
        == "neural: better in recall and stream, worse in overwrite; episodic: better in recall and "
        + "stream, worse in none, no significant difference in overwrite.")
    // Nothing decided anywhere is one thing to say, not one for each memory.
    let nothing = HTMLReportTests.results(
      [
        Self.questions(["attached": 3, "detached": 2]),
        Self.questions(["attached": 2, "detached": 3], suite: "updates"),
      ], arms: Self.attached)
    #expect(
      self.lead(nothing).sentence
        == "No significant difference with the memory, in recall and updates.")
  }

  @Test("Findings come before what the run was, which is folded at the end")
  func order() throws {
    let results = ReportFixture.results()
    let html = HTMLReport(results: results, figures: ReportFixture.figures(results)).html()
    let places = try [
      "<h1>", "id=\"findings\"", "id=\"summary\"", "id=\"suite-1\"", "id=\"glossary\"",
      "<details class=\"method\">", "<dt>Fingerprint</dt>", "mneme ab --model",
    ].map { try #require(html.range(of: $0)?.lowerBound, "\($0)") }
    #expect(places == places.sorted())
    // Folded: without the attribute that opens it, and not before.
    #expect(!html.contains("class=\"method\" open"))
    #expect(!html[..<places[5]].contains("<dt>Seed</dt>"))
    let markdown = MarkdownReport(results: results, figures: ReportFixture.figures(results))
      .markdown()
    let settings = try #require(markdown.range(of: "| fingerprint |"))
    let findings = try #require(markdown.range(of: "## Findings"))
    #expect(findings.lowerBound < settings.lowerBound)
  }
}
