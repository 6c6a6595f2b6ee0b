import Foundation

/// How often the last 1 to 4 tokens occurred in a store, and how many different tokens followed them (He et al. 2021).
///
/// Counted in hashed tables, so that a look-up costs next to nothing compared with a search; two n-grams that share a
/// slot share their counts. Derived data, not state: a function of the store's entries, rebuilt when they change other
/// than by growing.
struct SuccessorCounts {
  static let orders = 4

  private let mask: Int
  private var frequencies: [UInt32]
  private var fertilities: [UInt32]
  private var seen: [UInt64]
  private(set) var counted = 0
  private var context: [Int32] = []  // of the next entry, newest last

  /// Entries it can count before it fills up and has to be made larger.
  private let capacity: Int

  /// Counts the entries of a store.
  init(_ store: NeighborStore) {
    var slots = 1 << 14
    while slots < 4 * store.count, slots < 1 << 22 { slots *= 2 }
    capacity = slots == 1 << 22 ? .max : slots / 2
    mask = slots - 1
    frequencies = [UInt32](repeating: 0, count: slots * Self.orders)
    fertilities = frequencies
    seen = [UInt64](repeating: 0, count: slots * Self.orders / 8)
    extend(store)
  }

  /// Whether the tables have room for all entries of a store.
  func holds(_ store: NeighborStore) -> Bool { store.count <= capacity }

  /// Counts the entries added since.
  mutating func extend(_ store: NeighborStore) {
    for entry in counted..<max(counted, store.count) {
      guard let token = store.token(of: entry) else {
        context.removeAll()
        continue
      }
      if !store.follows(entry) { context.removeAll() }
      for order in 1...Self.orders where order <= context.count {
        let hash = Self.hash(context.suffix(order))
        let slot = (order - 1) * (mask + 1) + Int(truncatingIfNeeded: hash) & mask
        frequencies[slot] &+= 1
        let pair = Self.mix(hash ^ UInt64(UInt32(bitPattern: token)))
        let bit = (order - 1) * (mask + 1) * 8 + Int(truncatingIfNeeded: pair) & (mask * 8 + 7)
        if seen[bit / 64] & (1 << (bit % 64)) == 0 {
          seen[bit / 64] |= 1 << (bit % 64)
          fertilities[slot] &+= 1
        }
      }
      context.append(token)
      if context.count > Self.orders { context.removeFirst() }
    }
    counted = max(counted, store.count)
  }

  /// log(1 + frequency) of the last 1...4 tokens, then log(1 + fertility); 0 where there are fewer tokens.
  func features(_ text: ArraySlice<Int32>) -> [Float] {
    var values = [Float](repeating: 0, count: 2 * Self.orders)
    for order in 1...Self.orders where order <= text.count {
      let hash = Self.hash(text.suffix(order))
      let slot = (order - 1) * (mask + 1) + Int(truncatingIfNeeded: hash) & mask
      values[order - 1] = log(1 + Float(frequencies[slot]))
      values[Self.orders + order - 1] = log(1 + Float(fertilities[slot]))
    }
    return values
  }

  private static func hash(_ tokens: ArraySlice<Int32>) -> UInt64 {
    tokens.reduce(UInt64(tokens.count)) { mix($0 ^ UInt64(UInt32(bitPattern: $1))) }
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    let (high, low) = (value ^ 0xa076_1d64_78bd_642f).multipliedFullWidth(
      by: 0xe703_7ed1_a0b4_28db)
    return high ^ low
  }
}
