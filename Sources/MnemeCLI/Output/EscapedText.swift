/// Text nobody vouches for, as it may be printed on a terminal.
package enum EscapedText {
  /// The text with everything a terminal would obey written out: `\n`, `\t`, `\e`, `\u{9b}`.
  ///
  /// Marks that turn the direction of writing, or that nobody sees, are written out as well.
  package static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{1B}": result += "\\e"
      default:
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
          .unassigned:
          result += "\\u{\(String(scalar.value, radix: 16))}"
        default: result.unicodeScalars.append(scalar)
        }
      }
    }
    return result
  }
}
