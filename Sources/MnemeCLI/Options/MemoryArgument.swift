/// `FILE` or `FILE:ro`, as memories are named on the command line and in the REPL.
package struct MemoryArgument: Sendable, Equatable {
  /// The file.
  package var path: String
  /// Whether it is attached for reading only.
  package var isReadOnly: Bool

  /// Reads an argument; `nil` when no file is named.
  package init?(_ text: String) {
    let suffix = ":ro"
    isReadOnly = text.hasSuffix(suffix)
    path = isReadOnly ? String(text.dropLast(suffix.count)) : text
    guard !path.isEmpty else { return nil }
  }
}
