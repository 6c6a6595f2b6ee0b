import Mneme

/// What a memory changed in one suite, in a sentence: the figure that decides, from what to what, on what.
package struct ReportHeadline: Sendable, Equatable {
  /// The suite's name.
  package var suite: String
  /// The memory's arm.
  package var arm: String
  /// The sentence.
  package var sentence: String
  /// What to try next, a sentence; nil when there is nothing to say.
  package var advice: String?
  /// The comparison with the plain model; nil when there is none.
  package var comparison: SuiteFigures.Comparison?

  /// Whether the memory made a difference; nil without a comparison.
  package var verdict: SuiteFigures.Comparison.Verdict? { comparison?.verdict }
}

extension ReportHeadline {
  /// The finding of a memory in a suite; nil when nothing was measured there.
  ///
  /// - Parameter name: how a sentence calls the memory.
  init?(_ section: ReportContent.Section, arm: ArmDescription, called name: String) {
    guard let metric = section.deciding else { return nil }
    let material = HeadlineMaterial(section)
    suite = section.suite.name
    self.arm = arm.name
    advice = material.advice(for: [arm.name])
    if metric == .passed {
      guard let share = section.figures.arms[arm.name]?[metric] else { return nil }
      sentence = Self.checks(share, of: section, called: name)
      return
    }
    guard let found = section.comparison(arm.name, against: section.detached),
      let figures = HeadlineFigures(metric, section, arms: [arm.name])
    else {
      guard let value = section.figures.arms[arm.name]?[metric], value.isFinite else { return nil }
      let place = material.place(section.figures.items, arms: [arm.name], subject: "it")
      sentence =
        "\(metric.subject.capitalizedFirst) \(metric.text(value)) with \(name), \(place); "
        + "nothing to compare with the plain model."
      return
    }
    comparison = found
    let difference = found.difference
    let count = difference.wins + difference.losses + difference.ties
    let place = material.place(count, arms: [arm.name], subject: "it")
    let values = figures.texts([section.detached ?? "", arm.name])
    let both = "\(figures.subject) \(values[0]) without it, \(values[1]) with it"
    if found.verdict != .undecided {
      let verb = difference.mean > 0 ? "rose" : "fell"
      sentence =
        "\(figures.subject.capitalizedFirst) \(verb) from \(values[0]) to \(values[1]) with \(name), "
        + "\(place)."
    } else if difference.wins + difference.losses == 0 {
      sentence =
        "No difference with \(name): \(figures.subject) \(values[0]) with and without it, \(place)."
    } else if difference.units < PermutationTest.fewestUnits {
      sentence = "Too little for a verdict on \(name): \(both), \(place)."
    } else {
      sentence = "No significant difference with \(name): \(both), \(place)."
    }
  }

  private static func checks(
    _ share: Double, of section: ReportContent.Section, called name: String
  ) -> String {
    let all = section.suite.items.count { $0.arms.values.contains { $0.passed != nil } }
    let held = Int((share * Double(all)).rounded())
    let checks = ReportFormat.count(all, "check")
    let suite = "of the suite \(section.suite.name)"
    return held == all
      ? "All of the \(checks) \(suite) hold with \(name)."
      : "\(ReportFormat.count(held)) of the \(checks) \(suite) hold with \(name)."
  }
}

/// The deciding figures of a suite as a headline writes them.
struct HeadlineFigures {
  /// What is measured, in the plural or without number.
  let subject: String
  private let metric: Metric
  private let values: [String: Double]

  /// The figures of some memories and of the plain model; nil when one is missing.
  ///
  /// For texts they are perplexities, which are easier to imagine than nats, unless the two disagree about the
  /// direction: pieces of a text count equally in a difference, tokens in a perplexity.
  init?(_ metric: Metric, _ section: ReportContent.Section, arms: [String]) {
    guard let detached = section.detached else { return nil }
    var choice = metric
    if metric == .nll, section.isOfTexts {
      let agrees = arms.allSatisfy { arm in
        guard let found = section.comparison(arm, against: detached),
          let with = section.figures.arms[arm]?[.perplexity],
          let without = section.figures.arms[detached]?[.perplexity]
        else { return false }
        return found.difference.mean == 0 || (with > without) == (found.difference.mean > 0)
      }
      if agrees { choice = .perplexity }
    }
    var values: [String: Double] = [:]
    for arm in arms + [detached] {
      guard let value = section.figures.arms[arm]?[choice], value.isFinite else { return nil }
      values[arm] = value
    }
    self.metric = choice
    self.values = values
    subject =
      choice == .nll && !section.isOfTexts
      ? "surprisal of the expected answers" : choice.subject
  }

  /// The figures of arms, rounded as coarsely as still tells different ones apart.
  func texts(_ arms: [String]) -> [String] {
    let values = arms.map { self.values[$0] ?? .nan }
    let coarse = values.map { text($0, finer: 0) }
    guard Set(coarse).count < Set(values).count else { return coarse }
    return values.map { text($0, finer: 1) }
  }

  private func text(_ value: Double, finer: Int) -> String {
    if metric.isShare {
      return ReportFormat.number(value * 100, decimals: finer) + "\u{A0}%"
    }
    if metric == .nll { return ReportFormat.number(value, decimals: 2 + finer) + "\u{A0}nats" }
    let decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
    return ReportFormat.number(value, decimals: decimals + finer)
  }
}

extension Metric {
  /// What it counts or measures, as the subject of a sentence.
  var subject: String {
    switch self {
    case .exactMatch: "exactly right answers"
    case .contains: "right answers"
    case .f1: "overlap with the expected words"
    case .success: "questions whose right answer is the likeliest"
    case .leak: "answers with an old or forgotten value"
    case .cited: "right replies or citations"
    case .found: "right facts found first"
    case .unchanged: "unrelated replies left as they were"
    case .passed: "checks that hold"
    case .nll: "surprisal"
    case .perplexity: "perplexity"
    }
  }
}

extension String {
  /// The same with a capital first letter.
  var capitalizedFirst: String {
    guard let first else { return self }
    return first.uppercased() + dropFirst()
  }
}
