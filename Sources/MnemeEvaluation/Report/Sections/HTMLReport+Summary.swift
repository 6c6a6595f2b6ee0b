import Mneme

extension HTMLReport {
  /// The findings in words, what they cost where that was measured, and whether to believe them.
  var findings: Markup {
    let sentences = ReportSentences(content: content)
    let cost = sentences.cost.map { "<li>\($0)</li>\n" as Markup }
    let belief = sentences.belief.map { "<li>\($0)</li>\n" as Markup }
    let costs: Markup =
      cost.isEmpty ? "" : "<div><h3>What it cost</h3><ul>\(cost)</ul></div>\n"
    let changes = changes
    let believed: Markup = "Whether to believe it"
    // Where the title has said all else, the heading says what is left.
    let isAlone = changes.isEmpty && cost.isEmpty
    let title = isAlone ? believed : "Findings"
    let heading: Markup = isAlone ? "" : "<h3>\(believed)</h3>"
    return """
      <section id="findings" aria-labelledby="findings-title">
      <h2 id="findings-title">\(title)</h2>
      \(changes)<div class="findings">
      \(costs)<div>\(heading)<ul>\(belief)</ul></div>
      </div>
      </section>

      """
  }

  /// A sentence for each suite and memory, unless the title is the only one.
  private var changes: Markup {
    if content.memories.isEmpty { return "<p>No arm with a memory was run.</p>\n" }
    let headlines = content.headlines
    guard headlines.count > 1 else { return "" }
    let items = headlines.map { headline -> Markup in
      let section = content.sections.first { $0.suite.name == headline.suite }
      let verdict = headline.verdict.map(badge) ?? ""
      let figures = headline.comparison.map(Self.small) ?? ""
      return """
        <li><div>\(verdict)</div><div>\
        <a href="#\(section?.anchor ?? "summary")">\(section?.suite.title ?? headline.suite)</a>\
        <p>\(headline.sentence)</p>\(figures)</div></li>

        """
    }
    return "<ul class=\"changes\">\n\(items)</ul>\n"
  }

  /// The figures of a comparison, below its sentence.
  static func small(_ found: SuiteFigures.Comparison) -> Markup {
    "<small class=\"figures\">\(ReportSentences.sentence(found).capitalizedFirst)</small> "
  }

  /// A row per suite, a column per arm.
  var summary: Markup {
    let arms = content.arms
    let rows = content.sections.compactMap { section -> (Markup, [DataTable.Cell])? in
      guard let metric = section.deciding else { return nil }
      let head: Markup = """
        <a href="#\(section.anchor)">\(section.suite.name)</a>\
        <small>\(metric.heading), \
        \(section.size)</small>
        """
      let cells = arms.map { arm -> DataTable.Cell in
        guard section.arms.contains(arm) else {
          return DataTable.Cell("\(ReportFormat.missing)", style: "n none")
        }
        let path = "\(section.index)|\(arm.name)|\(metric.rawValue)"
        guard let value = section.figures.arms[arm.name]?[metric], value.isFinite else {
          return DataTable.Cell("\(ReportFormat.missing)", style: "n none", path: path)
        }
        var inner: Markup = "<b>\(metric.text(value))</b>"
        if arm.role == .memory,
          let found = section.comparison(arm.name, against: section.detached)
        {
          inner += verdictLines(found)
        }
        return DataTable.Cell(inner, path: path)
      }
      return (head, cells)
    }
    let table = DataTable(
      caption: """
        The figure that decides in each suite, by arm. Below a memory's figure: its difference to \
        the plain model, 95 % interval, and on how many items it won, lost and tied.
        """,
      corner: "Suite", columns: arms.map { (chip($0.name), "n") }, rows: rows, style: "summary")
    return """
      <section id="summary" aria-labelledby="summary-title">
      <h2 id="summary-title">Summary</h2>
      \(rows.isEmpty ? "<p>No suite was run.</p>" : table.html)</section>

      """
  }

  private func verdictLines(_ found: SuiteFigures.Comparison) -> Markup {
    let difference = found.difference
    let metric = found.metric
    return """
      \(badge(found.verdict))<small>\(metric.differenceWithUnit(difference.mean))</small>\
      <small>\(difference.interval == nil ? "no interval" : metric.interval(difference.interval))\
      </small><small>\(difference.wins) won, \(difference.losses) lost, \(difference.ties) tied\
      </small>
      """
  }

  /// A verdict with its sign, so that it does not depend on colour.
  func badge(_ verdict: SuiteFigures.Comparison.Verdict) -> Markup {
    """
    <span class="verdict v-\(verdict.rawValue)"><span aria-hidden="true">\(verdict.sign)</span> \
    \(verdict.rawValue)</span>
    """
  }

  /// The meaning of metrics, verdicts and arms.
  var glossary: Markup {
    var metrics: [Metric] = []
    for metric in content.sections.flatMap(\.suite.metrics) where !metrics.contains(metric) {
      metrics.append(metric)
    }
    let terms = metrics.map { metric -> Markup in
      """
      <div><dt>\(metric.heading)</dt><dd>\(metric.meaning); \(metric.directionText).</dd></div>

      """
    }
    var roles: [ArmDescription.Role] = []
    for arm in content.arms where !roles.contains(arm.role) { roles.append(arm.role) }
    let arms = roles.map { role -> Markup in
      let names = content.arms.filter { $0.role == role }.map { "\(chip($0.name)) " as Markup }
      return """
        <div><dt>\(role.heading)</dt><dd>\(names)<br>\(role.meaning).</dd></div>

        """
    }
    return """
      <section id="glossary" aria-labelledby="glossary-title">
      <h2 id="glossary-title">Terms</h2>
      <dl class="terms">
      \(arms)\(terms)<div><dt>Better, worse, undecided</dt><dd>better or worse only where the 95 % \
      interval of the paired difference lies on one side of zero and the permutation test gives p \
      below 0.05, on the deciding figures after Holm's correction for the number of suites, memory by memory; \
      everything else is undecided, which is not the same as equal.</dd></div>
      <div><dt>Win, loss, tie</dt><dd>an item on which the arm does better, worse, or the same as \
      what it is compared with.</dd></div>
      </dl>
      </section>

      """
  }
}

extension ArmDescription.Role {
  /// Its name in the list of terms.
  var heading: String {
    switch self {
    case .memory: "Memory arms"
    case .detached: "Detached"
    case .wrongMemory: "Wrong memory"
    case .fullContext: "Full context"
    case .retrieval: "Retrieval"
    case .randomRetrieval: "Random retrieval"
    }
  }

  /// The meaning of an arm of this role.
  var meaning: String {
    switch self {
    case .memory: "the model with the memory under test attached"
    case .detached: "the plain model, nothing attached"
    case .wrongMemory: "a memory of the same kind with other contents"
    case .fullContext:
      "no memory; all told text is in the context, as far as it fits"
    case .retrieval:
      "no memory; the best matching pieces of the told text are in the context, within a budget"
    case .randomRetrieval: "the same budget, pieces drawn at random"
    }
  }
}
