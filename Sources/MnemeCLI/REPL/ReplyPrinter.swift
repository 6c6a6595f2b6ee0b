/// Prints a reply as it comes: on a terminal the model's reasoning in a quiet colour, and the answer below it.
///
/// A script gets the answer alone.
@MainActor
struct ReplyPrinter {
  private let output: any ReplOutput
  private let showsReasoning: Bool
  private var answer: WordWrapper
  private var reasoning: WordWrapper
  private var isReasoning = false
  /// Whether the next text begins a line.
  private(set) var isAtLineStart = true

  init(output: any ReplOutput, showsReasoning: Bool) {
    self.output = output
    self.showsReasoning = showsReasoning
    answer = WordWrapper(columns: output.columns)
    reasoning = WordWrapper(columns: output.columns)
  }

  /// Prints more of the answer.
  mutating func say(_ piece: String) {
    endReasoning()
    write(answer.pass(piece))
  }

  /// Prints more of the reasoning.
  mutating func think(_ piece: String) {
    guard showsReasoning else { return }
    if !isReasoning {
      finishLine()
      // Without colours words tell the two apart.
      if !output.allowsColor { output.line("[reasoning]") }
    }
    isReasoning = true
    write(quiet(reasoning.pass(piece)))
  }

  /// Prints the words that were held back.
  mutating func finish() {
    endReasoning()
    write(answer.finish())
  }

  /// Prints the words that were held back and ends the line.
  mutating func finishLine() {
    finish()
    if !isAtLineStart { output.line() }
    isAtLineStart = true
  }

  private mutating func endReasoning() {
    guard isReasoning else { return }
    isReasoning = false
    write(quiet(reasoning.finish()))
    if !isAtLineStart { output.line() }
    output.line(output.allowsColor ? "" : "[answer]")
    isAtLineStart = true
  }

  private func quiet(_ text: String) -> String {
    output.allowsColor && !text.isEmpty ? "\u{1B}[2m\(text)\u{1B}[0m" : text
  }

  private mutating func write(_ text: String) {
    guard !text.isEmpty else { return }
    output.write(text)
    isAtLineStart = text.hasSuffix("\n") || text.hasSuffix("\n\u{1B}[0m")
  }
}
