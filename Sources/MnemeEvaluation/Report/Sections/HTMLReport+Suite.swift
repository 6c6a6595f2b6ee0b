extension HTMLReport {
  /// Everything about one suite.
  func suite(_ section: ReportContent.Section) -> Markup {
    // Where there is one finding, it stands at the top of the page.
    let headlines = content.headlines
    let conclusions = headlines.filter { $0.suite == section.suite.name && headlines.count > 1 }
      .map { headline -> Markup in
        let verdict = headline.verdict.map { "\(badge($0)) " as Markup } ?? ""
        return "<li>\(verdict)\(headline.sentence)</li>\n"
      }
    let list: Markup =
      conclusions.isEmpty ? "" : "<ul class=\"conclusions\">\n\(conclusions)</ul>\n"
    var note: Markup = "\(section.size)"
    if let seconds = content.results.timings.seconds[section.suite.name] {
      note += ", \(ReportFormat.duration(seconds))" as Markup
    }
    return """
      <section id="\(section.anchor)" class="suite" aria-labelledby="\(section.anchor)-title">
      <h2 id="\(section.anchor)-title">\(section.suite.title)</h2>
      <p class="about">\(section.suite.summary) <span class="muted">Suite \
      <code>\(section.suite.name)</code>, \(note).</span></p>
      \(list)\(metrics(section))\(comparisons(section))\(kinds(section))\(heatMaps(section))\
      \(answerEffects(section))\(texts(section))\(checks(section))\(answers(section))\
      \(costs(section))</section>

      """
  }

  /// Every metric by arm.
  private func metrics(_ section: ReportContent.Section) -> Markup {
    guard !section.suite.metrics.isEmpty, !section.figures.arms.isEmpty else { return "" }
    let rows = section.arms.map { arm -> (Markup, [DataTable.Cell]) in
      let cells = section.suite.metrics.map { metric in
        DataTable.Cell(
          "\(metric.text(section.figures.arms[arm.name]?[metric]))",
          path: "\(section.index)|\(arm.name)|\(metric.rawValue)")
      }
      return (chip(arm.name), cells)
    }
    let table = DataTable(
      caption: "Mean of every metric by arm, \(section.suite.title)", hidesCaption: true,
      corner: "Arm", columns: section.suite.metrics.map { (Self.head($0), "n") }, rows: rows)
    return "<h3>All figures</h3>\n\(table.html)"
  }

  /// A metric as a heading, with an arrow that says which way is better.
  static func head(_ metric: Metric) -> Markup {
    let up = metric.direction == .higherIsBetter
    return """
      \(metric.heading)<span class="way" aria-hidden="true">\(up ? "\u{2191}" : "\u{2193}")</span>\
      <span class="vh">, \(metric.directionText)</span>
      """
  }

  /// Means by kind of item.
  private func kinds(_ section: ReportContent.Section) -> Markup {
    guard !section.figures.kinds.isEmpty else { return "" }
    let metrics = section.suite.metrics.filter { metric in
      section.figures.kinds.contains { group in
        group.means.values.contains { $0[metric]?.isFinite == true }
      }
    }
    let tables = metrics.enumerated().map { place, metric -> Markup in
      let rows = section.figures.kinds.map { group -> (Markup, [DataTable.Cell]) in
        let cells = section.arms.map { arm in
          DataTable.Cell("\(metric.text(group.means[arm.name]?[metric]))")
        }
        return (
          "\(group.kind ?? "none")",
          [DataTable.Cell("\(ReportFormat.count(group.items))", style: "n count")] + cells
        )
      }
      let table = DataTable(
        caption: "\(metric.heading) by kind of item", hidesCaption: place > 0, corner: "Kind",
        columns: [("Items", "n count")] + section.arms.map { (chip($0.name), "n") }, rows: rows)
      guard place > 0 else { return table.html }
      return "<details><summary>\(metric.heading) by kind</summary>\(table.html)</details>\n"
    }
    return "<h3>By kind</h3>\n\(tables)"
  }
}
