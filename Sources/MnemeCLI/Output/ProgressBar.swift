import Foundation

/// A progress bar on standard error with the time left, drawn only where that is a terminal, at most ten times a second.
package final class ProgressBar: @unchecked Sendable {
  private let lock = NSLock()
  private let enabled: Bool
  private let label: String
  private var lastDrawn = -Double.infinity
  private var isVisible = false
  private var timeLeft = TimeLeft()
  private let showsTimeLeft: Bool

  /// A bar titled `label`; with `enabled` false nothing is ever drawn.
  ///
  /// - Parameter showsTimeLeft: false where what stands after the bar says how long it takes.
  package init(_ label: String, enabled: Bool, showsTimeLeft: Bool = true) {
    self.label = label
    self.showsTimeLeft = showsTimeLeft
    self.enabled = enabled && StandardStreams.errorIsTerminal
  }

  /// Draws the bar at `fraction`, 0 to 1, with a few words after it.
  package func update(_ fraction: Double, _ detail: String = "") {
    guard enabled else { return }
    lock.withLock {
      let now = ProcessInfo.processInfo.systemUptime
      let left = showsTimeLeft ? timeLeft.update(fraction, at: now) : nil
      guard now - lastDrawn > 0.1 || fraction >= 1 else { return }
      lastDrawn = now
      isVisible = true
      StandardStreams.error(
        "\r\u{1B}[K"
          + Self.line(label, fraction, detail, left: left, columns: StandardStreams.columns))
    }
  }

  /// Removes the bar, so that what follows starts on a clean line.
  package func finish() {
    lock.withLock {
      guard isVisible else { return }
      isVisible = false
      StandardStreams.error("\r\u{1B}[K")
    }
  }

  /// The text of the bar, cut to the width of the terminal.
  ///
  /// - Parameter left: seconds left; nil where that is not known.
  package static func line(
    _ label: String, _ fraction: Double, _ detail: String, left: Double? = nil, columns: Int
  ) -> String {
    let share = min(max(fraction.isFinite ? fraction : 0, 0), 1)
    let filled = Int((share * 24).rounded(.down))
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 24 - filled)
    let percent = String(format: "%3d %%", Int(share * 100))
    let words = [left.map(TimeLeft.text), detail.isEmpty ? nil : detail].compactMap { $0 }
    let text = (["\(label) [\(bar)] \(percent)"] + words).joined(separator: "  ")
    return String(text.prefix(max(columns - 1, 1)))
  }
}
