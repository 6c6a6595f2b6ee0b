extension HTMLReport {
  /// Every memory arm against every baseline: intervals drawn and written.
  func comparisons(_ section: ReportContent.Section) -> Markup {
    guard !section.figures.comparisons.isEmpty else { return "" }
    let metrics = section.suite.metrics.filter { metric in
      section.figures.comparisons.contains { $0.metric == metric }
    }
    let tables = metrics.map { metric -> Markup in
      let table = comparisons(of: metric, section)
      guard metric != section.deciding else { return table }
      return """
        <details><summary>Comparisons by \(metric.heading.lowercasedFirst)</summary>
        \(table)</details>

        """
    }
    return "<h3>Comparisons</h3>\n\(tables)"
  }

  private func comparisons(of metric: Metric, _ section: ReportContent.Section) -> Markup {
    let found = section.figures.comparisons.filter { $0.metric == metric }
    let plot = ForestPlot(found.map(\.difference), direction: metric.direction)
    let hasP = found.contains { $0.difference.p != nil }
    var columns: [(Markup, String)] = [
      ("Compared with", ""),
      ("Difference", "n"),
      ("95\u{A0}% interval", "n"),
      ("<span class=\"vh\">Interval, drawn</span>\(plot.axis(metric))", "draw"),
      ("Won", "n"), ("Lost", "n"), ("Tied", "n"),
    ]
    if hasP { columns.append(("<i>p</i>", "n")) }
    columns.append(("Verdict", ""))
    let rows = found.map { comparison -> (Markup, [DataTable.Cell]) in
      let difference = comparison.difference
      var cells = [
        DataTable.Cell(chip(comparison.baseline), style: ""),
        DataTable.Cell(
          "\(metric.difference(difference.mean))",
          path: "\(section.index)|\(comparison.arm)|\(metric.rawValue)|\(comparison.baseline)"),
        DataTable.Cell("\(metric.interval(difference.interval))"),
        DataTable.Cell(
          plot.row(difference, style: style(named: comparison.arm)), style: "draw"),
        DataTable.Cell("\(ReportFormat.count(difference.wins))"),
        DataTable.Cell("\(ReportFormat.count(difference.losses))"),
        DataTable.Cell("\(ReportFormat.count(difference.ties))"),
      ]
      if hasP { cells.append(DataTable.Cell("\(ReportFormat.p(difference.p))")) }
      cells.append(DataTable.Cell(badge(comparison.verdict), style: ""))
      return (chip(comparison.arm), cells)
    }
    let unit = metric.unit.isEmpty ? "" : ", in \(metric.isShare ? "percentage points" : "nats")"
    return DataTable(
      caption: """
        \(metric.heading)\(unit), item by item; \(metric.directionText). The shaded side is the \
        better one.
        """,
      corner: "Arm", columns: columns, rows: rows, style: "comparisons"
    ).html
  }

  /// The effect of the arms on single tokens of expected answers.
  func answerEffects(_ section: ReportContent.Section) -> Markup {
    let effects = section.figures.answerEffects
    guard !effects.isEmpty else { return "" }
    return """
      <h3>Tokens of the answers, helped and harmed</h3>
      \(effectTable(effects, section, of: "tokens of the expected answers"))
      """
  }

  /// Help and harm by arm, drawn and in numbers.
  func effectTable(
    _ effects: [String: SuiteFigures.TokenEffect], _ section: ReportContent.Section, of what: String
  ) -> Markup {
    let rows = section.arms.compactMap { arm -> (Markup, [DataTable.Cell])? in
      guard let effect = effects[arm.name] else { return nil }
      let net = effect.helpNats - effect.harmNats
      return (
        chip(arm.name),
        [
          DataTable.Cell(EffectBar.html(effect), style: "draw"),
          DataTable.Cell("\(ReportFormat.count(effect.harmed))"),
          DataTable.Cell("\(ReportFormat.count(effect.unchanged))"),
          DataTable.Cell("\(ReportFormat.count(effect.helped))"),
          DataTable.Cell("\(ReportFormat.number(effect.harmNats, decimals: 1))"),
          DataTable.Cell("\(ReportFormat.number(effect.helpNats, decimals: 1))"),
          DataTable.Cell("\(ReportFormat.signed(net, decimals: 1))"),
        ]
      )
    }
    return DataTable(
      caption: """
        Against the plain model, \(what): how many became less likely (harmed), likelier (helped) \
        or stayed within a hundredth of a nat, and how many nats that made.
        """,
      corner: "Arm",
      columns: [
        (
          """
          <span class="vh">Drawn: </span><span class="scale"><span>harmed</span> \
          <span>helped</span></span>
          """, "draw"
        ),
        ("Harmed", "n"), ("Unchanged", "n"), ("Helped", "n"), ("Nats lost", "n"),
        ("Nats saved", "n"), ("Net", "n"),
      ], rows: rows
    ).html
  }
}
