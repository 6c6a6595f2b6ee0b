import Mneme
import MnemeCLI
import MnemeEvaluation
import Testing

@Suite("Tables of a run of suites")
struct EvaluationTableTests {
  private func item(_ index: Int, kind: String) -> ABReport.Item {
    var attached = ABReport.Outcome(exactMatch: 1, nll: 1, tokens: 2)
    attached.tokenNLL = [1, 1]
    var detached = ABReport.Outcome(exactMatch: 0, nll: 2 + Double(index), tokens: 2)
    detached.tokenNLL = [3, 0.5]
    var item = ABReport.Item(
      prompt: "q", answers: ["a"], kind: kind, arms: ["attached": attached, "detached": detached])
    item.depth = 0.5
    item.length = 128
    return item
  }

  private var results: EvaluationResults {
    let settings = RunSettings(
      version: "1", model: "tiny", fingerprint: "f",
      arms: [
        ArmDescription(name: "attached", role: .memory),
        ArmDescription(name: "detached", role: .detached),
      ], suites: ["recall"], seed: 7, context: 512)
    var suite = SuiteResults(
      name: "recall", title: "Recall", summary: "What it remembers.",
      armNames: ["attached", "detached"], metrics: [.exactMatch, .nll, .perplexity],
      items: (0..<8).map { item($0, kind: $0 < 4 ? "person" : "place") })
    suite.texts = [
      TextResult(
        id: "t", title: "A text", pieces: ["a", "b"], positions: [0, 1], earlier: [0, 0],
        surprisal: ["attached": [1, 2], "detached": [3, 1.5]])
    ]
    suite.costs = [
      CostResult(arm: "attached", tokens: 1000, stateBytes: 2048, fileBytes: 4096, entries: 12)
    ]
    var timing = CostTiming(arm: "attached", tokens: 1000)
    timing.writeMicroseconds = 321
    timing.decodeRatio = 1.05
    return EvaluationResults(
      settings: settings, suites: [suite], done: 1, total: 2, timings: RunTimings(costs: [timing]))
  }

  @Test("Everything a suite has, in order")
  func whole() throws {
    let results = results
    let figures = results.figures
    let text = EvaluationTable.lines(results, figures: figures).joined(separator: "\n")
    let nll = try #require(figures[0].comparisons[1].difference.interval)
    let interval =
      "[\(Figures.signed(nll.lowerBound)), \(Figures.signed(nll.upperBound))]"
    let expected = """
      == Recall (recall) ==
      What it remembers.

      arm       exact_match    nll  perplexity
      attached        1.000  1.000        2.72
      detached        0.000  5.500      244.69

      arm       against   metric         mean     95 % interval  won  lost  ties      p
      attached  detached  exact_match  +1.000  [+1.000, +1.000]    8     0     0  0.008  better
                          nll          -4.500  \(interval)    8     0     0  0.008  better

      exact_match by kind:
      kind    items  attached  detached
      person      4     1.000     0.000
      place       4     1.000     0.000

      exact_match of attached by depth and length:
      kind    depth  128 tokens
      person   0.50       1.000
      place    0.50       1.000

      exact_match of detached by depth and length:
      kind    depth  128 tokens
      person   0.50       0.000
      place    0.50       0.000

      answers' tokens  arm       helped  harmed  unchanged  nats saved  nats lost
                       attached       8       8          0       16.00       4.00

      text, nats per token  tokens  attached  detached
      A text                     2     1.500     2.250

      text    arm       helped  harmed  unchanged  nats saved  nats lost
      A text  attached       1       1          0        2.00       0.50

      arm       tokens    state     file  entries         write   decode  first token  save  load
      attached   1,000  2.0 KiB  4.0 KiB       12  321 us/token  1.050 x            -     -     -

      Not complete: 1 of 2 pieces of work are done.
      1 suite, 8 items, seed 7.
      """
    #expect(text.hasPrefix(expected), "\(text)")
  }

  @Test("Episodes are counted by suite, where items have one")
  func episodes() {
    var results = results
    for index in results.suites[0].items.indices {
      results.suites[0].items[index].episode = "\(index / 4)"
    }
    var other = results.suites[0]
    other.name = "other"
    other.items[7].episode = nil
    results.suites.append(other)
    let lines = EvaluationTable.lines(results, figures: results.figures)
    #expect(lines.contains { $0.hasPrefix("2 suites, 16 items in 4 episodes, seed 7.") })
    #expect(lines.allSatisfy { $0.count <= EvaluationTable.width })
  }

  @Test("The form of the controls' contexts is said where there is one")
  func form() {
    var results = results
    func text() -> String {
      EvaluationTable.lines(results, figures: results.figures).joined(separator: " ")
    }
    #expect(!text().contains("Form:"))
    results.settings.form = ContextChoice(full: .message(.use), retrieved: .turns, pieces: 1)
    #expect(
      text().contains("Form: full-context has told texts as text in the user's message (use)"))
    #expect(text().contains("(turns), at most 1 text; chosen by a trial on this model."))
  }

  @Test("No line is longer than 120 columns, whatever names and how many arms there are")
  func width() {
    var results = results
    let names = (0..<12).map { "arm-\($0)-" + String(repeating: "long", count: 20) }
    results.settings.arms = names.enumerated().map { index, name in
      ArmDescription(name: name, role: index < 6 ? .memory : index == 6 ? .detached : .retrieval)
    }
    results.suites[0].title = String(repeating: "title ", count: 60)
    results.suites[0].summary = String(repeating: "words ", count: 60)
    results.suites[0].metrics = Metric.allCases
    results.suites[0].armNames = names
    for index in results.suites[0].items.indices {
      let outcome = results.suites[0].items[index].arms["attached"]
      results.suites[0].items[index].arms = [:]
      for name in names { results.suites[0].items[index].arms[name] = outcome }
      results.suites[0].items[index].kind = "kind \(index) " + String(repeating: "k", count: 90)
      results.suites[0].items[index].length = 1 << (index + 4)
    }
    results.suites[0].texts[0].surprisal = [:]
    for name in names { results.suites[0].texts[0].surprisal[name] = [1, 2] }
    let lines = EvaluationTable.lines(results, figures: results.figures)
    #expect(lines.count > 150)
    #expect(lines.allSatisfy { $0.count <= EvaluationTable.width })
    // Every arm is still told apart in every table of means.
    for number in 0..<12 { #expect(lines.contains { $0.hasPrefix("arm-\(number)-") }) }
  }

  @Test("What a file says is not obeyed by the terminal")
  func hostile() {
    var results = results
    results.suites[0].title = "\u{1B}[2J\nnew"
    results.suites[0].items[0].kind = "a\u{7}"
    results.suites[0].texts[0].title = "\u{9B}31m"
    let lines = EvaluationTable.lines(results, figures: results.figures)
    #expect(lines[0] == "== \\e[2J new (recall) ==")
    #expect(
      lines.allSatisfy {
        $0.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
      })
  }

  @Test("A file with more places than any suite has makes a table that ends")
  func many() {
    var results = results
    results.suites[0].items = (0..<700).map { index in
      var item = item(1, kind: "k\(index % 2)")
      item.depth = Double(index) / 700
      item.length = index
      return item
    }
    var settings = results.settings
    settings.arms.removeFirst()
    let figures = [
      SuiteFigures(
        name: "recall", items: 700, arms: [:],
        cells: SuiteFigures(of: results.suites[0], settings: settings).cells)
    ]
    #expect(figures[0].cells.count == 700)
    #expect(EvaluationTable.lines(results, figures: figures).count < 20_000)
  }

  @Test("Nothing was run: the last line only")
  func nothing() {
    var results = results
    results.suites = []
    results.done = 2
    let lines = EvaluationTable.lines(results, figures: [])
    #expect(lines.first?.hasPrefix("0 suites, 0 items, seed 7.") == true)
  }
}
