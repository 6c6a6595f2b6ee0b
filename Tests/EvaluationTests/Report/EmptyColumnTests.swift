import Foundation
import MnemeEvaluation
import Testing

@Suite("Columns without a value")
struct EmptyColumnTests {
  /// The fixture with a run that saved and loaded nothing.
  private static let results: EvaluationResults = {
    var results = ReportFixture.results()
    for index in results.timings.costs.indices {
      results.timings.costs[index].saveMilliseconds = nil
      results.timings.costs[index].loadMilliseconds = .nan
    }
    return results
  }()

  @Test("They are left out of the page and of Markdown, and the others stay")
  func leftOut() {
    let html = HTMLReport(results: Self.results, figures: ReportFixture.figures(Self.results))
      .html()
    let markdown = MarkdownReport(
      results: Self.results, figures: ReportFixture.figures(Self.results)
    ).markdown()
    for text in [html, markdown] {
      #expect(!text.contains("Save, ms") && !text.contains("Load, ms"))
      #expect(text.contains("First token, ms"))
    }
    let whole = ReportFixture.results()
    let before = HTMLReport(results: whole, figures: ReportFixture.figures(whole)).html()
    #expect(before.contains("Save, ms") && before.contains("Load, ms"))
    #expect(MarkupChecker(html).faults.isEmpty)
  }

  @Test("What the memory costs has no place where it was not measured")
  func noCosts() {
    var results = Self.results
    #expect(page(results).contains("<h3>What it cost</h3>"))
    results.suites.removeAll { $0.name == "cost" }
    results.settings.suites.removeAll { $0 == "cost" }
    results.timings.costs = []
    #expect(!page(results).contains("What it cost"))
    #expect(!page(results).contains("did not measure"))
  }

  private func page(_ results: EvaluationResults) -> String {
    HTMLReport(results: results, figures: ReportFixture.figures(results)).html()
  }

  @Test("A table in which nothing has a value keeps its columns and says so")
  func allEmpty() {
    #expect(FilledColumns.kept(of: 4) { _ in false } == [0, 1, 2, 3])
    #expect(FilledColumns.kept(of: 4) { $0 == 2 } == [0, 2])
    #expect(FilledColumns.kept(of: 4, keeping: 0) { $0 == 2 } == [2])
    #expect(FilledColumns.kept(of: 0) { _ in true } == [])
  }
}
