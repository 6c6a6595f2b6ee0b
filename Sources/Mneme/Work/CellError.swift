public import ModelFiles

/// Errors of working with the memory of a trained cell, besides those of its file.
public enum CellError: Error, Sendable, Equatable {
  /// No trained cell has this name.
  case unknownCell(name: String, known: [String])
  /// The file is not the memory of a cell.
  case notACell(path: String)
  /// The memory was written by a cell with other weights.
  case otherWeights(path: String, cell: String)
  /// What is in the file is no memory that the cell could have.
  case unsound(path: String, what: String)
  /// The cell was not trained on this.
  case unreadable(text: String, expected: String)
}

extension CellError: MnemeError {
  /// The message: what went wrong, what was expected, and a hint.
  public var explanation: ErrorExplanation {
    switch self {
    case .unknownCell(let name, let known):
      ErrorExplanation(
        what: "no trained cell is called \"\(name)\"",
        expected: "one of \(known.joined(separator: ", "))",
        hint: "'mneme cell list' says what each can do")
    case .notACell(let path):
      ErrorExplanation(
        what: "\(path) is not the memory of a cell",
        expected: "a file that 'mneme cell tell' wrote",
        hint: "memories of a language model are read by 'mneme memory info'")
    case .otherWeights(let path, let cell):
      ErrorExplanation(
        what: "\(path) was written by a cell \(cell) with other weights",
        expected: "the weights of this version of Mneme",
        hint: "what one has written, another cannot read")
    case .unsound(let path, let what):
      ErrorExplanation(
        what: "\(path): \(what)", expected: "finite values of the cell's sizes", hint: nil)
    case .unreadable(let text, let expected):
      ErrorExplanation(
        what: "the cell was not trained on \"\(text)\"", expected: expected, hint: nil)
    }
  }
}
