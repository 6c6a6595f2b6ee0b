extension HTMLReport {
  /// The texts that were scored token by token.
  func texts(_ section: ReportContent.Section) -> Markup {
    var result: Markup = ""
    for (index, figures) in section.figures.texts.enumerated() {
      let id = "\(section.anchor)-text-\(index + 1)"
      result += """
        <h3>Text: \(figures.title)</h3>
        <p class="muted">\(ReportFormat.count(figures.tokens, "token")) scored.</p>
        <div class="charts">\(lines(
          figures.positions, section, title: "Surprisal over the text", xLabel: "position, tokens",
          corner: "Position", isCategorical: false, id: "\(id)-positions"))\(lines(
          figures.frequencies, section, title: "Surprisal by how often a token had occurred",
          xLabel: "earlier occurrences", corner: "Occurrences", isCategorical: true,
          id: "\(id)-frequencies"))</div>

        """
      if !figures.effects.isEmpty {
        result += "<h4>Tokens helped and harmed</h4>\n"
        result += effectTable(figures.effects, section, of: "tokens of this text")
      }
      if let place = section.suite.texts.firstIndex(where: { $0.id == figures.id }) {
        result += tokenMap(section, place)
      }
    }
    return result
  }

  private func lines(
    _ ranges: [SuiteFigures.Range], _ section: ReportContent.Section, title: String,
    xLabel: String, corner: String, isCategorical: Bool, id: String
  ) -> Markup {
    guard !ranges.isEmpty else { return "" }
    let names = ranges.map { ReportFormat.range(from: $0.from, to: $0.to) }
    let arms = section.arms.filter { arm in ranges.contains { $0.nll[arm.name] != nil } }
    let chart = LineChart(
      title: title, xLabel: xLabel, yLabel: "nats per token",
      x: ranges.enumerated().map { index, range in
        isCategorical ? Double(index) : (Double(range.from) + Double(range.to)) / 2
      }, names: names, axisNames: isCategorical ? names : nil,
      series: arms.map { arm in
        LineChart.Series(
          name: arm.name, style: style(arm), values: ranges.map { $0.nll[arm.name] })
      }, text: { ReportFormat.number($0, decimals: 3) }, corner: corner,
      counts: ("Tokens", ranges.map(\.tokens)))
    return chart.html(id: id)
  }

  /// The element in which the script shows the tokens of a text.
  private func tokenMap(_ section: ReportContent.Section, _ index: Int) -> Markup {
    let text = section.suite.texts[index]
    let arms = section.arms.filter { text.surprisal[$0.name]?.isEmpty == false }
    guard !arms.isEmpty, !text.pieces.isEmpty else { return "" }
    let id = tokenMapID(section, index)
    let plain = section.detached.flatMap { name in arms.first { $0.name == name } }
    let others = arms.filter { $0 != plain }
    let canCompare = plain != nil && !others.isEmpty
    let first = (canCompare ? others : arms).first { $0.role == .memory } ?? arms[0]
    var modes: [(value: String, face: Markup)] = [("surprise", "Surprise")]
    if canCompare { modes.insert(("change", "Change against \(plain?.name ?? "")"), at: 0) }
    let mode = canCompare ? "change" : "surprise"
    return """
      <h4>Token by token</h4>
      <div class="tokens" id="\(id)" data-arm="\(first.name)" data-mode="\(mode)">
      <p class="no-js muted">The token map needs JavaScript; all other figures of this page do \
      not.</p>
      \(choice("Colour", action: "mode", options: modes, pressed: mode))\
      \(choice(
        "Arm", action: "arm", options: arms.map { ($0.name, chip($0.name)) },
        pressed: first.name))\(Self.legends)
      <div class="map js" role="listbox" aria-label="Tokens of \(text.title)" \
      aria-describedby="\(id)-hint"></div>
      <div class="readout js" aria-hidden="true"><p>Point at a token, tap it, or move with the \
      arrow keys.</p></div><p class="spoken vh js" aria-live="polite"></p>
      <div class="pager js"><button type="button" data-go="previous">Previous</button>\
      <span class="where" role="status"></span>\
      <button type="button" data-go="next">Next</button>\
      <button type="button" data-go="helped">Most helped</button>\
      <button type="button" data-go="harmed">Most harmed</button>\
      <button type="button" data-go="surprising">Most surprising</button></div>
      <p class="muted js" id="\(id)-hint">Arrow keys move from token to token and line to line, \
      Page Up and Page Down from page to page.</p>
      </div>

      """
  }

  /// The legend of the token map's colours.
  private static let legends: Markup = """
    <p class="legend-tokens js" data-for="change"><span class="t x4">harmed by 3 or more nats</span>\
    <span class="t x3">1</span><span class="t x2">0.25</span><span class="t x1">0.01</span>\
    <span class="t">unchanged</span><span class="t h1">0.01</span><span class="t h2">0.25</span>\
    <span class="t h3">1</span><span class="t h4">helped by 3 or more nats</span></p>
    <p class="legend-tokens js" data-for="surprise" hidden><span class="t s0">under 0.25 nats</span>\
    <span class="t s1">0.25</span><span class="t s2">1</span><span class="t s3">2</span>\
    <span class="t s4">4</span><span class="t s5">6</span><span class="t s6">9 or more</span></p>
    """
}
