import Memory
import Tokenization
import Transformer

/// The queries that ask a text for all it says: those of the model while it reads the text a second time, with the first time before
/// it (Attention Matching's "repeat prefill").
struct ReferencePass {
  private static let instruction = "\n\nRepeat the text above, word for word:\n\n"

  let context: ModuleContext

  /// The longest text that fits into the model's context twice.
  var longest: Int { max(1, (context.model.configuration.contextLength - 64) / 2) }

  /// The queries before RoPE and their positions; the text itself begins at position 0.
  ///
  /// - Parameters:
  ///   - tokens: the text.
  ///   - stride: every so many of its tokens ask.
  /// - Returns: per block [positions, query heads x head dimension]; nil where the text cannot be read again, because a token is not
  ///   known or it is too long.
  func queries(of tokens: [Int32], stride step: Int) -> (rows: [[Float]], positions: [Int])? {
    let instruction =
      context.tokenizer?.encode(Self.instruction, addBOS: false, parseSpecial: false) ?? []
    let text = tokens + instruction + tokens
    let model = context.model
    guard text.count <= model.configuration.contextLength else { return nil }
    let first = text.count - tokens.count
    let positions = Array(Swift.stride(from: first + step / 2, to: text.count, by: step))
    let session = TransformerSession(model: model)
    let layers = model.configuration.layerCount
    let taken = TakenRows(layers: layers, positions: Set(positions))
    for layer in 0..<layers {
      _ = session.hooks.read([.block(layer, .q)]) { context, values in
        taken.add(values, layer: layer, context)
      }
    }
    guard (try? session.forward(text, logits: .none)) != nil else { return nil }
    return (taken.rows, positions)
  }
}

/// The rows of some positions at one site of every block.
final class TakenRows {
  private(set) var rows: [[Float]]  // per block [positions, columns]
  private let positions: Set<Int>

  init(layers: Int, positions: Set<Int>) {
    rows = [[Float]](repeating: [], count: layers)
    self.positions = positions
  }

  func add(_ values: Span<Float>, layer: Int, _ context: HookContext) {
    values.withUnsafeBufferPointer { values in
      for (row, position) in context.positions.enumerated() where positions.contains(position) {
        rows[layer] += values[row * context.columns..<(row + 1) * context.columns]
      }
    }
  }
}
