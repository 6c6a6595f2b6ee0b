extension HTMLReport {
  /// The deciding metric by depth and length, a table per arm and kind.
  func heatMaps(_ section: ReportContent.Section) -> Markup {
    let cells = section.figures.cells.filter { $0.depth != nil && $0.length != nil }
    guard let metric = section.deciding, !cells.isEmpty else { return "" }
    let scale = HeatScale(
      cells.flatMap { cell in section.arms.map { cell.means[$0.name]?[metric] } }, metric: metric)
    var kinds: [String?] = []
    for cell in cells where !kinds.contains(cell.kind) { kinds.append(cell.kind) }
    let first = section.memories.first ?? section.arms.first
    let panels = section.arms.map { arm -> Markup in
      let tables = kinds.map { kind in
        heatMap(cells.filter { $0.kind == kind }, kind: kind, arm: arm, metric: metric, scale)
      }
      return """
        <div class="panel" data-panel="\(arm.name)"><p class="panel-name">\(chip(arm.name))</p>
        <div class="heats">\(tables)</div></div>

        """
    }
    let low = metric.text(scale.low)
    let high = metric.text(scale.high)
    return """
      <h3>By depth and length</h3>
      <div class="switch">
      \(choice(
        "Arm", action: "panel", options: section.arms.map { ($0.name, chip($0.name)) },
        pressed: first?.name))\(panels)<p class="muted heat-key">\
      \(metric.heading), \(metric.directionText). Depth: how far into the told text the answer is. \
      Length: tokens told. <span class="ramp" aria-hidden="true"></span> \
      \(metric.direction == .higherIsBetter ? low : high) to \
      \(metric.direction == .higherIsBetter ? high : low).</p>
      </div>

      """
  }

  private func heatMap(
    _ cells: [SuiteFigures.Group], kind: String?, arm: ArmDescription, metric: Metric,
    _ scale: HeatScale
  ) -> Markup {
    let depths = Set(cells.compactMap(\.depth)).sorted()
    let lengths = Set(cells.compactMap(\.length)).sorted()
    let rows = depths.map { depth -> Markup in
      let row = lengths.map { length -> Markup in
        let cell = cells.first { $0.depth == depth && $0.length == length }
        let value = cell?.means[arm.name]?[metric]
        guard let shade = scale.shade(value) else {
          return "<td class=\"none\">\(ReportFormat.missing)</td>"
        }
        let title = ReportFormat.count(cell?.items ?? 0, "item")
        return """
          <td style="--v:\(SVG.number(shade))" title="\(title)">\(heatText(metric, value))</td>
          """
      }
      let name = ReportFormat.number(depth * 100, decimals: 0)
      return "<tr><th scope=\"row\">\(name)\u{A0}%</th>\(row)</tr>\n"
    }
    let heads = lengths.map { "<th scope=\"col\">\(ReportFormat.count($0))</th>" as Markup }
    return DataTable.framed(
      """
      <table class="heat">
      <caption>\(kind ?? "all items")<span class="vh">, \(arm.name): \(metric.heading) by depth \
      and length</span></caption>
      <thead><tr><th scope="col">Depth<span aria-hidden="true"> \\ </span>\
      <span class="vh"> by </span>length</th>\(heads)</tr></thead>
      <tbody>
      \(rows)</tbody></table>
      """)
  }

  private func heatText(_ metric: Metric, _ value: Double?) -> String {
    guard let value, metric.isShare else { return metric.text(value) }
    return ReportFormat.number(value * 100, decimals: 0)
  }
}

/// How strongly a cell of a heat map is coloured: the better, the stronger.
struct HeatScale {
  let low: Double
  let high: Double
  private let direction: Metric.Direction

  /// Shares run from 0 to 1; other metrics between the smallest and the largest value.
  init(_ values: [Double?], metric: Metric) {
    direction = metric.direction
    let finite = values.compactMap { $0 }.filter(\.isFinite)
    low = metric.isShare ? 0 : finite.min() ?? 0
    high = metric.isShare ? 1 : finite.max() ?? 1
  }

  /// 0 for the worst, 1 for the best; `nil` without a value.
  func shade(_ value: Double?) -> Double? {
    guard let value, value.isFinite else { return nil }
    guard high > low else { return 0 }
    let share = min(max((value - low) / (high - low), 0), 1)
    return direction == .higherIsBetter ? share : 1 - share
  }
}
