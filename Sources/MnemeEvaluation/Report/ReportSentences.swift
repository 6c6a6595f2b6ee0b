import Mneme

/// What the figures allow to say, in words.
struct ReportSentences {
  /// The content to describe.
  let content: ReportContent

  /// The memories' sizes and costs in time; nothing when they were not measured.
  var cost: [String] {
    let rows = content.sections.flatMap(\.figures.costs)
    let timings = content.results.timings.costs
    var sentences: [String] = []
    for arm in content.memories {
      var parts: [String] = []
      let size = rows.filter { $0.arm == arm.name }.max { $0.tokens < $1.tokens }
      if let size {
        parts.append(
          "its state takes \(ReportFormat.bytes(Double(size.stateBytes))) after "
            + "\(ReportFormat.count(size.tokens, "token")), its file "
            + ReportFormat.bytes(Double(size.fileBytes)))
      }
      let time = timings.filter { $0.arm == arm.name }.max { $0.tokens < $1.tokens }
      if let ratio = time?.decodeRatio, ratio.isFinite {
        parts.append(
          "a generated token takes \(ReportFormat.number(ratio, decimals: 2)) times the plain "
            + "model's time")
      }
      if let write = time?.writeMicroseconds, write.isFinite {
        parts.append(
          "reading a token takes \(ReportFormat.number(write, decimals: 0)) \u{B5}s")
      }
      if !parts.isEmpty { sentences.append("\(arm.name): \(parts.joined(separator: "; ")).") }
    }
    return sentences
  }

  /// How reliable the figures are, with reasons for and against.
  var belief: [String] {
    var sentences: [String] = []
    let results = content.results
    if !results.isComplete {
      sentences.append(
        "The run is not complete (\(ReportFormat.count(results.done)) of "
          + "\(ReportFormat.count(results.total, "piece")) of work): the figures are of what was "
          + "done and may move.")
    }
    sentences += contentControl + checks
    let decided = content.sections.flatMap { section in
      section.memories.compactMap { section.comparison($0.name, against: section.detached) }
    }
    if decided.isEmpty {
      sentences.append("There is no comparison with the plain model, so nothing is decided.")
      return sentences
    }
    let few = content.sections.filter { section in
      !section.memories.isEmpty && section.deciding != .passed
        && (1..<10).contains(section.units)
    }
    if !few.isEmpty {
      sentences.append(
        "Little was measured in \(ReportFormat.list(few.map { "\($0.suite.name) (\($0.size))" })); "
          + "small effects cannot be seen there.")
    }
    sentences.append(
      "Arms are compared item by item, and the items of an episode count as one unit: 95\u{A0}% "
        + "bootstrap intervals of the mean difference, and a permutation test."
        + (content.sections.count > 1
          ? " The verdicts on \(ReportFormat.count(decided.count, "comparison")) with the plain "
            + "model are corrected for the number of suites (Holm, for each memory)." : ""))
    return sentences
  }

  /// Whether the content of the memory helps, or merely having a memory. Arms with the same conclusion share a
  /// sentence.
  private var contentControl: [String] {
    var apart: [(suites: [String], arms: [String])] = []
    var same: [(suites: [String], arms: [String])] = []
    for arm in content.memories.map(\.name) {
      var beats: [String] = []
      var fails: [String] = []
      for section in content.sections {
        guard section.comparison(arm, against: section.detached)?.verdict == .better,
          let control = section.arms.first(where: { $0.role == .wrongMemory }),
          let found = section.comparison(arm, against: control.name)
        else { continue }
        if found.verdict == .better {
          beats.append(section.suite.name)
        } else {
          fails.append(section.suite.name)
        }
      }
      Self.add(arm, beats, to: &apart)
      Self.add(arm, fails, to: &same)
    }
    return apart.map { suites, arms in
      "\(ReportFormat.list(arms)) also \(arms.count == 1 ? "beats" : "beat") a memory that was told "
        + "something else, in \(ReportFormat.list(suites)): what was told matters, not only that a "
        + "memory is attached."
    }
      + same.map { suites, arms in
        "\(ReportFormat.list(arms)) \(arms.count == 1 ? "is" : "are") not shown to be better than a "
          + "memory that was told something else in \(ReportFormat.list(suites)): there, what was "
          + "told may not be what helps."
      }
  }

  private static func add(
    _ arm: String, _ suites: [String], to groups: inout [(suites: [String], arms: [String])]
  ) {
    guard !suites.isEmpty else { return }
    if let place = groups.firstIndex(where: { $0.suites == suites }) {
      groups[place].arms.append(arm)
    } else {
      groups.append((suites, [arm]))
    }
  }

  /// How many checks pass, where a suite consists of checks.
  private var checks: [String] {
    content.sections.filter { $0.deciding == .passed }.compactMap { section in
      let shares = section.memories.compactMap { arm in
        section.figures.arms[arm.name]?[.passed].map { "\(arm.name) \(Metric.passed.text($0))" }
      }
      guard !shares.isEmpty else { return nil }
      return "Of the \(ReportFormat.count(section.figures.items, "check")) of "
        + "\(section.suite.name) hold: \(shares.joined(separator: ", "))."
    }
  }

  /// A comparison in a line, without the verdict.
  static func sentence(_ found: SuiteFigures.Comparison) -> String {
    let metric = found.metric
    let difference = found.difference
    let counts =
      "\(ReportFormat.count(difference.wins, "win")), "
      + "\(difference.losses) \(difference.losses == 1 ? "loss" : "losses"), "
      + ReportFormat.count(difference.ties, "tie")
    let interval =
      difference.interval.map { "95 % interval \(metric.interval($0)); " }
      ?? "one item, so no interval; "
    let p = difference.p.map { "; p\u{A0}\(ReportFormat.p($0))" } ?? ""
    return "\(found.arm) against \(found.baseline): \(metric.heading.lowercasedFirst) "
      + "\(metric.differenceWithUnit(difference.mean)) (\(interval)\(counts)\(p))"
  }
}

extension String {
  /// The same with a small first letter, unless the word is an abbreviation.
  var lowercasedFirst: String {
    guard let first, dropFirst().first?.isLowercase == true else { return self }
    return first.lowercased() + dropFirst()
  }
}
