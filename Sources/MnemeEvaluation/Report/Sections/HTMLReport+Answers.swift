extension HTMLReport {
  /// The rating of an arm's answer.
  enum Mark: String {
    case right, partly, wrong
  }

  /// Prompts, expected answers and every arm's answer, side by side.
  func answers(_ section: ReportContent.Section) -> Markup {
    let items = section.suite.items.enumerated().filter { $0.element.prompt != nil }
    guard !items.isEmpty, !isChecks(section) else { return "" }
    let memories = section.memories
    let cards = items.map { card($0.element, number: $0.offset + 1, section) }
    let filters: [(value: String, face: Markup)] = [
      ("all", "All"), ("won", "Memory won"), ("lost", "Memory lost"), ("both", "Both wrong"),
    ]
    let hasBaseline = !memories.isEmpty && section.detached != nil
    let arms =
      hasBaseline && memories.count > 1
      ? choice(
        "Memory", action: "versus",
        options: memories.enumerated().map { (String($0.offset), chip($0.element.name)) },
        pressed: "0") : ""
    let id = "\(section.anchor)-search"
    return """
      <h3>Answers side by side</h3>
      <div class="answers" data-size="10">
      <div class="controls js">\(arms)\
      \(hasBaseline ? choice("Show", action: "filter", options: filters, pressed: "all") : "")\
      <p class="search"><label for="\(id)">Search</label> <input type="search" id="\(id)" \
      autocomplete="off" spellcheck="false"></p></div>
      <p class="found js" role="status"></p>
      <ol>
      \(cards)</ol>
      <div class="pager js"><button type="button" data-go="previous">Previous</button>\
      <span class="where"></span><button type="button" data-go="next">Next</button></div>
      </div>

      """
  }

  private func card(
    _ item: ABReport.Item, number: Int, _ section: ReportContent.Section
  ) -> Markup {
    var tags: [Markup] = []
    if let kind = item.kind { tags.append("<span class=\"tag\">\(kind)</span>") }
    if let depth = item.depth {
      tags.append("<span>depth \(ReportFormat.number(depth * 100, decimals: 0))\u{A0}%</span>")
    }
    if let length = item.length {
      tags.append("<span>\(ReportFormat.count(length, "token")) told</span>")
    }
    let expected = (item.answers ?? []).map { "<b class=\"quote\">\($0)</b>" as Markup }
    let answer: Markup =
      expected.isEmpty
      ? "" : "<p class=\"expected\"><span class=\"label\">Expected</span> \(expected)</p>"
    let outcomes = section.arms.compactMap { arm -> Markup? in
      guard let outcome = item.arms[arm.name] else { return nil }
      return said(outcome, arm, section)
    }
    let plain = section.detached.flatMap { item.arms[$0] }
    let states = section.memories.enumerated().map { index, arm -> Markup in
      " data-o\(index)=\"\(state(item.arms[arm.name], plain, section))\""
    }
    return """
      <li\(states)><p class="meta"><span class="no">\(number)</span>\(tags)</p>\
      <div class="prompt quote">\(folded(item.prompt ?? ""))</div>\(answer)\
      <div class="said">\(outcomes)</div></li>

      """
  }

  private func said(
    _ outcome: ABReport.Outcome, _ arm: ArmDescription, _ section: ReportContent.Section
  ) -> Markup {
    var mark: Markup = ""
    switch self.mark(outcome, section) {
    case .right: mark = "<span class=\"mark-right\">\u{2713} right</span>"
    case .partly: mark = "<span class=\"mark-partly\">\u{25D0} partly</span>"
    case .wrong: mark = "<span class=\"mark-wrong\">\u{2717} wrong</span>"
    case nil: break
    }
    let text: Markup =
      outcome.text.map { text in
        text.isEmpty
          ? "<p class=\"muted\">(nothing)</p>" : "<div class=\"quote\">\(folded(text))</div>"
      } ?? ""
    let nll: Markup =
      outcome.nll.map {
        "<small>expected: \(ReportFormat.number($0, decimals: 2)) nats per token</small>"
      } ?? ""
    let context: Markup =
      outcome.contextTokens.map {
        $0 > 0 ? "<small>\(ReportFormat.count($0, "token")) in context</small>" : ""
      } ?? ""
    return """
      <div class="one"><p>\(chip(arm.name)) \(mark)</p>\(text)\(nll)\(context)</div>
      """
  }

  /// Long text after its beginning.
  private func folded(_ text: String) -> Markup {
    guard text.unicodeScalars.count > 700 else { return "\(text)" }
    let start = String(String.UnicodeScalarView(text.unicodeScalars.prefix(280)))
    return """
      <details class="long"><summary><span class="start">\(start)\u{2026}</span>\
      <span class="less">Show less</span></summary>\(text)</details>
      """
  }

  /// Whether an outcome is right, by the deciding metric or, where that is no share of items, by the
  /// first one that is.
  private func mark(_ outcome: ABReport.Outcome, _ section: ReportContent.Section) -> Mark? {
    for metric in section.suite.metrics where metric.isShare {
      guard let value = outcome[metric], value.isFinite else { continue }
      let share = metric.direction == .higherIsBetter ? value : 1 - value
      return share >= 1 ? .right : share <= 0 ? .wrong : .partly
    }
    return nil
  }

  /// `won`, `lost`, `both` (wrong), or nothing of that.
  private func state(
    _ memory: ABReport.Outcome?, _ plain: ABReport.Outcome?, _ section: ReportContent.Section
  ) -> String {
    guard let memory, let plain else { return "" }
    if mark(memory, section) == .wrong, mark(plain, section) == .wrong { return "both" }
    guard let metric = section.deciding, let a = memory[metric], let b = plain[metric] else {
      return ""
    }
    if a == b { return "" }
    return (a > b) == (metric.direction == .higherIsBetter) ? "won" : "lost"
  }

  /// Whether the suite's items are checks, without generated text.
  private func isChecks(_ section: ReportContent.Section) -> Bool {
    let items = section.suite.items
    return !items.isEmpty
      && items.allSatisfy { item in
        item.arms.values.allSatisfy { $0.text == nil }
          && item.arms.values.contains { $0.passed != nil }
      }
  }

  /// Checks and whether they pass in each arm.
  func checks(_ section: ReportContent.Section) -> Markup {
    guard isChecks(section) else { return "" }
    let rows = section.suite.items.enumerated().map { index, item -> (Markup, [DataTable.Cell]) in
      let kind: Markup = item.kind.map { "<small>\($0)</small>" } ?? ""
      let cells = section.arms.map { arm -> DataTable.Cell in
        guard let passed = item.arms[arm.name]?.passed else {
          return DataTable.Cell("\(ReportFormat.missing)", style: "none")
        }
        return DataTable.Cell(
          passed >= 1
            ? "<span class=\"mark-right\">\u{2713} holds</span>"
            : "<span class=\"mark-wrong\">\u{2717} fails</span>", style: "")
      }
      return ("\(item.prompt ?? item.kind ?? "check \(index + 1)")\(kind)", cells)
    }
    let table = DataTable(
      caption: "Checks by arm", hidesCaption: true, corner: "Check",
      columns: section.arms.map { (chip($0.name), "") }, rows: rows, style: "checks")
    return "<h3>Checks</h3>\n\(table.html)"
  }
}
