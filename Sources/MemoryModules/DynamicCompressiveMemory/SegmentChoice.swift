/// What happens to a segment.
package enum SegmentChoice: Int64, Sendable, CaseIterable {
  case keep, compress, discard
}

/// Chooses what happens to each segment, so that about the wanted shares are kept and discarded: a segment is compared with those
/// before it.
///
/// Chang and Ma (arXiv 2110.04821) train a policy that decides, sequence by sequence, what goes into the compressed memory; of their
/// paper we have the abstract. This is our reading of it: features, choices and shares are ours.
package struct SegmentChooser: Sendable, Equatable {
  /// Segments that a new one is compared with: few, as the more is known, the less is new.
  static let window = 16

  /// How much each of the last segments is worth whole rather than compressed, and compressed rather than not at all; [segments, 2].
  private(set) var past: [SegmentWorth] = []

  package init() {}

  init(past: [SegmentWorth]) { self.past = past }

  /// What happens to a segment.
  package mutating func choice(
    _ worth: SegmentWorth, kept: Float, discarded: Float
  ) -> SegmentChoice {
    defer {
      past.append(worth)
      if past.count > Self.window { past.removeFirst() }
    }
    if Self.rank(of: worth.whole, among: past.map(\.whole)) > 1 - kept { return .keep }
    // Of those that would not be kept, either.
    let ranked = past.sorted { $0.whole < $1.whole }
    let others = ranked.prefix(Int((1 - kept) * Float(ranked.count))).map(\.compressed)
    let rank = Self.rank(of: worth.compressed, among: others)
    return rank < discarded / max(1 - kept, 1e-3) ? .discard : .compress
  }

  /// Where a value stands among others, 0 (lowest) to 1; without any, in the middle.
  private static func rank(of value: Float, among others: [Float]) -> Float {
    let below = others.count { $0 < value }
    let equal = others.count { $0 == value }
    return (Float(below) + Float(equal) / 2 + 0.5) / Float(others.count + 1)
  }
}

/// How much a segment is worth.
package struct SegmentWorth: Sendable, Equatable {
  /// Kept whole rather than compressed.
  package var whole: Float
  /// Compressed rather than discarded.
  package var compressed: Float

  package init(whole: Float, compressed: Float) {
    self.whole = whole
    self.compressed = compressed
  }
}
