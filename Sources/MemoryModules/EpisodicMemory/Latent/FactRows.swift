package import Memory
import Tokenization
package import Transformer

/// The keys before RoPE and the values of some tokens in every block of the plain model.
package struct FactRows {
  /// Per block [count, key/value columns].
  package var keys: [[Float]]
  package var values: [[Float]]
  /// Per row its position relative to the conversation; -1 is directly before it.
  package var positions: [Int]

  package var count: Int { positions.count }

  init(keys: [[Float]], values: [[Float]], positions: [Int]) {
    self.keys = keys
    self.values = values
    self.positions = positions
  }

  /// Passes a fact through the plain model after the begin of sequence; nil when it does not fit.
  package init?(_ tokens: [Int32], context: ModuleContext) {
    let session = TransformerSession(model: context.model)
    let count = context.model.configuration.layerCount
    let recorder = Recorder(count)
    let handles = (0..<count).map { layer in
      session.hooks.read([.block(layer, .k), .block(layer, .v)]) { hook, span in
        let rows = (0..<span.count).map { span[$0] }
        if hook.point.site == .k {
          recorder.keys[layer] += rows
        } else {
          recorder.values[layer] += rows
        }
      }
    }
    defer { for handle in handles { handle.remove() } }
    let start = context.tokenizer?.special.bos.map { [$0] } ?? []
    guard (try? session.forward(start + tokens, logits: .none)) != nil else { return nil }
    let skipped = start.count
    func trimmed(_ rows: [Float]) -> [Float] {
      Array(rows.dropFirst(skipped * rows.count / (skipped + tokens.count)))
    }
    keys = recorder.keys.map(trimmed)
    values = recorder.values.map(trimmed)
    positions = (0..<tokens.count).map { $0 - tokens.count }
  }

  /// The same rows, further back.
  func moved(back distance: Int) -> FactRows {
    FactRows(keys: keys, values: values, positions: positions.map { $0 - distance })
  }

  /// The rows of several facts for attention, one element per block; empty without facts.
  package static func joined(_ facts: [FactRows], layers: Int, visibleFrom: Int)
    -> [ExtraKeyValues?]
  {
    let total = facts.reduce(0) { $0 + $1.count }
    guard total > 0 else { return [] }
    let positions = facts.flatMap(\.positions)
    return (0..<layers).map { layer in
      var rows = ExtraKeyValues(
        count: total, keys: facts.flatMap { $0.keys[layer] },
        values: facts.flatMap { $0.values[layer] }, positions: positions)
      rows?.visibleFrom = visibleFrom
      rows?.identity = RowIdentity()
      return rows
    }
  }

  private final class Recorder {
    var keys: [[Float]]
    var values: [[Float]]
    init(_ count: Int) {
      keys = [[Float]](repeating: [], count: count)
      values = keys
    }
  }
}
