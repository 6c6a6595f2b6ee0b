import Memory
import Tokenization
import Transformer

/// The rows of an empty line after what is remembered: a question that begins right after a text's last word is taken for the
/// text's continuation (SmolLM2 then answers 4 questions of 40 about a document, otherwise 28).
struct BorderRows {
  private static let border = "\n\n"
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
    let session = TransformerSession(model: context.model, contextLength: text.count)
    let positions = Set(known.count..<text.count)
    let (keys, values) = (
      TakenRows(layers: shape.layers, positions: positions),
      TakenRows(layers: shape.layers, positions: positions)
    )
    for layer in 0..<shape.layers {
      for (site, taken) in [(HookPoint.Site.k, keys), (.v, values)] {
        _ = session.hooks.read([.block(layer, site)]) { context, values in
          taken.add(values, layer: layer, context)
        }
      }
    }
    guard (try? session.forward(text, logits: .none)) != nil else { return nil }
    var sources = RowSources()
    for (place, token) in border.enumerated() {
      sources.append(token: token, journal: -1, place: place, isSpoken: false, surprisal: 0)
    }
    return RowBank(
      keys: EncodedRows(keys.rows, shape: shape, type: .f32),
      values: EncodedRows(values.rows, shape: shape, type: .f32), sources: sources)
  }
}
