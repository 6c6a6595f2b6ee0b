package import Memory
package import ModelFiles
import Tensors

/// A memory network over slots: each holds a key, and what it stands for.
///
/// Its read is an end-to-end memory network with the identity as its embeddings: m = c = the whitened key. A question meets all
/// slots at once, and of two with one key the newer counts more (the paper's temporal encoding, here as a small step per slot).
package struct MemoryNetworkCell: AssociativeCell {
  package static let about = ModuleDescription(
    kind: "memory-network", socket: .associative,
    summary: "slots that are read in hops, each beginning with what the last one found",
    paper: "End-to-end (arXiv 1503.08895) and key-value memory networks (1606.03126)",
    grows: true, readouts: [.text, .mixing])

  /// What a newer slot's score is above that of an older one with an equal key: all steps together stay below this, as a cosine.
  private static let newer: Float = 0.02

  private let columns: Int
  private let budget: Int
  private let beta: Float
  package private(set) var keys: [Float] = []  // [slots, columns]
  package private(set) var items: [Int32] = []  // [slots]

  package init(_ options: MemoryNetworkConfiguration, columns: Int) {
    self.columns = columns
    budget = options.budget
    beta = options.beta
  }

  package mutating func write(_ key: [Float], item: Int32) {
    keys += key
    items.append(item)
    // Dropped in pieces, so that a full memory does not move all of its keys for every token.
    guard items.count >= budget + max(1, budget / 8) else { return }
    let surplus = items.count - budget
    keys.removeFirst(surplus * columns)
    items.removeFirst(surplus)
  }

  /// The attention of the first hop, summed over the slots of an item. Further hops are taken where a question needs them
  /// (`SlotMemory.chained`).
  package func scores(_ key: [Float], among items: ItemCodes) -> [Float] {
    var scores = [Float](repeating: 0, count: items.items.count)
    guard !self.items.isEmpty else { return scores }
    for (slot, share) in attention(key).enumerated() {
      if let place = items.place(of: self.items[slot]) { scores[place] += share }
    }
    return scores
  }

  /// The attention of the first hop to each slot, [slots].
  package func attention(_ key: [Float]) -> [Float] {
    var attention = MemoryNetwork.scores(key, keys: keys)
    let step = Self.newer / Float(max(1, items.count))
    for slot in attention.indices {
      attention[slot] = beta * (attention[slot] + step * Float(slot))
    }
    LinearAlgebra.softmax(&attention, count: attention.count)
    return attention
  }

  package var stateBytes: Int { 4 * (keys.count + items.count) }

  package func save(_ name: String, into writer: inout SafetensorsWriter) {
    writer.add("\(name).keys", floats: keys, shape: [items.count, columns])
    writer.add("\(name).items", int32s: items, shape: [items.count])
  }

  package mutating func load(
    _ name: String, from file: SafetensorsFile
  ) throws(MemoryError) {
    do throws(ModelFileError) {
      items = try file.require("\(name).items").int32s()
      keys = try file.floats("\(name).keys", shape: [items.count, columns])
    } catch {
      throw .file(error)
    }
    guard keys.allSatisfy({ $0.magnitude <= 2 }), items.count < budget + max(1, budget / 8)
    else {
      throw Self.malformed(
        file, expected: "a key of length 1 and an item per slot, up to \(budget) slots")
    }
  }
}
