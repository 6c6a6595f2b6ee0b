import Tensors

/// The words that stand for items in a memory that superposes what is written: a fixed random code of signs for each item, and
/// the items that were written, among which a noisy code is decoded.
///
/// Random codes of 256 signs are nearly orthogonal: two agree in 128 places, give or take 8.
package struct ItemCodes: Sendable {
  /// Signs of a code.
  package static let width = 256

  /// The items, in the order in which they came, each once.
  package private(set) var items: [Int32] = []
  /// How often each was written, [items].
  package private(set) var counts: [Int32] = []
  private var places: [Int32: Int] = [:]
  private var codes: [Float] = []  // [items, width], each of length 1

  /// No items.
  package init() {}

  /// Some items, each with how often it was written; once without counts.
  package init(_ items: [Int32], counts: [Int32]? = nil) {
    for item in items { insert(item) }
    if let counts, counts.count == self.items.count { self.counts = counts }
  }

  package var isEmpty: Bool { items.isEmpty }

  /// Adds an item that was written.
  package mutating func insert(_ item: Int32) {
    if let place = places[item] {
      if counts[place] < .max { counts[place] += 1 }
      return
    }
    counts.append(1)
    places[item] = items.count
    items.append(item)
    codes += Self.code(of: item)
  }

  /// The place of an item.
  package func place(of item: Int32) -> Int? { places[item] }

  /// The signs of an item's code as bits, 1 for plus, [width / 64].
  package static func bits(of item: Int32) -> [UInt64] {
    var generator = generator(of: item)
    return (0..<width / 64).map { _ in generator.next() }
  }

  private static func generator(of item: Int32) -> SplitMix64 {
    SplitMix64(seed: UInt64(UInt32(bitPattern: item)) ^ 0x5d31_c0de_0000_0000)
  }

  /// The code of an item: signs, scaled to length 1, [width].
  package static func code(of item: Int32) -> [Float] {
    var generator = generator(of: item)
    return generator.signs(width, scale: 1 / Float(width).squareRoot())
  }

  /// The dot product of a noisy code, [width], and that of every item, [items].
  package func products(_ noisy: [Float]) -> [Float] {
    let count = items.count
    return [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      if let start = buffer.baseAddress {
        LinearAlgebra.gemv(codes, noisy, start, rows: count, columns: Self.width)
      }
      filled = count
    }
  }
}
