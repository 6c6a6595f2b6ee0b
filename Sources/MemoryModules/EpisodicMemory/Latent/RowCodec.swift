package import Memory
import Tensors
import Transformer

/// Larimar's encoder and its decoder conditioning (arXiv 2403.11901, section 3) for a frozen model: a fact as a latent of
/// constant size, and the latent as key/value rows of every block.
///
/// Larimar trains its decoder to read one row per block that serves as key and value. A frozen model can only read rows
/// like its own: keys before RoPE and values of the fact's tokens. A token's keys and values in all blocks are its
/// features; the encoder maps them linearly to a code, the latent holds the codes of the fact's last `slots` tokens,
/// and the decoder maps them back to rows, at positions before the conversation. `Tools/train/adapter/episodic.py`
/// trains both through the frozen model.
///
/// | tensor | shape |
/// |---|---|
/// | `rows.encoder` | [features, code columns] |
/// | `rows.decoder` | [code columns, features] |
/// | `rows.mean` | [features] |
///
/// with features = blocks x 2 x key/value columns: block 0's keys, its values, block 1's keys and so on.
package struct RowCodec: Sendable {
  /// Tokens a latent can hold.
  package let slots: Int
  /// Values per token.
  package let columns: Int
  private let features: Int
  private let layers: Int
  private let encoder: [Float]
  private let decoder: [Float]
  private let mean: [Float]

  /// Root mean square from which on a code represents a token: trained codes have about 1, an empty slot 0.
  private static let present: Float = 0.25

  /// Values of a latent.
  package var latentColumns: Int { slots * columns }

  /// The codec of an adapter; nil when it has none.
  ///
  /// - Throws: `MemoryError.malformed` when its tensors do not fit the model or each other.
  package init?(
    _ tensors: [String: ParameterTensor], slots: Int, context: ModuleContext
  ) throws(MemoryError) {
    guard let encoder = tensors["rows.encoder"] else { return nil }
    let shape = context.model.configuration
    layers = shape.layerCount
    features = layers * 2 * shape.keyValueHeadCount * shape.headDimension
    columns = encoder.shape.last ?? 0
    self.slots = slots
    guard columns > 0, encoder.shape == [features, columns],
      let decoder = tensors["rows.decoder"], decoder.shape == [columns, features],
      let mean = tensors["rows.mean"], mean.shape == [features]
    else {
      throw .malformed(
        path: "the adapter",
        what: "the episodic memory's tensors rows.encoder, rows.decoder and rows.mean do not fit",
        expected: "[\(features), n], [n, \(features)] and [\(features)]")
    }
    self.encoder = encoder.values
    self.decoder = decoder.values
    self.mean = mean.values
  }

  /// The latent of a fact, [slots, columns], its last token last; tokens before the last `slots` are cut.
  package func encode(_ rows: FactRows) -> [Float] {
    let count = min(slots, rows.count)
    let part = features / (2 * layers)
    var table: [Float] = []  // [count, features]
    table.reserveCapacity(count * features)
    for row in rows.count - count..<rows.count {
      for layer in 0..<layers {
        table += rows.keys[layer][row * part..<(row + 1) * part]
        table += rows.values[layer][row * part..<(row + 1) * part]
      }
    }
    for index in table.indices { table[index] -= mean[index % features] }
    return [Float](repeating: 0, count: (slots - count) * columns)
      + LinearAlgebra.product(table, encoder, m: count, n: columns, k: features)
  }

  /// The rows of a latent; empty slots have none.
  package func decode(_ latent: [Float]) -> FactRows {
    let part = features / (2 * layers)
    let held = (0..<slots).filter { slot in
      let code = latent[slot * columns..<(slot + 1) * columns]
      let square = code.reduce(0) { $0 + $1 * $1 } / Float(columns)
      return square.isFinite && square >= Self.present * Self.present
    }
    let codes = held.flatMap { latent[$0 * columns..<($0 + 1) * columns] }
    var table = LinearAlgebra.product(codes, decoder, m: held.count, n: features, k: columns)
    for index in table.indices { table[index] += mean[index % features] }
    func rows(_ number: Int) -> [Float] {
      held.indices.flatMap { row in
        let start = row * features + number * part
        return table[start..<start + part]
      }
    }
    return FactRows(
      keys: (0..<layers).map { rows(2 * $0) }, values: (0..<layers).map { rows(2 * $0 + 1) },
      positions: held.map { $0 - slots })
  }
}
