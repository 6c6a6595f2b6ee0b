import Foundation
package import Mneme

/// Says once, in the first seconds of a long job, what the whole of it costs.
package final class CostAnnouncement: @unchecked Sendable {
  private let lock = NSLock()
  private let bytes: Int
  private let start: Double
  private var isMade = false

  /// An announcement for a job that begins now.
  ///
  /// - Parameters:
  ///   - bytes: of working memory the job needs.
  ///   - now: seconds by a clock that only goes forward.
  package init(bytes: Int, now: Double = ProcessInfo.processInfo.systemUptime) {
    self.bytes = bytes
    start = now
  }

  /// The sentence, the first time the share that is done lets it be told; nil before and after.
  package func text(
    after share: Double, now: Double = ProcessInfo.processInfo.systemUptime
  ) -> String? {
    lock.withLock {
      guard !isMade, let cost = TrainingCost(after: share, took: now - start, bytes: bytes) else {
        return nil
      }
      isMade = true
      return Self.text(cost)
    }
  }

  /// What is known at once; the memory in steps of 100 MiB, as it is no more than an estimate.
  package static func beginning(bytes: Int) -> String {
    let step = 100 << 20
    let rounded = max(1, (bytes + step - 1) / step) * 100
    return
      "Fitting needs about \(Figures.count(rounded)) MiB of memory; how long it takes is said in a moment."
  }

  /// The time, and what interrupting it does.
  package static func text(_ cost: TrainingCost) -> String {
    "It takes about \(Figures.duration(cost.seconds)) on this machine. Ctrl-C ends it, and nothing is written before it is done."
  }
}
