extension SuiteFigures.TokenEffect {
  /// Smaller changes count as none, nats.
  public static let threshold = 0.01

  /// An empty effect.
  init() {
    self.init(helped: 0, harmed: 0, unchanged: 0, helpNats: 0, harmNats: 0)
  }

  /// Tokens in all.
  public var tokens: Int { helped + harmed + unchanged }

  /// Adds the surprisals of some tokens, nats, with those of the same tokens under the plain model.
  mutating func add(_ surprisals: [Double], against plain: [Double]) {
    for (mine, base) in zip(surprisals, plain) {
      let saved = base - mine
      guard saved.isFinite else { continue }
      if saved > Self.threshold {
        helped += 1
        helpNats += saved
      } else if saved < -Self.threshold {
        harmed += 1
        harmNats -= saved
      } else {
        unchanged += 1
      }
    }
  }
}

extension SuiteFigures.Text {
  /// The figures of a text in the arms that scored all of it.
  ///
  /// - Parameters:
  ///   - arms: names, in order.
  ///   - plain: the arm without memory.
  init(_ text: TextResult, arms: [String], plain: String?) {
    let count = text.pieces.count
    let surprisal = text.surprisal.filter {
      arms.contains($0.key) && $0.value.count == count && $0.value.allSatisfy(\.isFinite)
    }
    var nll: [String: Double] = [:]
    var effects: [String: SuiteFigures.TokenEffect] = [:]
    for (arm, values) in surprisal where count > 0 {
      nll[arm] = values.reduce(0, +) / Double(count)
      guard let plain, arm != plain, let base = surprisal[plain] else { continue }
      var effect = SuiteFigures.TokenEffect()
      effect.add(values, against: base)
      effects[arm] = effect
    }
    self.init(
      id: text.id, title: text.title, tokens: count, nll: nll,
      positions: Self.positions(text, surprisal), frequencies: Self.frequencies(text, surprisal),
      effects: effects)
  }

  /// The largest number of ranges of positions; a long enough text has at least half as many.
  private static let mostRanges = 48

  private static func positions(
    _ text: TextResult, _ surprisal: [String: [Double]]
  ) -> [SuiteFigures.Range] {
    let places = text.positions.map { max(0, $0) }
    guard places.count == text.pieces.count, let first = places.min(), let last = places.max()
    else { return [] }
    let step = Self.step(from: first, through: last)
    return ranges(places.map { $0 / step * step }, surprisal) {
      let (end, overflow) = $0.addingReportingOverflow(step)
      return overflow ? .max : end
    }
  }

  /// The smallest of 1, 2, 4, 5, 10, 20, 40, 50, ... tokens that makes few enough ranges.
  private static func step(from first: Int, through last: Int) -> Int {
    var unit = 1
    while unit <= Int.max / 50 {
      for factor in [1, 2, 4, 5] {
        let step = unit * factor
        if last / step - first / step < mostRanges { return step }
      }
      unit *= 10
    }
    return unit
  }

  private static func frequencies(
    _ text: TextResult, _ surprisal: [String: [Double]]
  ) -> [SuiteFigures.Range] {
    guard text.earlier.count == text.pieces.count else { return [] }
    // 0, 1, 2-3, 4-7: a range begins at the highest power of two that is not above the count.
    let starts = text.earlier.map { count in
      count < 1 ? 0 : 1 << (Int.bitWidth - 1 - count.leadingZeroBitCount)
    }
    return ranges(starts, surprisal) { $0 == 0 ? 1 : $0 > Int.max / 2 ? .max : 2 * $0 }
  }

  /// Tokens by the start of the range each is in; ranges without tokens are left out.
  private static func ranges(
    _ starts: [Int], _ surprisal: [String: [Double]], end: (Int) -> Int
  ) -> [SuiteFigures.Range] {
    var members: [Int: [Int]] = [:]
    for (token, start) in starts.enumerated() { members[start, default: []].append(token) }
    return members.keys.sorted().map { start in
      let tokens = members[start] ?? []
      return SuiteFigures.Range(
        from: start, to: end(start), tokens: tokens.count,
        nll: surprisal.mapValues { values in
          tokens.reduce(0) { $0 + values[$1] } / Double(tokens.count)
        })
    }
  }
}
