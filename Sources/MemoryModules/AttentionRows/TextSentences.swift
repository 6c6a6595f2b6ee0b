import Memory

/// The sentences of a text of tokens.
struct TextSentences {
  /// Tokens of the longest; what is longer is cut.
  private static let longest = 48
  /// Tokens of the shortest.
  private static let shortest = 3

  let ranges: [Range<Int>]

  init(_ text: [Int32], _ context: ModuleContext) {
    var result: [Range<Int>] = []
    var start = 0
    // A large memory is looked through for every question.
    var marks = SentenceMarks(context)
    for (index, token) in text.enumerated() {
      let ends = marks.ends(token) || index + 1 - start >= Self.longest
      guard ends || index + 1 == text.count else { continue }
      if index + 1 - start >= Self.shortest { result.append(start..<index + 1) }
      start = index + 1
    }
    ranges = result
  }
}
