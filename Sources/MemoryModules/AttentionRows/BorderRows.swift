import Memory
import Tokenization
import Transformer

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
    let text = known + border
    guard text.count <= context.model.configuration.contextLength else { return nil }
    let points = [HookPoint.Site.k, .v].flatMap { site in
      (0..<shape.layers).map { HookPoint.block($0, site) }
    }
    let recorder = ActivationRecorder(
      model: context.model, points: points, contextLength: text.count)
    guard let rows = try? recorder.record(text) else { return nil }
    let tables = rows.map { Array($0.suffix(border.count * shape.columns)) }
    var sources = RowSources()
    for (place, token) in border.enumerated() {
      sources.append(token: token, journal: -1, place: place, isSpoken: false, surprisal: 0)
    }
    return RowBank(
      keys: EncodedRows(Array(tables[..<shape.layers]), shape: shape, type: .f32),
      values: EncodedRows(Array(tables[shape.layers...]), shape: shape, type: .f32),
      sources: sources)
  }
}
