import Foundation

/// Numbers in Python's notation.
enum JinjaNumber {
  /// The shortest text that reads back as the same number, with a fraction or an exponent.
  static func text(of value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    let (digits, exponent) = shortest(value.magnitude)
    let sign = value.sign == .minus ? "-" : ""
    // The number is 0.digits times ten to the power of `exponent`.
    guard (-3...16).contains(exponent) || value == 0 else {
      let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
      let power = exponent - 1
      let padding = abs(power) < 10 ? "0" : ""
      return "\(sign)\(digits.prefix(1))\(fraction)e\(power < 0 ? "-" : "+")\(padding)\(abs(power))"
    }
    if exponent <= 0 {
      return "\(sign)0.\(String(repeating: "0", count: -exponent))\(digits)"
    }
    if digits.count <= exponent {
      return "\(sign)\(digits)\(String(repeating: "0", count: exponent - digits.count)).0"
    }
    return "\(sign)\(digits.prefix(exponent)).\(digits.dropFirst(exponent))"
  }

  /// The significant digits d and the exponent e of a number 0.d x 10^e.
  private static func shortest(_ value: Double) -> (digits: String, exponent: Int) {
    guard value != 0 else { return ("0", 1) }
    let parts = value.description.split(separator: "e")
    var exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let number = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    exponent += number[0].count
    var digits = (String(number[0]) + (number.count > 1 ? number[1] : ""))[...]
    while digits.first == "0" {
      digits = digits.dropFirst()
      exponent -= 1
    }
    while digits.last == "0", digits.count > 1 { digits = digits.dropLast() }
    return (String(digits), exponent)
  }

  static func power(ofTen exponent: Int) -> Double { pow(10, Double(exponent)) }

  /// A number rounded to some places after the point, with ties decided by its decimal digits.
  static func rounded(_ value: Double, places: Int) -> Double {
    guard value.isFinite, abs(places) < 300 else { return value }
    guard places >= 0 else {
      let scale = power(ofTen: -places)
      return (value / scale).rounded(.toNearestOrEven) * scale
    }
    return Double(String(format: "%.\(places)f", value)) ?? value
  }

  /// A whole number from a text, as `int` of Python reads it; nil for anything else.
  static func integer(from text: String, base: Int) -> Int? {
    guard (2...36).contains(base) || base == 0, let digits = plain(text) else { return nil }
    let isNegative = digits.hasPrefix("-")
    var rest = digits.drop { $0 == "-" || $0 == "+" }.lowercased()
    guard digits.count - rest.count <= 1 else { return nil }
    var base = base
    for (mark, radix) in [("0x", 16), ("0o", 8), ("0b", 2)]
    where rest.hasPrefix(mark) && (base == radix || base == 0) {
      rest.removeFirst(2)
      base = radix
    }
    guard !rest.hasPrefix("-"), !rest.hasPrefix("+") else { return nil }
    return Int((isNegative ? "-" : "") + rest, radix: base == 0 ? 10 : base)
  }

  /// A number from a text, as `float` of Python reads it; nil for anything else.
  static func float(from text: String) -> Double? {
    guard let plain = plain(text)?.lowercased(), !plain.contains("x"), !plain.contains("p") else {
      return nil
    }
    let word = plain.drop { $0 == "-" || $0 == "+" }
    if word.contains(where: { $0.isLetter && $0 != "e" }),
      !["inf", "infinity", "nan"].contains(String(word))
    {
      return nil
    }
    return Double(plain)
  }

  /// The text without white space around it and single underscores between digits; nil for other underscores.
  private static func plain(_ text: String) -> String? {
    let bare = JinjaString(text).stripped().text
    guard bare.contains("_") else { return bare }
    let parts = bare.split(separator: "_", omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty }), parts.count <= bare.count / 2 + 1 else { return nil }
    return parts.joined()
  }
}
