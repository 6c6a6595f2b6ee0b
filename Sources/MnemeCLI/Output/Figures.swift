import Foundation

/// How numbers are written for people: the same everywhere.
package enum Figures {
  /// A number with a fixed count of decimals, or a dash where there is none.
  package static func decimal(_ value: Double?, _ places: Int = 3) -> String {
    guard let value, value.isFinite else { return "-" }
    return String(format: "%.\(places)f", value)
  }

  /// The same with its sign always shown.
  package static func signed(_ value: Double?, _ places: Int = 3) -> String {
    guard let value, value.isFinite else { return "-" }
    return String(format: "%+.\(places)f", value)
  }

  /// Bytes in the largest unit that keeps the number above one.
  package static func bytes(_ count: Int) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"]
    var value = Double(count)
    var unit = 0
    while value >= 1024, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    return unit == 0 ? "\(count) B" : String(format: "%.1f %@", value, units[unit])
  }

  /// A count with thousands separated by commas.
  package static func count(_ value: Int) -> String {
    var digits = String(value.magnitude)
    var groups: [String] = []
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    groups.insert(digits, at: 0)
    return (value < 0 ? "-" : "") + groups.joined(separator: ",")
  }

  /// Seconds as people say them: "40 s", "3 min", "2 h 10 min".
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0 else { return "-" }
    let whole = Int(min(seconds, 1e9).rounded())
    switch whole {
    case ..<90: return "\(whole) s"
    case ..<5400: return "\((whole + 30) / 60) min"
    default: return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }
  }

  /// "1 token", "2 tokens".
  package static func plural(_ value: Int, _ noun: String, _ many: String? = nil) -> String {
    "\(count(value)) \(value == 1 ? noun : many ?? noun + "s")"
  }

  /// Unix seconds as local date and time; a dash for none.
  package static func date(_ seconds: Double) -> String {
    guard seconds > 0 else { return "-" }
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = "yyyy-MM-dd HH:mm"
    return formatter.string(from: Date(timeIntervalSince1970: seconds))
  }
}
