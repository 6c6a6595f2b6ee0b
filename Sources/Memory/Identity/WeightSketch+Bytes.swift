import Foundation
import Tensors

extension WeightSketch {
  /// The version of this sampling and encoding scheme; others are not read.
  private static let scheme: UInt8 = 1

  /// Scheme, blocks per matrix and number of matrices; then per matrix ggml's number of its type and its blocks: step and
  /// values as little-endian Float16.
  var bytes: Data {
    let count = matrices.first?.blocks.count ?? 0
    var data = Data([Self.scheme, UInt8(clamping: count)])
    data.append(UInt16(clamping: matrices.count))
    for matrix in matrices {
      data.append(UInt8(clamping: matrix.type.rawValue))
      for block in matrix.blocks {
        for value in [block.step] + block.values { data.append(Float16(value).bitPattern) }
      }
    }
    return data
  }

  /// Reads what `bytes` wrote; nil when lengths, types or values are invalid.
  init?(bytes data: Data) {
    let data = [UInt8](data)
    guard data.count >= 4, data[0] == Self.scheme else { return nil }
    let (blocks, count) = (Int(data[1]), Int(data[2]) | Int(data[3]) << 8)
    let perBlock = (Self.valuesPerBlock + 1) * 2
    guard (1...Self.mostBlocks).contains(blocks), (1...Self.mostMatrices).contains(count),
      data.count == 4 + count * (1 + blocks * perBlock)
    else { return nil }
    var place = 4
    func half() -> Float? {
      defer { place += 2 }
      let value = Float(Float16(bitPattern: UInt16(data[place]) | UInt16(data[place + 1]) << 8))
      return value.isFinite ? value : nil
    }
    matrices = []
    for _ in 0..<count {
      guard let type = ElementType(rawValue: UInt32(data[place])) else { return nil }
      place += 1
      var matrix = Matrix(type: type, blocks: [])
      for _ in 0..<blocks {
        guard let step = half(), step >= 0 else { return nil }
        var values: [Float] = []
        for _ in 0..<Self.valuesPerBlock {
          guard let value = half() else { return nil }
          values.append(value)
        }
        matrix.blocks.append(Block(step: step, values: values))
      }
      matrices.append(matrix)
    }
  }
}

extension Data {
  fileprivate mutating func append(_ number: UInt16) {
    append(UInt8(truncatingIfNeeded: number))
    append(UInt8(number >> 8))
  }
}
