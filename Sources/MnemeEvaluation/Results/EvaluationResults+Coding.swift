extension EvaluationResults: Codable {
  private enum CodingKeys: String, CodingKey {
    case settings, suites, done, total, timings, arms, items, delta, controls
  }

  /// A suite's results with its figures.
  private struct Entry: Encodable {
    enum CodingKeys: String, CodingKey {
      case figures
    }

    let suite: SuiteResults
    let figures: SuiteFigures

    func encode(to encoder: any Encoder) throws {
      try suite.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(figures, forKey: .figures)
    }
  }

  /// Writes `settings`, `suites` (what was measured, with `figures` in each), `done`, `total` and `timings`; and over all
  /// suites `arms` (means), `items` (a count), `delta` (the first memory against the plain model) and `controls` (against
  /// each control).
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(settings, forKey: .settings)
    try container.encode(
      zip(suites, figures).map { Entry(suite: $0, figures: $1) }, forKey: .suites)
    try container.encode(done, forKey: .done)
    try container.encode(total, forKey: .total)
    try container.encode(timings, forKey: .timings)
    let pooled = pooled
    try container.encode(pooled.arms, forKey: .arms)
    try container.encode(pooled.items, forKey: .items)
    try container.encode(pooled.delta, forKey: .delta)
    try container.encode(pooled.controls, forKey: .controls)
  }

  /// Reads the measured results; every figure is recomputed from them.
  ///
  /// - Throws: `DecodingError` for another form, and for inconsistent parts.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      settings: try container.decode(RunSettings.self, forKey: .settings),
      suites: try container.decode([SuiteResults].self, forKey: .suites),
      done: try container.decode(Int.self, forKey: .done),
      total: try container.decode(Int.self, forKey: .total),
      timings: try container.decode(RunTimings.self, forKey: .timings))
    if let problem {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: problem))
    }
  }
}
