import Mneme

extension ReportContent {
  /// What each memory changed, suite by suite.
  var headlines: [ReportHeadline] {
    sections.flatMap { section in
      section.memories.compactMap { ReportHeadline(section, arm: $0, called: called($0)) }
    }
  }

  /// What the whole run found, a sentence.
  var headline: String {
    let all = headlines
    if all.count == 1 { return all[0].sentence }
    guard !all.isEmpty else { return fallback }
    if Set(all.map(\.suite)).count == 1, let sentence = acrossMemories(all) { return sentence }
    let arms = memories.filter { arm in all.contains { $0.arm == arm.name } }
    if all.allSatisfy({ $0.verdict == .undecided }), arms.count < 4 {
      var suites: [String] = []
      for name in all.map(\.suite) where !suites.contains(name) { suites.append(name) }
      let names = arms.count == 1 ? "the memory" : ReportFormat.list(arms.map(\.name), "or")
      return "No significant difference with \(names), in \(Self.text(suites))."
    }
    guard arms.count < 4 else { return tally(all, arms: arms.count) }
    let parts = arms.map { arm -> String in
      let own = all.filter { $0.arm == arm.name }
      return arms.count == 1
        ? "With the memory: \(verdicts(own))" : "\(arm.name): \(verdicts(own))"
    }
    return parts.joined(separator: "; ") + "."
  }

  /// What to try next, a sentence; nil when there is nothing to say.
  var advice: String? { headlines.lazy.compactMap(\.advice).first }

  /// How sentences call a memory: by its arm's name only where there are several.
  private func called(_ arm: ArmDescription) -> String {
    memories.count == 1 ? "the memory" : arm.name
  }

  /// One suite, several memories: the figures side by side.
  private func acrossMemories(_ all: [ReportHeadline]) -> String? {
    guard all.count <= 4, let section = sections.first(where: { $0.suite.name == all[0].suite }),
      let metric = section.deciding, metric != .passed, let detached = section.detached,
      all.allSatisfy({ $0.comparison != nil }),
      let figures = HeadlineFigures(metric, section, arms: all.map(\.arm))
    else { return nil }
    let values = figures.texts([detached] + all.map(\.arm))
    let parts = zip(all, values.dropFirst()).map { headline, value in
      "\(value) with \(headline.arm)" + (headline.verdict == .undecided ? " (not significant)" : "")
    }
    let counts = all.compactMap { $0.comparison?.difference }.map { $0.wins + $0.losses + $0.ties }
    let place = HeadlineMaterial(section).place(
      counts.max() ?? 0, arms: all.map(\.arm), subject: "they")
    return "\(figures.subject.capitalizedFirst): \(values[0]) without a memory, "
      + "\(ReportFormat.list(parts)), \(place)."
  }

  /// In which suites a memory is better, worse, or neither.
  private func verdicts(_ all: [ReportHeadline]) -> String {
    let names = { (verdict: SuiteFigures.Comparison.Verdict) in
      all.filter { $0.verdict == verdict }.map(\.suite)
    }
    let (better, worse, undecided) = (names(.better), names(.worse), names(.undecided))
    var parts: [String] = []
    if !better.isEmpty { parts.append("better in \(Self.text(better))") }
    if !worse.isEmpty {
      parts.append("worse in \(Self.text(worse))")
    } else if !better.isEmpty {
      parts.append("worse in none")
    }
    if !undecided.isEmpty { parts.append("no significant difference in \(Self.text(undecided))") }
    return parts.isEmpty ? "nothing to compare with the plain model" : parts.joined(separator: ", ")
  }

  /// Suites by name, or how many where they are many.
  private static func text(_ suites: [String]) -> String {
    suites.count <= 4 ? ReportFormat.list(suites) : ReportFormat.count(suites.count, "suite")
  }

  private func tally(_ all: [ReportHeadline], arms: Int) -> String {
    let count = { (verdict: SuiteFigures.Comparison.Verdict) in
      ReportFormat.count(all.count { $0.verdict == verdict })
    }
    let suites = ReportFormat.count(Set(all.map(\.suite)).count, "suite")
    return "\(arms) memories in \(suites): \(count(.better)) times better, \(count(.worse)) times "
      + "worse, \(count(.undecided)) times no significant difference."
  }

  /// What to say where no memory's figure was measured.
  private var fallback: String {
    if sections.isEmpty { return "No suite was run." }
    if let cost = ReportSentences(content: self).cost.first { return cost.capitalizedFirst }
    return "Nothing was measured with a memory."
  }
}

/// What heads every output of a run.
package struct ReportLead: Sendable, Equatable {
  /// What the run found, a sentence.
  package var sentence: String
  /// What to try next, a sentence; nil when there is nothing to say.
  package var advice: String?
  /// What each memory changed, suite by suite; one is what the sentence says already.
  package var findings: [ReportHeadline]

  /// The lead of a run.
  ///
  /// - Parameter figures: `results.figures`.
  package init(results: EvaluationResults, figures: [SuiteFigures]) {
    let content = ReportContent(results: results, figures: figures)
    sentence = content.headline
    advice = content.advice
    findings = content.headlines
  }
}
