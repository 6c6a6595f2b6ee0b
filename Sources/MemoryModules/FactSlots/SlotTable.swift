import Memory
import Tensors

/// The memory matrix M of a machine of slots, what each slot holds, and the cell that decides where the next thing goes.
///
/// With all weights 0 or 1 a write is M <- M (1 - w eᵀ) + w vᵀ with e = 1 and one weight of 1; a read is by content, softmax(strength
/// cosine) over all rows, of which the largest are kept (Rae et al., arXiv 1610.09027).
package struct SlotTable<Cell: SlotCell>: Sendable, Equatable {
  /// Values of a key.
  let columns: Int
  /// Where things go.
  var cell: Cell
  /// The number of what each slot holds; nil for an empty one.
  package var items: [Int?] = []
  /// The keys, [slots, columns]; zero for an empty one.
  var memory: [Float] = []
  /// What has a slot, in the order in which it was written.
  var order: [Int] = []
  /// Tokens of facts that went because all slots were full.
  var dropped = 0

  /// An empty table.
  ///
  /// - Parameter first: the slot that the first thing goes to.
  package init(slots: Int, columns: Int, first: Int = 0) {
    self.init(cell: Cell(slots: slots, first: first), columns: columns)
  }

  init(cell: Cell, columns: Int) {
    self.cell = cell
    self.columns = columns
  }

  /// The slot of each thing.
  var slotOfItem: [Int: Int] {
    items.enumerated().reduce(into: [:]) { slots, entry in
      if let item = entry.element { slots[item] = entry.offset }
    }
  }

  package var stateBytes: Int { order.count * (4 * columns + 24) }

  /// The key in a slot, [columns]; empty where there is none.
  func row(of slot: Int?) -> ArraySlice<Float> {
    guard let slot else { return [] }
    return memory[slot * columns..<(slot + 1) * columns]
  }

  /// Writes a thing to the slot that the cell chooses.
  ///
  /// - Parameter key: of length 1, or zero; [columns].
  /// - Returns: what was there.
  @discardableResult
  package mutating func place(_ item: Int, _ key: some Collection<Float>) -> Int? {
    let slot = cell.write()
    let missing = slot + 1 - items.count
    if missing > 0 {
      items += [Int?](repeating: nil, count: missing)
      memory += [Float](repeating: 0, count: missing * columns)
    }
    let old = items[slot]
    items[slot] = item
    memory.replaceSubrange(slot * columns..<(slot + 1) * columns, with: key)
    order.removeAll { $0 == old }
    order.append(item)
    return old
  }

  /// Writes a thing over the one whose key is the same, found by content; where there is none, to the slot that the cell
  /// chooses.
  package mutating func write(_ item: Int, _ key: some Collection<Float>) {
    guard let found = addressed(key, strength: 1, reads: 1).first?.slot,
      zip(row(of: found), key).allSatisfy({ abs($0 - $1) < 1e-4 }), let old = items[found]
    else {
      place(item, key)
      return
    }
    items[found] = item
    order.removeAll { $0 == old }
    order.append(item)
  }

  /// The slots with the largest content weights for a key, largest first.
  package func addressed(
    _ key: some Collection<Float>, strength: Float, reads: Int
  ) -> [(slot: Int, weight: Float)] {
    let held = items.indices.filter { items[$0] != nil }
    guard !held.isEmpty else { return [] }
    let key = Array(key)
    var weights = memory.withUnsafeBufferPointer { memory in
      held.map { slot in
        memory.baseAddress.map {
          strength * LinearAlgebra.dot($0 + slot * columns, key, count: columns)
        } ?? 0
      }
    }
    _ = LinearAlgebra.softmax(&weights, count: weights.count)
    let best = weights.indices.sorted { (weights[$0], $0) > (weights[$1], $1) }
    return best.prefix(reads).map { (held[$0], weights[$0]) }
  }
}
