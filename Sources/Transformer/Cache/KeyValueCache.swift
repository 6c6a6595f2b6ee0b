import Foundation
import Tensors

/// The keys (after RoPE) and values of the tokens so far, contiguous per layer and head.
///
/// Capacity grows by doubling as tokens arrive: a file that claims a context of millions costs nothing until it is
/// used.
final class KeyValueCache {
  let headDimension: Int
  let type: CacheType
  /// Bytes of one head's key or value.
  let rowBytes: Int
  private let heads: Int
  private let layers: Int
  private var room = 0  // tokens per layer and head
  private var keyBlock: LargeBlock  // [layers, heads, room] rows
  private var valueBlock: LargeBlock  // [layers, heads, room] rows
  private var keys: UnsafeMutableRawPointer { keyBlock.start }
  private var values: UnsafeMutableRawPointer { valueBlock.start }

  init(configuration: TransformerConfiguration, type: CacheType) {
    headDimension = configuration.headDimension
    heads = configuration.keyValueHeadCount
    layers = configuration.layerCount
    self.type = type
    rowBytes = headDimension / type.element.blockSize * type.element.bytesPerBlock
    keyBlock = LargeBlock(0)
    valueBlock = LargeBlock(0)
  }

  private func offset(_ layer: Int, _ head: Int) -> Int {
    (layer * heads + head) * room * rowBytes
  }

  /// Makes room for `count` tokens in all, keeping the first `kept`.
  func reserve(_ count: Int, keeping kept: Int) {
    guard count > room else { return }
    let larger = max(64, count, 2 * room)
    keyBlock = moved(keyBlock, to: larger, keeping: kept)
    valueBlock = moved(valueBlock, to: larger, keeping: kept)
    room = larger
  }

  private func moved(
    _ old: LargeBlock, to larger: Int, keeping kept: Int
  ) -> LargeBlock {
    let segments = layers * heads
    let new = LargeBlock(segments * larger * rowBytes)
    for segment in 0..<segments {
      (new.start + segment * larger * rowBytes).copyMemory(
        from: old.start + segment * room * rowBytes, byteCount: kept * rowBytes)
    }
    return new
  }

  /// Stores the rows [count, heads * headDimension] of new tokens from `position` on.
  func store(
    layer: Int, position: Int, count: Int, keys newKeys: UnsafePointer<Float>,
    values newValues: UnsafePointer<Float>
  ) {
    precondition(position + count <= room, "rows stored without room")
    for head in 0..<heads {
      let start = offset(layer, head) + position * rowBytes
      for row in 0..<count {
        let source = (row * heads + head) * headDimension
        LinearAlgebra.encode(
          newKeys + source, count: headDimension, as: type.element,
          to: keys + start + row * rowBytes)
        LinearAlgebra.encode(
          newValues + source, count: headDimension, as: type.element,
          to: values + start + row * rowBytes)
      }
    }
  }

  /// Bytes of the keys, or of the values, of some tokens.
  private func byteCount(_ tokens: Int) -> Int { layers * heads * tokens * rowBytes }

  /// The first rows, [layers, heads, count].
  func rows(_ count: Int) -> (keys: Data, values: Data) {
    func copy(_ rows: UnsafeMutableRawPointer) -> Data {
      var data = Data(capacity: byteCount(count))
      for segment in 0..<layers * heads {
        data.append(
          (rows + segment * room * rowBytes).assumingMemoryBound(to: UInt8.self),
          count: count * rowBytes)
      }
      return data
    }
    return (copy(keys), copy(values))
  }

  /// Takes over the first rows; false where they are of another size.
  func restore(_ count: Int, keys newKeys: Data, values newValues: Data) -> Bool {
    guard newKeys.count == byteCount(count), newValues.count == byteCount(count) else {
      return false
    }
    reserve(count, keeping: 0)
    func put(_ data: Data, into rows: UnsafeMutableRawPointer) {
      data.withUnsafeBytes { bytes in
        guard let start = bytes.baseAddress else { return }
        for segment in 0..<layers * heads {
          (rows + segment * room * rowBytes).copyMemory(
            from: start + segment * count * rowBytes, byteCount: count * rowBytes)
        }
      }
    }
    put(newKeys, into: keys)
    put(newValues, into: values)
    return true
  }

  /// Scores of queries: y[t, j] = q[t] . key j, for the tokens of `range`.
  ///
  /// - Parameters:
  ///   - q: [count, headDimension] with rows `ldx` elements apart.
  ///   - y: [count, range.count] with rows `ldy` elements apart.
  func scores(
    layer: Int, head: Int, range: Range<Int>, of q: UnsafePointer<Float>, ldx: Int, count: Int,
    into y: UnsafeMutablePointer<Float>, ldy: Int
  ) {
    LinearAlgebra.rowProducts(
      keys + offset(layer, head) + range.lowerBound * rowBytes, as: type.element, q, ldx: ldx,
      count: count, into: y, ldy: ldy, rows: range.count, columns: headDimension)
  }

  /// Mixtures of values: y[t] = sum over j of p[t, j] value j, for the tokens of `range`, added to y when `accumulate`.
  ///
  /// - Parameters:
  ///   - p: [count, range.count] with rows `ldp` elements apart.
  ///   - y: [count, headDimension] with rows `ldy` elements apart.
  func mix(
    layer: Int, head: Int, range: Range<Int>, weights p: UnsafePointer<Float>, ldp: Int, count: Int,
    into y: UnsafeMutablePointer<Float>, ldy: Int, accumulate: Bool
  ) {
    LinearAlgebra.weightedSum(
      p, ldp: ldp, count: count,
      values: values + offset(layer, head) + range.lowerBound * rowBytes, as: type.element,
      n: range.count, columns: headDimension, into: y, ldy: ldy, accumulate: accumulate)
  }
}
