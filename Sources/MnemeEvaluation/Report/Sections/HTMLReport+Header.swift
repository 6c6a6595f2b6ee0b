extension HTMLReport {
  /// Title, what was run, and a banner when something is missing.
  var header: Markup {
    let results = content.results
    let settings = results.settings
    let files = settings.memories.isEmpty ? ["none"] : settings.memories
    var facts: [(String, Markup)] = [
      ("Model", "\(settings.model)"),
      ("Fingerprint", "<code>\(settings.fingerprint)</code>"),
      ("Memory files", Markup(files.map { "<span class=\"file\">\($0)</span> " })),
      ("Seed", "\(String(settings.seed))"),
      (
        "Answers",
        """
        up to \(ReportFormat.count(settings.tokens, "token")), temperature \
        \(Self.plain(settings.temperature))
        """
      ),
      (
        "Context",
        """
        \(ReportFormat.count(settings.context, "token")); retrieval may use \
        \(ReportFormat.count(settings.budget))
        """
      ),
      (
        "Begun",
        """
        \(ReportFormat.date(results.timings.began)), took \(ReportFormat.duration(took))
        """
      ),
    ]
    if let form = settings.form?.explanation { facts.append(("Form", "\(form)")) }
    if let peak = results.timings.peakMemoryBytes {
      facts.append(("Peak memory", "\(ReportFormat.bytes(Double(peak)))"))
    }
    facts.append(("Arms", Markup(content.arms.map { "\(chip($0.name)) " })))
    let list = facts.map { name, value -> Markup in
      let style: Markup = name == "Arms" ? " class=\"wide\"" : ""
      return "<div\(style)><dt>\(name)</dt><dd>\(value)</dd></div>\n"
    }
    return """
      <header class="top">
      <p class="over">Memory evaluation</p>
      <button type="button" class="theme js" id="theme">Theme: <span>automatic</span></button>
      <h1>What the memory changed</h1>
      <p class="model">\(settings.model), measured with and without memory on \
      \(ReportFormat.count(content.sections.count, "suite"))</p>
      \(banner)<dl class="facts">
      \(list)</dl>
      </header>

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

  private var took: Double? {
    let seconds = content.results.timings.seconds.values.filter(\.isFinite).sorted()
    return seconds.isEmpty ? nil : seconds.reduce(0, +)
  }

  /// A setting without needless decimals.
  static func plain(_ value: Double) -> String {
    value == value.rounded() ? ReportFormat.number(value, decimals: 0) : "\(value)"
  }
}
