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
  /// Segments that a new one is compared with.
  static let window = 64

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
    // Without any to compare it with, it lies in the middle.
    func rank(_ value: KeyPath<SegmentWorth, Float>) -> Float {
      let below = past.count { $0[keyPath: value] < worth[keyPath: value] }
      let equal = past.count { $0[keyPath: value] == worth[keyPath: value] }
      return (Float(below) + Float(equal) / 2 + 0.5) / Float(past.count + 1)
    }
    if rank(\.whole) > 1 - kept { return .keep }
    return rank(\.compressed) < discarded / max(1 - kept, 1e-3) ? .discard : .compress
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
