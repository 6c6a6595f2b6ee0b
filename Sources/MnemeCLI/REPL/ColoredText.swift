/// The colours of `/surprise`, by number in the palette of 256 that xterm has.
enum SurpriseColors {
  /// What colours stand for.
  enum Scale {
    case surprise, change
  }

  /// From so many nats on, the colour: light yellow to red.
  private static let surprises: [(from: Double, color: Int)] = [
    (1, 230), (2, 222), (4, 215), (7, 209), (10, 203),
  ]
  /// The same for nats saved: light to strong green.
  private static let savings: [(from: Double, color: Int)] = [(0.05, 194), (0.5, 157), (2, 84)]
  /// The same for nats lost: light to strong red.
  private static let costs: [(from: Double, color: Int)] = [(0.05, 224), (0.5, 217), (2, 203)]

  /// Of a token by -log p; `nil` below a nat.
  static func surprise(_ nats: Double) -> Int? { surprises.last { nats >= $0.from }?.color }

  /// Of a token by the nats memory saved on it; `nil` for hardly any.
  static func change(_ saved: Double) -> Int? {
    (saved < 0 ? costs : savings).last { saved.magnitude >= $0.from }?.color
  }

  /// What the colours mean, in a line.
  static func legend(of scale: Scale) -> String {
    switch scale {
    case .surprise: "surprise in nats:  " + swatches(surprises)
    case .change: "memory saved:  \(swatches(savings))  cost:  \(swatches(costs))"
    }
  }

  private static func swatches(_ steps: [(from: Double, color: Int)]) -> String {
    steps.map { step in
      let whole = step.from == step.from.rounded()
      return ColoredText.paint(
        " \(Figures.decimal(step.from, whole ? 0 : step.from < 0.1 ? 2 : 1))+ ", step.color)
    }.joined(separator: " ")
  }
}

/// Pieces of text with backgrounds, wrapped.
enum ColoredText {
  /// Dark letters on a background, so that it can be read on any terminal.
  static func paint(_ text: String, _ color: Int?) -> String {
    guard let color, !text.isEmpty else { return text }
    return "\u{1B}[38;5;16;48;5;\(color)m\(text)\u{1B}[0m"
  }

  /// Lines of at most `columns` columns behind a prefix. Breaks stand before pieces that begin with white space, and after
  /// a newline, which is shown; a longer run of pieces is broken where it has to be.
  static func lines(
    _ pieces: [(text: String, color: Int?)], columns: Int, prefix: String
  ) -> [String] {
    let width = max(8, columns - prefix.count)
    var lines: [String] = []
    var line = ""
    var used = 0
    func close() {
      let lead = lines.isEmpty ? prefix : String(repeating: " ", count: prefix.count)
      lines.append(lead + line)
      (line, used) = ("", 0)
    }
    for (index, piece) in pieces.enumerated() {
      if used > 0, piece.text.first?.isWhitespace == true,
        used + wordWidth(pieces[index...]) > width
      {
        close()
      }
      var run = ""
      func flush() {
        line += paint(run, piece.color)
        run = ""
      }
      for character in piece.text {
        let shown = EscapedText.escaped(String(character))
        let wide = DisplayWidth.of(shown)
        if used > 0, used + wide > width {
          flush()
          close()
        }
        run += shown
        used += wide
        if character.isNewline {
          flush()
          close()
        }
      }
      flush()
    }
    if used > 0 { close() }
    return lines
  }

  /// Columns up to the next piece that begins with white space.
  private static func wordWidth(
    _ pieces: ArraySlice<(text: String, color: Int?)>
  ) -> Int {
    var width = 0
    for (index, piece) in pieces.enumerated() {
      if index > 0, piece.text.first?.isWhitespace == true { break }
      width += DisplayWidth.of(EscapedText.escaped(piece.text))
    }
    return width
  }
}
