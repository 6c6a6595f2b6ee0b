/// How long a job still takes, from the share that is done and the time it took: the mean speed so far, shown so that it
/// does not flicker.
///
/// Nothing is said before 3 seconds have passed and 3 % are done. After that the shown time counts down, and is
/// replaced only where the estimate has moved away from it by more than a fifth.
package struct TimeLeft: Sendable {
  /// Seconds that have to pass first.
  static let leastSeconds = 3.0
  /// The share that has to be done first.
  static let leastShare = 0.03
  /// A shown time stands while the estimate is this close to it, relative to the longer of both.
  static let tolerance = 0.2

  /// The first report: a job that is taken up again begins with a share.
  private var start: (share: Double, time: Double)?
  /// The last report's share.
  private var last = 0.0
  private var shown: (seconds: Double, time: Double)?

  /// An estimate of a job that has not begun.
  package init() {}

  /// Takes note of the share that is done.
  ///
  /// - Parameters:
  ///   - share: 0 to 1.
  ///   - now: seconds by a clock that only goes forward.
  /// - Returns: the seconds left; nil while nothing can be said, and at the end.
  package mutating func update(_ share: Double, at now: Double) -> Double? {
    guard share.isFinite else { return nil }
    defer { last = share }
    guard let start, share >= last / 2 else {
      // The next part of the work begins at 0 again.
      self.start = (share, now)
      shown = nil
      return nil
    }
    let (done, passed) = (share - start.share, now - start.time)
    guard share < 1, passed >= Self.leastSeconds, done >= Self.leastShare else { return nil }
    let estimate = passed * (1 - share) / done
    if let shown {
      let counted = max(0, shown.seconds - (now - shown.time))
      if abs(counted - estimate) <= max(1, Self.tolerance * max(counted, estimate)) {
        return counted
      }
    }
    shown = (estimate, now)
    return estimate
  }

  /// The time in words, "40 s left"; never "0 s".
  package static func text(_ seconds: Double) -> String {
    "\(Figures.duration(max(1, seconds))) left"
  }
}
