import Foundation
import Mneme

/// The formatting of figures, the same in the page and in Markdown.
enum ReportFormat {
  /// The placeholder for a missing figure.
  static let missing = "\u{2013}"
  private static let minus = "\u{2212}"

  /// Whether a cell holds anything but a placeholder.
  static func isValue(_ cell: String) -> Bool { !cell.isEmpty && cell != missing }

  /// A number with a fixed number of decimals, a true minus sign and no negative zero.
  static func number(_ value: Double?, decimals: Int) -> String {
    guard let value, value.isFinite else { return missing }
    let digits = String(format: "%.\(max(0, decimals))f", abs(value))
    let isZero = !digits.contains { $0 != "0" && $0 != "." }
    return value < 0 && !isZero ? minus + digits : digits
  }

  /// A number with its sign; zero has none.
  static func signed(_ value: Double?, decimals: Int) -> String {
    let text = number(value, decimals: decimals)
    guard let value, value.isFinite, value > 0, text.contains(where: { "123456789".contains($0) })
    else { return text }
    return "+" + text
  }

  /// A count with commas between groups of three digits.
  static func count(_ value: Int) -> String {
    var digits = String(value.magnitude)
    var groups: [Substring] = []
    while digits.count > 3 {
      groups.insert(digits.suffix(3), at: 0)
      digits = String(digits.dropLast(3))
    }
    groups.insert(digits[...], at: 0)
    return (value < 0 ? minus : "") + groups.joined(separator: ",")
  }

  /// A count with its noun: `1 item`, `2 items`.
  static func count(_ value: Int, _ noun: String) -> String {
    count(value) + " " + (value == 1 ? noun : noun + "s")
  }

  /// Bytes in decimal units, three digits.
  static func bytes(_ value: Double) -> String {
    guard value.isFinite else { return missing }
    var rest = abs(value)
    var unit = "B"
    for next in ["kB", "MB", "GB", "TB"] where rest >= 999.5 {
      rest /= 1000
      unit = next
    }
    let decimals = unit == "B" || rest >= 99.95 ? 0 : rest >= 9.995 ? 1 : 2
    return number(value < 0 ? -rest : rest, decimals: decimals) + "\u{A0}" + unit
  }

  /// Bytes without zeros after the decimal point, for axes.
  static func roundBytes(_ value: Double) -> String {
    bytes(value).replacing(#/\.0+(?=\D)/#, with: "").replacing(#/(\.[1-9])0(?=\D)/#) { $0.1 }
  }

  /// A duration for people: `0.8 s`, `34 s`, `12 min 05 s`, `1 h 02 min`.
  static func duration(_ seconds: Double?) -> String {
    guard let seconds, seconds.isFinite, seconds >= 0, seconds < 1e9 else { return missing }
    if seconds < 9.95 { return number(seconds, decimals: 1) + "\u{A0}s" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole)\u{A0}s" }
    if whole < 3600 { return String(format: "%d\u{A0}min %02d\u{A0}s", whole / 60, whole % 60) }
    return String(format: "%d\u{A0}h %02d\u{A0}min", whole / 3600, whole % 3600 / 60)
  }

  /// A date and time of day, UTC.
  static func date(_ seconds: Double?) -> String {
    guard let seconds, seconds.isFinite, abs(seconds) < 1e11 else { return missing }
    let text = Date(timeIntervalSince1970: seconds.rounded(.down)).ISO8601Format()
    return text.replacing("T", with: " ").replacing("Z", with: " UTC")
  }

  /// A probability of a test.
  static func p(_ value: Double?) -> String {
    guard let value, value.isFinite else { return missing }
    return value < 0.001 ? "<\u{A0}0.001" : number(value, decimals: value < 0.1 ? 3 : 2)
  }

  /// Words in a row: `a, b and c`.
  static func list(_ words: [String], _ link: String = "and") -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " \(link) " + last
  }

  /// Values of a range that leaves out its end: `3`, `4\u{2013}7`.
  static func range(from: Int, to: Int) -> String {
    to - from == 1 ? count(from) : count(from) + "\u{2013}" + count(to - 1)
  }
}

extension Metric {
  /// Its name in tables.
  var heading: String {
    switch self {
    case .exactMatch: "Exact match"
    case .contains: "Contains answer"
    case .f1: "F1"
    case .success: "Prefers answer"
    case .leak: "Leak"
    case .cited: "Reply or citation"
    case .found: "Found first"
    case .unchanged: "Unrelated unchanged"
    case .passed: "Checks passed"
    case .nll: "NLL"
    case .perplexity: "Perplexity"
    }
  }

  /// Its meaning, in a sentence.
  var meaning: String {
    switch self {
    case .exactMatch: "the generated answer equals an accepted one, case and punctuation aside"
    case .contains: "an accepted answer appears in the generated text as whole words"
    case .f1: "overlap of the generated words with an accepted answer's"
    case .success: "the accepted answer is likelier, per token, than every wrong one"
    case .leak:
      "a wrong answer appears in the generated text: an old value, or one that was forgotten"
    case .cited: "an accepted answer appears in the reply, or in a fact that memory cites beside it"
    case .found: "the fact that was found first for the question has an accepted answer in it"
    case .unchanged:
      "the reply to a question that concerns nothing told is the plain model's, to the bit"
    case .passed: "the check holds"
    case .nll: "mean negative log-likelihood of the expected tokens, nats per token"
    case .perplexity: "exp of the mean over all tokens"
    }
  }

  /// Whether it is a share of items, shown in per cent.
  var isShare: Bool {
    switch self {
    case .exactMatch, .contains, .f1, .success, .leak, .cited, .found, .unchanged, .passed: true
    case .nll, .perplexity: false
    }
  }

  /// `higher is better` or `lower is better`.
  var directionText: String {
    direction == .higherIsBetter ? "higher is better" : "lower is better"
  }

  /// A value of it.
  func text(_ value: Double?) -> String {
    guard let value, value.isFinite else { return ReportFormat.missing }
    if isShare { return ReportFormat.number(value * 100, decimals: 1) + "\u{A0}%" }
    return ReportFormat.number(value, decimals: self == .nll ? 3 : 2)
  }

  /// A difference of two values, signed; shares in percentage points.
  func difference(_ value: Double?) -> String {
    guard let value else { return ReportFormat.missing }
    if isShare { return ReportFormat.signed(value * 100, decimals: 1) }
    return ReportFormat.signed(value, decimals: self == .nll ? 3 : 2)
  }

  /// The unit of a difference.
  var unit: String { isShare ? "points" : self == .nll ? "nats" : "" }

  /// A difference with its unit.
  func differenceWithUnit(_ value: Double?) -> String {
    unit.isEmpty ? difference(value) : difference(value) + "\u{A0}" + unit
  }

  /// The bounds of an interval of differences.
  func interval(_ bounds: ClosedRange<Double>?) -> String {
    guard let bounds else { return ReportFormat.missing }
    return difference(bounds.lowerBound) + " to " + difference(bounds.upperBound)
  }
}

extension SuiteFigures.Comparison.Verdict {
  /// A sign that says the same as the word.
  var sign: String {
    switch self {
    case .better: "\u{25B2}"
    case .worse: "\u{25BC}"
    case .undecided: "\u{25CB}"
    }
  }
}
