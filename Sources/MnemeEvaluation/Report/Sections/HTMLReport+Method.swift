extension HTMLReport {
  /// Model, files, settings and command, folded: who reads on wants to know or to repeat it.
  var method: Markup {
    let list = facts.map { name, value -> Markup in
      let style: Markup = name == "Arms" ? " class=\"wide\"" : ""
      return "<div\(style)><dt>\(name)</dt><dd>\(value)</dd></div>\n"
    }
    let markdown = MarkdownReport(
      results: content.results, figures: content.sections.map(\.figures))
    return """
      <section id="method" aria-labelledby="method-title">
      <h2 id="method-title">How it was measured</h2>
      <details class="method"><summary>Model, files, settings and command</summary>
      <dl class="facts">
      \(list)</dl>
      <p class="label">The command that measures it again</p>
      <pre><code>\(markdown.command)</code></pre>
      </details>
      </section>

      """
  }

  private var facts: [(String, Markup)] {
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
      ("Program", "mneme \(settings.version)"),
    ]
    if let began = results.timings.began, began.isFinite {
      let duration = took.map { ", took \(ReportFormat.duration($0))" } ?? ""
      facts.append(("Begun", "\(ReportFormat.date(began))\(duration)"))
    }
    if let form = settings.form?.explanation { facts.append(("Form", "\(form)")) }
    if let peak = results.timings.peakMemoryBytes {
      facts.append(("Peak memory", "\(ReportFormat.bytes(Double(peak)))"))
    }
    facts.append(("Arms", Markup(content.arms.map { "\(chip($0.name)) " })))
    return facts
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
