/// What the argument parser says of wrong usage, without what was typed.
///
/// An argument that the parser does not understand may be a prompt, a fact or a question; only names of options are shown.
package enum UsageText {
  /// The message with every quoted argument that is no option's name replaced by dots.
  package static func withoutValues(
    _ message: String, arguments: some Sequence<String>
  ) -> String {
    var values: Set<String> = []
    for argument in arguments where !isOption(argument) {
      values.insert(argument)
      // The parser takes what stands before an equals sign as a name.
      if let sign = argument.firstIndex(of: "=") {
        values.insert(String(argument[..<sign]))
        values.insert(String(argument[argument.index(after: sign)...]))
      }
    }
    // Longer ones first: a value may be part of another.
    return values.filter { !$0.isEmpty && !isOption($0) }.sorted { $0.count > $1.count }
      .reduce(message) { $0.replacing("'\($1)'", with: "'...'") }
  }

  /// `-q` or `--json`.
  private static func isOption(_ text: String) -> Bool {
    let name = text.hasPrefix("--") ? text.dropFirst(2) : text.dropFirst()
    guard text.hasPrefix("-"), let first = name.utf8.first, (97...122).contains(first) else {
      return false
    }
    return text.hasPrefix("--")
      ? name.utf8.allSatisfy { (97...122).contains($0) || $0 == 45 } : name.utf8.count == 1
  }
}
