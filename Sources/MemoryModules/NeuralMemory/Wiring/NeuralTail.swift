import ModelFiles
import Tensors

/// The activations of the last committed positions, which the convolutions of the next ones reach back to: part of the
/// state, so that a conversation goes on after its memory was detached or saved.
package struct NeuralTail: Sendable, Equatable {
  /// The position after the last.
  package let end: Int
  /// The tokens at those positions; they tell whether a session holds the text the tail belongs to.
  package let tokens: [Int32]
  /// [tokens, width]
  package let rows: [Float]

  /// Whether a session that holds some tokens holds the text the tail belongs to.
  func fits(_ text: some RandomAccessCollection<Int32>) -> Bool {
    guard end <= text.count else { return false }
    return text.dropFirst(end - tokens.count).prefix(tokens.count).elementsEqual(tokens)
  }

  /// The row of a position, [width]; nil where it holds none.
  func row(at position: Int, width: Int) -> [Float]? {
    let index = tokens.count - (end - position)
    guard position < end, index >= 0 else { return nil }
    return Array(rows[index * width..<(index + 1) * width])
  }

  /// The rows right before a position, at most `most` of them, [rows, width].
  func rows(before position: Int, most: Int, width: Int) -> [Float] {
    let index = tokens.count - (end - position)
    guard position <= end, index > 0, most > 0 else { return [] }
    return Array(rows[max(0, index - most) * width..<index * width])
  }

  func save(as name: String, into writer: inout SafetensorsWriter) {
    writer.add("\(name).end", int64s: [Int64(end)], shape: [1])
    writer.add("\(name).tokens", int32s: tokens, shape: [tokens.count])
    writer.add(
      "\(name).rows", floats: rows,
      shape: [tokens.count, tokens.isEmpty ? 0 : rows.count / tokens.count])
  }

  /// The tail a file holds; nil when it holds none.
  static func load(
    _ name: String, from file: SafetensorsFile, wiring: NeuralWiring
  ) throws(ModelFileError) -> NeuralTail? {
    guard let end = try file.tensor("\(name).end")?.int64s(), end.count == 1, end[0] >= 0,
      end[0] < 1 << 40
    else { return nil }
    let tokens = try file.require("\(name).tokens").int32s()
    let rows = try file.require("\(name).rows").floats()
    guard tokens.count <= wiring.reach, rows.count == tokens.count * wiring.width,
      Int64(tokens.count) <= end[0]
    else {
      throw .wrongTensor(
        path: file.path, name: "\(name).rows", found: "\(rows.count) values",
        expected: "\(wiring.width) for each of at most \(wiring.reach) tokens")
    }
    return NeuralTail(end: Int(end[0]), tokens: tokens, rows: rows)
  }
}
