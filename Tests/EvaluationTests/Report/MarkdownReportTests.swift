import Foundation
import MnemeEvaluation
import Testing

@Suite("The Markdown report")
struct MarkdownReportTests {
  private static let results = ReportFixture.results()
  private static let figures = ReportFixture.figures(results)
  private static let markdown = MarkdownReport(results: results, figures: figures).markdown()

  @Test("Every table has as many cells in every row")
  func tables() {
    var width: Int?
    var tables = 0
    for line in Self.markdown.split(separator: "\n", omittingEmptySubsequences: false) {
      guard line.hasPrefix("|") else {
        width = nil
        continue
      }
      let cells = line.replacing("\\|", with: "").count { $0 == "|" }
      if width == nil { tables += 1 }
      #expect(width == nil || width == cells, "\(line)")
      width = cells
    }
    #expect(tables > 15)
  }

  @Test("Its figures are those of the page")
  func sameFigures() {
    let html = HTMLReport(results: Self.results, figures: Self.figures).html()
    for suite in Self.figures {
      for (arm, means) in suite.arms {
        for (metric, value) in means {
          let text =
            metric == .nll || metric == .perplexity
            ? String(format: metric == .nll ? "%.3f" : "%.2f", value)
            : String(format: "%.1f\u{A0}%%", value * 100)
          #expect(Self.markdown.contains(text), "\(suite.name) \(arm) \(metric)")
          #expect(html.contains(text), "\(suite.name) \(arm) \(metric)")
        }
      }
    }
    #expect(Self.markdown.contains("6.55\u{A0}MB") && html.contains("6.55\u{A0}MB"))
  }

  @Test("The command holds what fixes the figures, quoted for a shell")
  func command() {
    #expect(
      Self.markdown.contains(
        "mneme ab --model mneme-chat.gguf --memory neural.mneme --memory notes.mneme "
          + "--arm neural --arm episodic --suite recall --suite overwrite --suite stream --suite lifecycle --suite cost "
          + "--control wrong-memory --control full-context --control retrieval --seed 7 "
          + "--context 1024 --temperature 0 --tokens 32 --budget 128 --lengths 128,512,2048\n"))
    let own = HTMLReportTests.results(
      [
        SuiteResults(
          name: "prompts", title: "P", summary: "P.", armNames: ["attached", "detached"],
          metrics: [.contains])
      ],
      arms: [
        ArmDescription(name: "attached", role: .memory, modules: ["neural", "episodic"]),
        ArmDescription(name: "detached", role: .detached),
      ])
    #expect(
      MarkdownReport(results: own, figures: []).markdown().contains(
        "mneme ab --model m.gguf --module neural --module episodic --prompts FILE --control none "))
    var hostile = Self.results
    hostile.settings.model = "a'b; rm -rf /\n```\n$(x)"
    let text = MarkdownReport(results: hostile, figures: Self.figures).markdown()
    #expect(text.contains("--model 'a'\\''b; rm -rf /```$(x)' --memory"))
  }

  @Test("Names cannot become markup, and an unfinished run says so")
  func hostile() {
    var results = ReportFixture.results(done: 5)
    results.settings.model = "m|<img src=x>`*_[a](b)"
    results.suites[0].title = "# <script>|x"
    let text = MarkdownReport(results: results, figures: Self.figures).markdown()
    #expect(text.contains("The run stopped after 5 of 120 pieces of work"))
    #expect(!text.contains("<script") && text.contains("## \\# &lt;script&gt;\\|x"))
    #expect(text.contains("m\\|&lt;img src=x&gt;\\`\\*\\_\\[a\\](b)"))
  }

  @Test("Equal input gives equal bytes; nothing at all is still a report")
  func edges() {
    #expect(
      MarkdownReport(results: Self.results, figures: Self.figures).markdown() == Self.markdown)
    let empty = MarkdownReport(results: HTMLReportTests.results([], arms: []), figures: [])
      .markdown()
    #expect(empty.contains("No suite with a deciding figure was run."))
  }
}
