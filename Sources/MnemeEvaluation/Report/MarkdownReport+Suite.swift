extension MarkdownReport {
  /// Everything about one suite, as paragraphs.
  func section(_ section: ReportContent.Section) -> [String] {
    var parts = ["## \(Self.escaped(section.suite.title))", Self.escaped(section.suite.summary)]
    if let seconds = content.results.timings.seconds[section.suite.name] {
      parts[1] +=
        " (`\(Self.code(section.suite.name))`, \(section.size)"
        + ", \(ReportFormat.duration(seconds)))"
    }
    // Where there is one finding, the heading and the findings have said it.
    let headlines = content.headlines
    if headlines.count > 1 {
      let own = headlines.filter { $0.suite == section.suite.name }
      parts.append(own.map { "- \(Self.escaped($0.sentence))" }.joined(separator: "\n"))
    }
    parts.append(metrics(section))
    parts.append(controls(section))
    parts.append(kinds(section))
    parts += cells(section)
    parts += texts(section)
    parts += costs(section)
    return parts
  }

  private func metrics(_ section: ReportContent.Section) -> String {
    let metrics = section.suite.metrics
    guard !metrics.isEmpty, !section.figures.arms.isEmpty else { return "" }
    return Self.table(
      ["arm"] + metrics.map { "\($0.heading) \($0.direction == .higherIsBetter ? "↑" : "↓")" },
      section.arms.map { arm in
        [Self.escaped(arm.name)]
          + metrics.map { $0.text(section.figures.arms[arm.name]?[$0]) }
      })
  }

  /// The memories against everything but the plain model, by the deciding metric.
  private func controls(_ section: ReportContent.Section) -> String {
    let found = section.figures.comparisons.filter {
      $0.metric == section.deciding && $0.baseline != section.detached
    }
    guard let metric = section.deciding, !found.isEmpty else { return "" }
    return Self.table(
      [
        "arm", "against", "\(metric.heading) difference", "95 % interval", "won", "lost", "tied",
        "verdict",
      ],
      found.map {
        [
          Self.escaped($0.arm), Self.escaped($0.baseline), metric.difference($0.difference.mean),
          metric.interval($0.difference.interval), String($0.difference.wins),
          String($0.difference.losses), String($0.difference.ties), $0.verdict.rawValue,
        ]
      })
  }

  private func kinds(_ section: ReportContent.Section) -> String {
    guard let metric = section.deciding, !section.figures.kinds.isEmpty else { return "" }
    return Self.table(
      ["\(metric.heading) by kind", "items"] + section.arms.map { Self.escaped($0.name) },
      section.figures.kinds.map { group in
        [Self.escaped(group.kind ?? "none"), ReportFormat.count(group.items)]
          + section.arms.map { metric.text(group.means[$0.name]?[metric]) }
      })
  }

  /// A table per memory arm and kind: depth down, length across.
  private func cells(_ section: ReportContent.Section) -> [String] {
    let cells = section.figures.cells.filter { $0.depth != nil && $0.length != nil }
    guard let metric = section.deciding, !cells.isEmpty else { return [] }
    var kinds: [String?] = []
    for cell in cells where !kinds.contains(cell.kind) { kinds.append(cell.kind) }
    let lengths = Set(cells.compactMap(\.length)).sorted()
    return section.memories.map { arm in
      let rows = kinds.flatMap { kind -> [[String]] in
        let own = cells.filter { $0.kind == kind }
        return Set(own.compactMap(\.depth)).sorted().map { depth in
          [
            Self.escaped(kind ?? "all items"),
            ReportFormat.number(depth * 100, decimals: 0) + "\u{A0}%",
          ]
            + lengths.map { length in
              let cell = own.first { $0.depth == depth && $0.length == length }
              return metric.text(cell?.means[arm.name]?[metric])
            }
        }
      }
      return "\(metric.heading) of \(Self.escaped(arm.name)) by depth and length:\n\n"
        + Self.table(
          ["kind", "depth"] + lengths.map { ReportFormat.count($0, "token") }, rows)
    }
  }

  private func texts(_ section: ReportContent.Section) -> [String] {
    section.figures.texts.flatMap { text -> [String] in
      let arms = section.arms.filter { text.nll[$0.name] != nil }
      let title = Self.escaped(text.title)
      let rows = arms.map { arm -> [String] in
        let effect = text.effects[arm.name]
        return [
          Self.escaped(arm.name), ReportFormat.number(text.nll[arm.name], decimals: 3),
          effect.map { ReportFormat.count($0.helped) } ?? ReportFormat.missing,
          effect.map { ReportFormat.count($0.harmed) } ?? ReportFormat.missing,
          effect.map { ReportFormat.signed($0.helpNats - $0.harmNats, decimals: 1) }
            ?? ReportFormat.missing,
        ]
      }
      return [
        "\(title), \(ReportFormat.count(text.tokens, "token")):\n\n"
          + Self.table(
            ["arm", "nats per token", "tokens helped", "tokens harmed", "net nats saved"], rows),
        ranges(text.positions, arms, "position"),
        ranges(text.frequencies, arms, "earlier occurrences"),
      ]
    }
  }

  private func ranges(
    _ ranges: [SuiteFigures.Range], _ arms: [ArmDescription], _ name: String
  ) -> String {
    guard !ranges.isEmpty else { return "" }
    return Self.table(
      ["nats per token by \(name)", "tokens"] + arms.map { Self.escaped($0.name) },
      ranges.map { range in
        [ReportFormat.range(from: range.from, to: range.to), ReportFormat.count(range.tokens)]
          + arms.map { ReportFormat.number(range.nll[$0.name], decimals: 3) }
      })
  }

  private func costs(_ section: ReportContent.Section) -> [String] {
    let costs = section.figures.costs
    guard !costs.isEmpty else { return [] }
    var parts = [
      Self.table(
        ["arm", "tokens read", "state", "file", "entries"],
        costs.map {
          [
            Self.escaped($0.arm), ReportFormat.count($0.tokens),
            ReportFormat.bytes(Double($0.stateBytes)), ReportFormat.bytes(Double($0.fileBytes)),
            ReportFormat.count($0.entries),
          ]
        })
    ]
    let names = Set(section.suite.armNames)
    let timings = content.results.timings.costs.filter { names.contains($0.arm) }
    if !timings.isEmpty {
      parts.append(
        Self.table(
          ["arm"] + HTMLReport.timingHeads,
          timings.map { [Self.escaped($0.arm)] + HTMLReport.cells($0) }))
    }
    return parts
  }
}
