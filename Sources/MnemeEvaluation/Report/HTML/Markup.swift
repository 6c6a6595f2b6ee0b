/// A piece of HTML.
///
/// Text that is interpolated is escaped, markup is not, so that nothing a user or a model wrote can
/// become markup: only literals of this program do.
struct Markup: Sendable, Equatable, ExpressibleByStringInterpolation {
  /// The HTML.
  private(set) var html: String

  /// Nothing.
  init() { html = "" }

  /// Markup from a literal in the source.
  init(stringLiteral value: String) { html = value }

  /// Markup with escaped text in it.
  init(stringInterpolation: Interpolation) { html = stringInterpolation.html }

  /// Markup that is already safe, such as the page's own script.
  init(trusted html: String) { self.html = html }

  /// Pieces one after the other.
  init(_ pieces: some Sequence<Markup>) {
    html = pieces.reduce(into: "") { $0 += $1.html }
  }

  /// Whether there is nothing.
  var isEmpty: Bool { html.isEmpty }

  /// Appends another piece.
  static func += (left: inout Markup, right: Markup) { left.html += right.html }

  /// The text with all HTML special characters escaped, for an element or a quoted attribute.
  ///
  /// Control characters that no document may hold become U+FFFD.
  static func escaped(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n": result.unicodeScalars.append(scalar)
      case "\r": result += "&#13;"
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}":
        result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Collects literals as they are and values escaped.
  struct Interpolation: StringInterpolationProtocol {
    fileprivate var html = ""

    init(literalCapacity: Int, interpolationCount: Int) {
      html.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    mutating func appendLiteral(_ literal: String) { html += literal }
    mutating func appendInterpolation(_ text: String) { html += Markup.escaped(text) }
    mutating func appendInterpolation(_ number: Int) { html += String(number) }
    mutating func appendInterpolation(_ markup: Markup) { html += markup.html }
    mutating func appendInterpolation(_ pieces: [Markup]) {
      for piece in pieces { html += piece.html }
    }
  }
}
