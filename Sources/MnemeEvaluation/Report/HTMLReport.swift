import Cryptography
import Foundation

/// The results of a battery of suites as one self-contained HTML file.
///
/// Tables, summaries and charts are in the file as they are shown; the script only switches, pages
/// and searches. A content security policy forbids every request and every script but the page's
/// own, and whatever users or models wrote is escaped. Equal input gives equal bytes.
public struct HTMLReport: Sendable {
  let content: ReportContent

  /// A report.
  ///
  /// - Parameters:
  ///   - results: what was measured.
  ///   - figures: those of `results.suites`, found by their names, as `SuiteFigures.corrected` gives them.
  public init(results: EvaluationResults, figures: [SuiteFigures]) {
    content = ReportContent(results: results, figures: figures)
  }

  /// The file's text.
  public func html() -> String {
    let script = PageScript.text
    let digest = Data(SHA256.hash(data: Data(script.utf8))).base64EncodedString()
    let policy =
      "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-\(digest)'; "
      + "base-uri 'none'; form-action 'none'"
    let sections = content.sections.map(suite)
    let page: Markup = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="\(policy)">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="referrer" content="no-referrer">
      <title>\(content.results.settings.model): what the memory changed</title>
      <style>
      \(Markup(trusted: PageStyle.text))</style>
      </head>
      <body>
      <a class="skip" href="#main">Skip to the figures</a>
      \(header)\(navigation)<main id="main" tabindex="-1">
      \(findings)\(summary)\(sections)\(glossary)\(method)</main>
      <footer><p>Written by mneme \(content.results.settings.version). This file is complete in \
      itself: it loads nothing and sends nothing.</p></footer>
      <script type="application/json" id="data">\(Markup(trusted: data.script()))</script>
      <script>\(Markup(trusted: script))</script>
      </body>
      </html>

      """
    return page.html
  }

  /// The look of an arm.
  func style(_ arm: ArmDescription) -> ArmStyle {
    ArmStyle(arm, among: content.arms)
  }

  /// The look of an arm by its name.
  func style(named name: String) -> ArmStyle {
    style(arm(named: name))
  }

  /// An arm's mark and name.
  func chip(_ name: String) -> Markup {
    style(named: name).chip(name)
  }

  /// Buttons of which one is pressed; a script shows the chosen part.
  ///
  /// - Parameters:
  ///   - label: what is chosen, read out.
  ///   - options: values and what is written on them.
  ///   - action: what the script does with it.
  func choice(
    _ label: String, action: String, options: [(value: String, face: Markup)], pressed: String?
  ) -> Markup {
    let buttons = options.map { option -> Markup in
      """
      <button type="button" data-value="\(option.value)" \
      aria-pressed="\(option.value == pressed ? "true" : "false")">\(option.face)</button>
      """
    }
    return """
      <div class="choice js" role="group" aria-label="\(label)" data-action="\(action)">\
      <span class="label" aria-hidden="true">\(label)</span>\(buttons)</div>

      """
  }

  private func arm(named name: String) -> ArmDescription {
    content.arms.first { $0.name == name } ?? ArmDescription(name: name, role: .detached)
  }

  private var data: PageData {
    var texts: [String: PageData.Text] = [:]
    for section in content.sections {
      for (index, text) in section.suite.texts.enumerated() {
        texts[tokenMapID(section, index)] = PageData.Text(text, arms: section.arms.map(\.name))
      }
    }
    return PageData(
      settings: content.results.settings, done: content.results.done,
      total: content.results.total,
      detached: content.arms.first { $0.role == .detached }?.name,
      figures: content.sections.map(\.figures), texts: texts)
  }

  /// The id of a text's token map.
  func tokenMapID(_ section: ReportContent.Section, _ text: Int) -> String {
    "\(section.anchor)-tokens-\(text + 1)"
  }
}
