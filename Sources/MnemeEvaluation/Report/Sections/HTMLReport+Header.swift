extension HTMLReport {
  /// What was found, in a sentence, its figures, and a banner when something is missing.
  var header: Markup {
    let headlines = content.headlines
    let advice: Markup = content.advice.map { "<p class=\"advice\">\($0)</p>\n" } ?? ""
    var figures: Markup = ""
    if headlines.count == 1, let found = headlines[0].comparison {
      figures = "<p class=\"lead\">\(badge(found.verdict)) \(Self.small(found))</p>\n"
    }
    return """
      <header class="top">
      <p class="over">Memory evaluation \u{B7} \(content.results.settings.model)</p>
      <button type="button" class="theme js" id="theme">Theme: <span>automatic</span></button>
      <h1>\(content.headline)</h1>
      \(figures)\(advice)\(banner)</header>

      """
  }

  /// Links to the sections.
  var navigation: Markup {
    let links = content.sections.map { section -> Markup in
      "<li><a href=\"#\(section.anchor)\">\(section.suite.title)</a></li>\n"
    }
    return """
      <nav aria-label="Sections"><ol>
      <li><a href="#findings">Findings</a></li>
      <li><a href="#summary">Summary</a></li>
      \(links)<li><a href="#glossary">Terms</a></li>
      <li><a href="#method">How it was measured</a></li>
      </ol></nav>

      """
  }

  private var banner: Markup {
    let results = content.results
    guard !results.isComplete else { return "" }
    return """
      <p class="banner" role="note"><strong>Not complete.</strong> The run stopped after \
      \(ReportFormat.count(results.done)) of \(ReportFormat.count(results.total, "piece")) of \
      work; the figures are of what was done.</p>

      """
  }
}
