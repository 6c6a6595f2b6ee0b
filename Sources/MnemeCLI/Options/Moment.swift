import ArgumentParser
import Foundation

/// A moment as people type it: a day, which begins at midnight UTC, or ISO 8601.
struct Moment: ExpressibleByArgument, Sendable {
  /// Seconds since 1970.
  let seconds: Double

  init?(argument: String) {
    let whole = argument.contains("T") ? argument : argument + "T00:00:00Z"
    let text = whole.hasSuffix("Z") || whole.contains("+") ? whole : whole + "Z"
    let formatter = ISO8601DateFormatter()
    guard let date = formatter.date(from: text) else { return nil }
    seconds = date.timeIntervalSince1970
  }
}
