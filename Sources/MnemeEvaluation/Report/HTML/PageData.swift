import Foundation

/// The data that the page's script reads: the figures, and the tokens of the texts.
struct PageData: Encodable {
  /// A text's tokens.
  struct Text: Encodable {
    var pieces: [String]
    var positions: [Int]
    var earlier: [Int]
    /// Nats by arm, to four decimals; one per element of `pieces`, `null` where there is no figure.
    var surprisal: [String: [Double?]]
  }

  var settings: RunSettings
  var done: Int
  var total: Int
  /// The plain model's arm.
  var detached: String?
  var figures: [SuiteFigures]
  /// By the id of the element that shows it.
  var texts: [String: Text]

  /// The data as JSON for a script element: without `<`, `>` or `&`, and without line ends that older JavaScript did
  /// not allow in strings.
  func script() -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let data = try? encoder.encode(self) else { return "{}" }
    return Self.escaped(String(decoding: data, as: UTF8.self))
  }

  /// JSON without the characters that end a script element, or a line in old JavaScript.
  static func escaped(_ json: String) -> String {
    var result = ""
    result.reserveCapacity(json.utf8.count)
    for scalar in json.unicodeScalars {
      switch scalar {
      case "<": result += #"\u003c"#
      case ">": result += #"\u003e"#
      case "&": result += #"\u0026"#
      case "\u{2028}": result += #"\u2028"#
      case "\u{2029}": result += #"\u2029"#
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension PageData.Text {
  /// The tokens of a result. Lists of different lengths are cut to the shortest.
  init(_ result: TextResult, arms: [String]) {
    let count = min(result.pieces.count, result.positions.count, result.earlier.count)
    pieces = Array(result.pieces.prefix(count))
    positions = Array(result.positions.prefix(count))
    earlier = Array(result.earlier.prefix(count))
    surprisal = [:]
    for arm in arms {
      guard let values = result.surprisal[arm], !values.isEmpty else { continue }
      surprisal[arm] = (0..<count).map { index in
        guard values.indices.contains(index), values[index].isFinite else { return nil }
        return (values[index] * 10_000).rounded() / 10_000
      }
    }
  }
}
