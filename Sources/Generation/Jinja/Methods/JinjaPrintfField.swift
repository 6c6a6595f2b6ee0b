import Foundation

/// A field of a form such as `%-10s` or `%05.2f`.
struct JinjaPrintfField {
  struct Flags: OptionSet {
    let rawValue: UInt8

    /// `#`
    static let alternative = Flags(rawValue: 1)
    /// `0`
    static let zero = Flags(rawValue: 2)
    /// `-`
    static let left = Flags(rawValue: 4)
    /// A blank.
    static let blank = Flags(rawValue: 8)
    /// `+`
    static let plus = Flags(rawValue: 16)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The flag that a character is; nil for any other.
    init?(_ scalar: Unicode.Scalar) {
      switch scalar {
      case "#": self = .alternative
      case "0": self = .zero
      case "-": self = .left
      case " ": self = .blank
      case "+": self = .plus
      default: return nil
      }
    }
  }

  var flags: Flags = []
  var width = 0
  var precision: Int?
  /// The letter at the end.
  var kind: Unicode.Scalar = "s"
  /// The value, where the field names one.
  var value: JinjaValue?

  /// A text filled up with blanks.
  func padded(_ text: JinjaString) -> JinjaString {
    guard text.count < width else { return text }
    let blanks = JinjaString(String(repeating: " ", count: width - text.count))
    var result = flags.contains(.left) ? text : blanks
    result.append(flags.contains(.left) ? blanks : text)
    return result
  }

  /// A whole number.
  func number(_ value: Int) -> JinjaString {
    let radix = kind == "x" || kind == "X" ? 16 : kind == "o" ? 8 : 10
    var digits = String(value.magnitude, radix: radix, uppercase: kind == "X")
    if let precision, digits.utf8.count < precision {
      digits = String(repeating: "0", count: precision - digits.utf8.count) + digits
    }
    let mark = flags.contains(.alternative) && radix != 10 ? "0\(kind)" : ""
    return filled(sign: sign(value < 0) + mark, digits)
  }

  /// A number with a fraction or an exponent.
  func number(_ value: Double) -> JinjaString {
    let isUpper = kind.properties.isUppercase
    guard value.isFinite else {
      let word = value.isNaN ? "nan" : "inf"
      return filled(sign: sign(value < 0), isUpper ? word.uppercased() : word)
    }
    let form = flags.contains(.alternative) ? "%#.*\(kind)" : "%.*\(kind)"
    let digits = String(format: form, precision ?? 6, value.magnitude)
    return filled(sign: sign(value.sign == .minus), digits)
  }

  private func sign(_ isNegative: Bool) -> String {
    if isNegative { return "-" }
    return flags.contains(.plus) ? "+" : flags.contains(.blank) ? " " : ""
  }

  /// Digits behind their sign, with zeros between where the form asks for them.
  private func filled(sign: String, _ digits: String) -> JinjaString {
    let surplus = width - sign.utf8.count - digits.utf8.count
    guard surplus > 0, flags.contains(.zero), !flags.contains(.left) else {
      return padded(JinjaString(sign + digits))
    }
    return JinjaString(sign + String(repeating: "0", count: surplus) + digits)
  }
}
