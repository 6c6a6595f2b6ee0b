extension HTMLReport {
  /// Sizes over the tokens read, and speeds.
  func costs(_ section: ReportContent.Section) -> Markup {
    let costs = section.figures.costs
    guard !costs.isEmpty else { return "" }
    let arms = section.arms.filter { arm in costs.contains { $0.arm == arm.name } }
    let rows = arms.flatMap { arm in
      costs.filter { $0.arm == arm.name }.sorted { $0.tokens < $1.tokens }
        .map { cost -> (Markup, [DataTable.Cell]) in
          (
            chip(arm.name),
            [
              DataTable.Cell("\(ReportFormat.count(cost.tokens))"),
              DataTable.Cell("\(ReportFormat.bytes(Double(cost.stateBytes)))"),
              DataTable.Cell("\(ReportFormat.bytes(Double(cost.fileBytes)))"),
              DataTable.Cell("\(ReportFormat.count(cost.entries))"),
            ]
          )
        }
    }
    let table = DataTable(
      caption: "Sizes after so many tokens", corner: "Arm",
      columns: [
        ("Tokens read", "n"), ("State", "n"), ("File, journal included", "n"), ("Entries", "n"),
      ], rows: rows)
    return """
      <h3>What it costs</h3>
      <div class="charts">\
      \(size("Size of the memory state", costs, arms, \.stateBytes, id: "\(section.anchor)-state"))\
      \(size("Size of the memory file", costs, arms, \.fileBytes, id: "\(section.anchor)-file"))\
      </div>
      \(table.html)\(timings(section))
      """
  }

  private func size(
    _ title: String, _ costs: [CostResult], _ arms: [ArmDescription],
    _ bytes: (CostResult) -> Int, id: String
  ) -> Markup {
    let tokens = Set(costs.map(\.tokens)).sorted()
    guard costs.contains(where: { bytes($0) > 0 }) else { return "" }
    let series = arms.map { arm in
      LineChart.Series(
        name: arm.name, style: style(arm),
        values: tokens.map { count in
          costs.first { $0.arm == arm.name && $0.tokens == count }.map { Double(bytes($0)) }
        })
    }
    return LineChart(
      title: title, xLabel: "tokens read", yLabel: "decimal bytes", x: tokens.map(Double.init),
      names: tokens.map { ReportFormat.count($0) }, axisNames: nil,
      series: series.filter { $0.values.contains { ($0 ?? 0) > 0 } },
      text: { $0.map(ReportFormat.bytes) ?? ReportFormat.missing },
      tickText: ReportFormat.roundBytes,
      logarithmicFrom: 40, corner: "Tokens read"
    ).html(id: id)
  }

  private func timings(_ section: ReportContent.Section) -> Markup {
    let names = Set(section.suite.armNames)
    let timings = content.results.timings.costs.filter { names.contains($0.arm) }
    guard !timings.isEmpty else { return "" }
    let rows = section.arms.flatMap { arm in
      timings.filter { $0.arm == arm.name }.sorted { $0.tokens < $1.tokens }
        .map { (chip(arm.name), Self.cells($0).map { DataTable.Cell("\($0)") }) }
    }
    let table = DataTable(
      caption: """
        Speed after so many tokens. Ratios are taken side by side with the plain model; times \
        differ from run to run and machine to machine.
        """,
      corner: "Arm", columns: Self.timingHeads.map { ("\($0)", "n") }, rows: rows)
    return "<h4>Speed</h4>\n\(table.html)"
  }

  /// Headings of the speeds.
  static let timingHeads = [
    "Tokens read", "Read a token, \u{B5}s", "Generate, \u{D7} plain", "First token, ms",
    "Save, ms", "Load, ms",
  ]

  /// The speeds of a row as text.
  static func cells(_ timing: CostTiming) -> [String] {
    [
      ReportFormat.count(timing.tokens),
      ReportFormat.number(timing.writeMicroseconds, decimals: 0),
      ReportFormat.number(timing.decodeRatio, decimals: 2),
      ReportFormat.number(timing.firstTokenMilliseconds, decimals: 1),
      ReportFormat.number(timing.saveMilliseconds, decimals: 1),
      ReportFormat.number(timing.loadMilliseconds, decimals: 1),
    ]
  }
}
