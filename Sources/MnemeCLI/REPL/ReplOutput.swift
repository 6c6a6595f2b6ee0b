/// Where the REPL writes: a terminal, a pipe, a test.
@MainActor
package protocol ReplOutput: AnyObject, Sendable {
  /// Whether colours may be used.
  var allowsColor: Bool { get }
  /// Width that replies are wrapped to; `nil` leaves them as they are.
  var columns: Int? { get }
  /// Why nothing more can be written; nil while it can.
  var failure: StreamError? { get }
  /// Writes text as it is; after a failure nothing.
  func write(_ text: String)
  /// Writes one line about a problem.
  func writeProblem(_ text: String)
  /// Shows that something is under way until `endWaiting()`; on a terminal only.
  func beginWaiting(_ label: String)
  /// Removes what `beginWaiting(_:)` shows.
  func endWaiting()
  /// Shows how far something is; on a terminal only.
  func showProgress(_ fraction: Double, _ label: String)
}

extension ReplOutput {
  /// Most outputs cannot fail.
  package var failure: StreamError? { nil }

  /// Writes a line.
  package func line(_ text: String = "") {
    write(LineFolder.fold(text, columns: columns) + "\n")
  }

  /// Writes a line in a quiet colour: what the program says, as opposed to the model.
  package func note(_ text: String) {
    let text = LineFolder.fold(text, columns: columns)
    write((allowsColor ? "\u{1B}[2m\(text)\u{1B}[0m" : text) + "\n")
  }
}
