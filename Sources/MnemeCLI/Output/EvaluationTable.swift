import Mneme
package import MnemeEvaluation

/// A run of suites as tables for people: the figures of the file, no line longer than 120 columns.
package enum EvaluationTable {
  /// Columns of a line at most.
  package static let width = 120

  /// What was found in a sentence, as in every output; then suite by suite means, differences, kinds, depths and lengths,
  /// texts, costs.
  ///
  /// - Parameters:
  ///   - results: the run.
  ///   - figures: `results.figures`.
  package static func lines(_ results: EvaluationResults, figures: [SuiteFigures]) -> [String] {
    let lead = ReportLead(results: results, figures: figures)
    var lines = Self.lead(lead)
    for figures in figures {
      guard let suite = results.suites.first(where: { $0.name == figures.name }) else { continue }
      lines += heading(suite)
      // One finding has been said at the top.
      let own = lead.findings.count > 1 ? lead.findings.filter { $0.suite == suite.name } : []
      if !own.isEmpty { lines += own.flatMap { wrapped(plain($0.sentence)) } + [""] }
      for part in [
        means(suite, figures), differences(figures), kinds(suite, figures),
        cells(suite, figures, results.settings), answers(suite, figures), texts(suite, figures),
        costs(figures, results.timings),
      ] where !part.isEmpty {
        lines += part + [""]
      }
    }
    return (lines + footer(results)).map(clipped)
  }

  private static func lead(_ lead: ReportLead) -> [String] {
    wrapped(plain(lead.sentence)) + (lead.advice.map { wrapped(plain($0)) } ?? []) + [""]
  }

  private static func heading(_ suite: SuiteResults) -> [String] {
    let title = clean(suite.title).isEmpty ? clean(suite.name) : clean(suite.title)
    let summary = clean(suite.summary)
    return ["== \(title) (\(clean(suite.name))) =="] + (summary.isEmpty ? [] : wrapped(summary)) + [
      ""
    ]
  }

  private static func means(_ suite: SuiteResults, _ figures: SuiteFigures) -> [String] {
    guard figures.arms.values.contains(where: { !$0.isEmpty }) else { return [] }
    let rows = suite.armNames.map { arm in
      [name(arm)] + suite.metrics.map { figure($0, figures.arms[arm]?[$0]) }
    }
    return fitted(["arm"] + suite.metrics.map(\.rawValue), rows, keeping: 1)
  }

  private static func differences(_ figures: SuiteFigures) -> [String] {
    guard !figures.comparisons.isEmpty else { return [] }
    var table = TextTable(
      ["arm", "against", "metric", "mean", "95 % interval", "won", "lost", "ties", "p", ""],
      alignments: [
        .left, .left, .left, .right, .right, .right, .right, .right, .right, .left,
      ])
    var before: (String, String)?
    for item in figures.comparisons {
      let delta = item.difference
      let isSame = before.map { $0 == (item.arm, item.baseline) } ?? false
      table.add([
        isSame ? "" : name(item.arm), isSame ? "" : name(item.baseline), item.metric.rawValue,
        Figures.signed(delta.mean), interval(delta), Figures.count(delta.wins),
        Figures.count(delta.losses), Figures.count(delta.ties), probability(delta.p),
        item.verdict.rawValue,
      ])
      before = (item.arm, item.baseline)
    }
    return table.withoutEmptyColumns().lines
  }

  /// By kind, the metric that decides.
  private static func kinds(_ suite: SuiteResults, _ figures: SuiteFigures) -> [String] {
    guard !figures.kinds.isEmpty, let metric = metric(of: figures.kinds, suite) else { return [] }
    let rows = figures.kinds.map { group in
      [kind(group), Figures.count(group.items)]
        + suite.armNames.map { figure(metric, group.means[$0]?[metric]) }
    }
    return ["\(metric.rawValue) by kind:"]
      + fitted(["kind", "items"] + suite.armNames.map(name), rows, keeping: 2)
  }

  /// A row of a table by depth and length.
  private struct Place: Hashable {
    var kind: String?
    var depth: Double?
  }

  /// More lengths, and more kinds and depths, than any suite has; a file may.
  private static let (mostLengths, mostRows) = (64, 512)

  /// Depth by length for each arm with a memory under test and for the plain model, the metric that decides.
  private static func cells(
    _ suite: SuiteResults, _ figures: SuiteFigures, _ settings: RunSettings
  ) -> [String] {
    guard let metric = metric(of: figures.cells, suite) else { return [] }
    let lengths = Set(figures.cells.map(\.length)).sorted { ($0 ?? -1) < ($1 ?? -1) }
      .prefix(mostLengths)
    var places: [Place] = []
    var groups: [Place: [Int?: SuiteFigures.Group]] = [:]
    for cell in figures.cells {
      let place = Place(kind: cell.kind, depth: cell.depth)
      if groups[place] == nil { places.append(place) }
      groups[place, default: [:]][cell.length] = cell
    }
    let shown = settings.arms.filter {
      ($0.role == .memory || $0.role == .detached) && suite.armNames.contains($0.name)
    }
    var lines: [String] = []
    for arm in shown {
      let rows = places.prefix(mostRows).map { place in
        [place.kind.map(name) ?? "-", Figures.decimal(place.depth, 2)]
          + lengths.map { figure(metric, groups[place]?[$0]?.means[arm.name]?[metric]) }
      }
      let header = lengths.map { $0.map { Figures.plural($0, "token") } ?? "any length" }
      if !lines.isEmpty { lines.append("") }
      lines.append("\(metric.rawValue) of \(name(arm.name)) by depth and length:")
      lines += fitted(["kind", "depth"] + header, rows, keeping: 2)
    }
    return lines
  }

  /// What it did to the tokens of the expected answers.
  private static func answers(_ suite: SuiteResults, _ figures: SuiteFigures) -> [String] {
    var table = effectTable("answers' tokens")
    var isEmpty = true
    for arm in suite.armNames {
      guard let effect = figures.answerEffects[arm] else { continue }
      table.add(["", name(arm)] + cells(of: effect))
      isEmpty = false
    }
    return isEmpty ? [] : table.withoutEmptyColumns().lines
  }

  private static func texts(_ suite: SuiteResults, _ figures: SuiteFigures) -> [String] {
    guard !figures.texts.isEmpty else { return [] }
    let rows = figures.texts.map { text in
      [name(text.title.isEmpty ? text.id : text.title), Figures.count(text.tokens)]
        + suite.armNames.map { Figures.decimal(text.nll[$0]) }
    }
    let lines = fitted(
      ["text, nats per token", "tokens"] + suite.armNames.map(name), rows, keeping: 2)
    guard figures.texts.contains(where: { !$0.effects.isEmpty }) else { return lines }
    var table = effectTable("text")
    for text in figures.texts {
      var title = name(text.title.isEmpty ? text.id : text.title)
      for arm in suite.armNames {
        guard let effect = text.effects[arm] else { continue }
        table.add([title, name(arm)] + cells(of: effect))
        title = ""
      }
    }
    return lines + [""] + table.withoutEmptyColumns().lines
  }

  /// What sizes and times of one arm are matched by.
  private struct Size: Hashable {
    let arm: String
    let tokens: Int

    init(_ arm: String, _ tokens: Int) {
      self.arm = arm
      self.tokens = tokens
    }
  }

  private static func costs(_ figures: SuiteFigures, _ timings: RunTimings) -> [String] {
    guard !figures.costs.isEmpty else { return [] }
    var table = TextTable(
      [
        "arm", "tokens", "state", "file", "entries", "write", "decode", "first token", "save",
        "load",
      ])
    let measured = Dictionary(timings.costs.map { (Size($0.arm, $0.tokens), $0) }) { a, _ in a }
    for cost in figures.costs {
      let timing = measured[Size(cost.arm, cost.tokens)]
      table.add([
        name(cost.arm), Figures.count(cost.tokens), Figures.bytes(cost.stateBytes),
        Figures.bytes(cost.fileBytes), Figures.count(cost.entries),
        unit(timing?.writeMicroseconds, 0, "us/token"), unit(timing?.decodeRatio, 3, "x"),
        unit(timing?.firstTokenMilliseconds, 1, "ms"), unit(timing?.saveMilliseconds, 1, "ms"),
        unit(timing?.loadMilliseconds, 1, "ms"),
      ])
    }
    return table.withoutEmptyColumns().lines
  }

  private static func footer(_ results: EvaluationResults) -> [String] {
    let items = results.suites.reduce(0) { $0 + $1.items.count }
    let episodes = results.suites.reduce(0) { $0 + Set($1.items.compactMap(\.episode)).count }
    let told = episodes > 0 ? " in \(Figures.plural(episodes, "episode"))" : ""
    var lines: [String] = []
    if !results.isComplete {
      lines.append(
        "Not complete: \(Figures.count(results.done)) of \(Figures.count(results.total)) pieces of work are done."
      )
    }
    if let form = results.settings.form?.explanation { lines += wrapped("Form: \(form).") }
    lines += wrapped(
      "\(Figures.plural(results.suites.count, "suite")), \(Figures.plural(items, "item"))\(told), "
        + "seed \(results.settings.seed). Intervals: BCa bootstrap over episodes (over items that have "
        + "none). p: paired sign flips, of whole episodes. A verdict needs both; those that decide (each "
        + "suite's first metric, against the plain model) are corrected for the number of suites (Holm). A "
        + "negative nll favours memory.")
    return lines
  }
}
