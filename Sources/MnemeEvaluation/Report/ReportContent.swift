import Mneme

/// Results and figures, put together for a reader.
struct ReportContent: Sendable {
  /// One suite.
  struct Section: Sendable {
    /// Its place, from 0.
    var index: Int
    /// The results.
    var suite: SuiteResults
    /// The figures that are shown.
    var figures: SuiteFigures
    /// The arms it was run in, in the order they are shown.
    var arms: [ArmDescription]
    /// The plain model's arm, where it was run.
    var detached: String?
    /// Whether the command gave the suites a file (`--data`); nil when no command is recorded.
    var readsFile: Bool?

    /// The figure that decides: the first that can be compared item by item.
    var deciding: Metric? {
      figures.comparisons.first { $0.baseline == detached }?.metric ?? suite.metrics.first
    }
    /// How many items it has, and in how many episodes, which are the units of intervals and tests.
    var size: String {
      let items = ReportFormat.count(figures.items, "item")
      let episodes = Set(suite.items.compactMap(\.episode)).count
      return episodes > 0 && episodes < figures.items
        ? "\(items) in \(ReportFormat.count(episodes, "episode"))" : items
    }
    /// Whether its items are windows of texts, not questions.
    var isOfTexts: Bool { !suite.texts.isEmpty && suite.items.allSatisfy { $0.prompt == nil } }
    /// Units of the comparison that decides: episodes, or items that belong to none.
    var units: Int {
      figures.comparisons.first { $0.baseline == detached }?.difference.units ?? figures.items
    }
    /// The arms under test.
    var memories: [ArmDescription] { arms.filter { $0.role == .memory } }
    /// The id of its section on the page.
    var anchor: String { "suite-\(index + 1)" }

    /// A memory arm against a baseline by the deciding metric.
    func comparison(_ arm: String, against baseline: String?) -> SuiteFigures.Comparison? {
      figures.comparisons.first {
        $0.arm == arm && $0.baseline == baseline && $0.metric == deciding
      }
    }
  }

  /// The results.
  let results: EvaluationResults
  /// One by suite, in the order they were run.
  let sections: [Section]

  /// Finds the figures of every suite; a suite without any has its items counted and nothing else.
  init(results: EvaluationResults, figures: [SuiteFigures]) {
    self.results = results
    let described = results.settings.arms
    let readsFile = results.timings.command.map { words in
      words.contains { $0 == "--data" || $0.hasPrefix("--data=") }
    }
    var rest = figures
    sections = results.suites.enumerated().map { index, suite in
      var found = SuiteFigures(name: suite.name, items: suite.items.count, arms: [:])
      if let place = rest.firstIndex(where: { $0.name == suite.name }) {
        found = rest.remove(at: place)
      }
      let known = described.filter { suite.armNames.contains($0.name) }
      let others = suite.armNames.filter { name in !described.contains { $0.name == name } }
      let arms = known + others.map { ArmDescription(name: $0, role: .memory) }
      return Section(
        index: index, suite: suite, figures: found, arms: arms,
        detached: arms.first { $0.role == .detached }?.name, readsFile: readsFile)
    }
  }

  /// Every arm that occurs, in the order of the settings.
  var arms: [ArmDescription] {
    var all = results.settings.arms
    for arm in sections.flatMap(\.arms) where !all.contains(where: { $0.name == arm.name }) {
      all.append(arm)
    }
    return all
  }

  /// The arms under test.
  var memories: [ArmDescription] { arms.filter { $0.role == .memory } }
}
