import Mneme
import ModelFiles

extension SuiteFigures {
  /// Computes the figures of a suite's results: a function of its arguments alone, the same in every process.
  ///
  /// Missing and non-finite values are left out. Intervals and tests take their seed from the settings.
  ///
  /// - Parameters:
  ///   - suite: what was measured.
  ///   - settings: of the run, with the kind of each arm.
  public init(of suite: SuiteResults, settings: RunSettings) {
    let bootstrap = Bootstrap(seed: settings.seed)
    let arms = settings.arms.filter { suite.armNames.contains($0.name) }
    let plain = arms.first { $0.role == .detached }?.name
    let kinds = Self.kinds(of: suite)
    let members = Dictionary(grouping: suite.items) { $0.kind.map(ByteString.init(_:)) }
    self.init(
      name: suite.name, items: suite.items.count,
      arms: Self.means(suite.items, metrics: suite.metrics, arms: suite.armNames),
      comparisons: Self.comparisons(of: suite, arms: arms, bootstrap: bootstrap),
      kinds: kinds.count < 2
        ? []
        : kinds.map { Self.group(members[$0.map(ByteString.init(_:))] ?? [], of: suite, kind: $0) },
      cells: Self.cells(of: suite, kinds: kinds),
      answerEffects: plain.map { Self.answerEffects(of: suite, against: $0) } ?? [:],
      texts: suite.texts.map { Text($0, arms: suite.armNames, plain: plain) },
      costs: suite.costs)
  }

  /// Mean of each metric by arm, as `ABReport` takes it.
  static func means(
    _ items: [ABReport.Item], metrics: [Metric], arms: [String]
  ) -> [String: [Metric: Double]] {
    let report = ABReport(arms: arms, metrics: metrics, items: items)
    var table: [String: [Metric: Double]] = [:]
    for arm in arms {
      var row: [Metric: Double] = [:]
      for metric in metrics {
        guard let mean = report.mean(metric, arm: arm), mean.isFinite else { continue }
        row[metric] = mean
      }
      table[arm] = row
    }
    return table
  }

  /// Every arm with a memory under test against the plain model, then against each control, metric by metric. The items
  /// of an episode share the told statements, so an episode is one unit.
  ///
  /// A wrong memory is the first memory with other contents, so memories of another kind are not compared with it.
  private static func comparisons(
    of suite: SuiteResults, arms: [ArmDescription], bootstrap: Bootstrap
  ) -> [Comparison] {
    let baselines =
      arms.filter { $0.role == .detached }
      + arms.filter { $0.role != .detached && $0.role != .memory }
    let memories = arms.filter { $0.role == .memory }
    return baselines.flatMap { baseline in
      memories.filter { arm in
        baseline.role != .wrongMemory || arm == memories.first || arm.modules == baseline.modules
      }.flatMap { arm in
        suite.metrics.compactMap { metric in
          PairedDifference(
            arm: suite.items.map { $0.arms[arm.name]?[metric] },
            baseline: suite.items.map { $0.arms[baseline.name]?[metric] },
            direction: metric.direction, bootstrap: bootstrap,
            clusters: suite.items.map(\.episode)
          ).map {
            Comparison(
              arm: arm.name, baseline: baseline.name, metric: metric, difference: $0,
              verdict: Comparison.Verdict($0, metric: metric))
          }
        }
      }
    }
  }

  /// Kinds of items in the order they first occur; `nil` is the kind of items without one.
  private static func kinds(of suite: SuiteResults) -> [String?] {
    var seen: Set<ByteString?> = []
    return suite.items.map(\.kind).filter { seen.insert($0.map(ByteString.init(_:))).inserted }
  }

  private static func group(
    _ items: [ABReport.Item], of suite: SuiteResults, kind: String?, depth: Double? = nil,
    length: Int? = nil
  ) -> Group {
    Group(
      kind: kind, depth: depth, length: length, items: items.count,
      means: means(items, metrics: suite.metrics, arms: suite.armNames))
  }

  /// By kind, then by depth, then by length, of the items that have a depth.
  private static func cells(of suite: SuiteResults, kinds: [String?]) -> [Group] {
    struct Place: Hashable {
      var kind: ByteString?
      var depth: Double
      var length: Int?
    }
    var order: [ByteString?: Int] = [:]
    for (index, kind) in kinds.enumerated() {
      order[kind.map(ByteString.init(_:))] = index
    }
    var members: [Place: [ABReport.Item]] = [:]
    for item in suite.items {
      guard let depth = item.depth, depth.isFinite else { continue }
      let place = Place(
        kind: item.kind.map(ByteString.init(_:)), depth: depth, length: item.length)
      members[place, default: []].append(item)
    }
    let places = members.keys.sorted { a, b in
      (order[a.kind] ?? 0, a.depth, a.length ?? -1) < (order[b.kind] ?? 0, b.depth, b.length ?? -1)
    }
    return places.map {
      group(members[$0] ?? [], of: suite, kind: $0.kind?.text, depth: $0.depth, length: $0.length)
    }
  }

  /// The effect of each arm on the tokens of the expected answers.
  private static func answerEffects(
    of suite: SuiteResults, against plain: String
  ) -> [String: TokenEffect] {
    var effects: [String: TokenEffect] = [:]
    for arm in suite.armNames where arm != plain {
      var effect = TokenEffect()
      for item in suite.items {
        guard let mine = item.arms[arm]?.tokenNLL, let base = item.arms[plain]?.tokenNLL,
          mine.count == base.count
        else { continue }
        effect.add(mine, against: base)
      }
      if effect.tokens > 0 { effects[arm] = effect }
    }
    return effects
  }
}
