import Memory
import Tokenization

/// The rows of an empty line after what is remembered: a question that begins right after a text's last word is taken for the
/// text's continuation (SmolLM2 then answers 4 questions of 40 about a document, otherwise 28).
struct BorderRows {
  static let border = "\n\n"
  /// Tokens before the border that it is read after.
  private static let context = 32

  let context: ModuleContext
  let shape: RowShape

  /// The rows after the last of some tokens; nil for a model without a tokenizer.
  func after(_ tokens: some BidirectionalCollection<Int32>) -> RowBank? {
    let known = Array(tokens.suffix(Self.context).filter { $0 >= 0 })
    guard
      let border = context.tokenizer?.encode(Self.border, addBOS: false, parseSpecial: false),
      !border.isEmpty, !known.isEmpty
    else { return nil }
    return RowBank(reading: border, after: known, context, shape)
  }
}
