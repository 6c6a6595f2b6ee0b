import Memory
import Tokenization

/// Which tokens end a sentence: those that hold a mark or a line break. Each token is decoded once.
struct SentenceMarks {
  private let tokenizer: (any Tokenizer)?
  private var known: [Int32: Bool] = [:]

  init(_ context: ModuleContext) { tokenizer = context.tokenizer }

  mutating func ends(_ token: Int32) -> Bool {
    if let known = known[token] { return known }
    let isMark = tokenizer?.decode([token]).contains { ".!?\n".contains($0) } ?? false
    known[token] = isMark
    return isMark
  }
}
