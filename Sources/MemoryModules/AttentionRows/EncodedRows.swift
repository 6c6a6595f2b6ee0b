public import Memory
import Tensors
package import Transformer

package import struct Foundation.Data

/// The type that remembered rows are stored as.
public enum RowType: String, ConfigurationChoice {
  case f32, f16
  /// A quarter of Float32; the head dimension has to be a multiple of 32.
  case q8_0

  var element: ElementType {
    switch self {
    case .f32: .f32
    case .f16: .f16
    case .q8_0: .q8_0
    }
  }

  /// A bound above the keys and values of any model that this type still holds; products of larger values with a query
  /// might not be finite.
  var largest: Float { self == .f32 ? 0x1p20 : 0x1p15 }
}

/// The heads that one token has in every block of a model.
package struct RowShape: Sendable, Equatable {
  package let layers: Int
  package let heads: Int
  package let dimension: Int

  /// Keys and values of a model.
  package init(keysOf model: TransformerConfiguration) {
    self.init(
      layers: model.layerCount, heads: model.keyValueHeadCount, dimension: model.headDimension)
  }

  /// Queries of a model.
  package init(queriesOf model: TransformerConfiguration) {
    self.init(layers: model.layerCount, heads: model.headCount, dimension: model.headDimension)
  }

  package init(layers: Int, heads: Int, dimension: Int) {
    self.layers = layers
    self.heads = heads
    self.dimension = dimension
  }

  /// Values of a row in one block.
  package var columns: Int { heads * dimension }
}

/// Keys, values or queries of some rows, as they are stored: [rows, blocks, heads, head dimension] elements of a type.
///
/// The bytes of a row lie together: rows are appended, dropped and taken from a mapped file without being decoded.
package struct EncodedRows: Sendable, Equatable {
  package let shape: RowShape
  package let type: RowType
  package private(set) var count = 0
  package private(set) var data = Data()

  /// No rows.
  package init(shape: RowShape, type: RowType) {
    self.shape = shape
    self.type = type
  }

  /// Rows from their bytes; nil where the number of bytes is another.
  package init?(shape: RowShape, type: RowType, count: Int, data: Data) {
    self.init(shape: shape, type: type)
    guard count >= 0, data.count == count * rowBytes else { return nil }
    self.count = count
    self.data = data
  }

  /// Encodes rows.
  ///
  /// - Parameter tables: per block [rows, heads x head dimension].
  package init(_ tables: [[Float]], shape: RowShape, type: RowType) {
    self.init(shape: shape, type: type)
    count = (tables.first?.count ?? 0) / shape.columns
    guard count > 0 else { return }
    let (count, rowBytes, blockBytes) = (count, rowBytes, blockBytes)
    var bytes = Data(count: count * rowBytes)
    bytes.withUnsafeMutableBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      for (layer, table) in tables.enumerated() {
        table.withUnsafeBufferPointer { table in
          guard let values = table.baseAddress else { return }
          for row in 0..<count {
            LinearAlgebra.encode(
              values + row * shape.columns, count: shape.columns, as: type.element,
              to: start + row * rowBytes + layer * blockBytes)
          }
        }
      }
    }
    data = bytes
  }

  /// Bytes of one row in one block.
  private var blockBytes: Int {
    shape.columns / type.element.blockSize * type.element.bytesPerBlock
  }
  /// Bytes of one row.
  package var rowBytes: Int { shape.layers * blockBytes }

  /// Appends rows of the same shape and type.
  package mutating func append(_ other: EncodedRows) {
    precondition(shape == other.shape && type == other.type, "rows of another kind")
    data.append(other.data)
    count += other.count
  }

  /// The rows of a range.
  package subscript(range: Range<Int>) -> EncodedRows {
    var part = self
    let start = data.startIndex
    part.data = Data(
      data[start + range.lowerBound * rowBytes..<start + range.upperBound * rowBytes])
    part.count = range.count
    return part
  }

  /// Some rows, in the order given.
  package func rows(_ kept: [Int]) -> EncodedRows {
    var part = EncodedRows(shape: shape, type: type)
    for row in kept {
      let start = data.startIndex + row * rowBytes
      part.data.append(data[start..<start + rowBytes])
    }
    part.count = kept.count
    return part
  }

  /// Some rows in one block, decoded: [rows, heads x head dimension].
  package func decoded(layer: Int, rows: [Int]) -> [Float] {
    let columns = shape.columns
    return [Float](unsafeUninitializedCapacity: rows.count * columns) { buffer, filled in
      data.withUnsafeBytes { bytes in
        guard let source = bytes.baseAddress, let target = buffer.baseAddress else { return }
        for (index, row) in rows.enumerated() {
          LinearAlgebra.decode(
            source + row * rowBytes + layer * blockBytes, as: type.element, count: columns,
            to: target + index * columns)
        }
      }
      filled = rows.count * columns
    }
  }

  /// All rows in one block, decoded.
  package func decoded(layer: Int) -> [Float] { decoded(layer: layer, rows: Array(0..<count)) }

  /// Whether every value is finite and within what the type is made for.
  package var isSound: Bool {
    (0..<shape.layers).allSatisfy { layer in
      decoded(layer: layer).allSatisfy { $0.magnitude <= type.largest }
    }
  }
}
