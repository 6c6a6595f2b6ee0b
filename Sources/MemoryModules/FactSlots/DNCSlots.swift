public import Memory

/// The slots of a Differentiable Neural Computer: each fact goes to the slot that is least in use, and temporal links say which
/// was told after which.
///
/// Write gate and allocation gate are 1. When no slot is free, a read head with its free gate open stands at the one nothing was
/// told before, which is thereby freed and erased (Nature 538:471, methods; arXiv 1904.10278).
public struct DNCSlots: SlotCell {
  public static let about = ModuleDescription(
    kind: "dnc", socket: .associative,
    summary:
      "a Differentiable Neural Computer's memory: allocated slots, linked in the order they were told",
    paper: "Hybrid computing using a neural network with dynamic external memory (Nature 538:471)",
    grows: true, readouts: [.text, .mixing])
  public static let rule = "the slot nothing was told before is freed"

  private let slots: Int
  private let first: Int
  /// [slots].
  private var usage: [Float]
  private var links = SparseLinks()
  /// Slots in the order in which they were filled; the least linked is the first.
  private var order: [Int] = []

  public init(slots: Int, first: Int) {
    self.slots = slots
    self.first = first % slots
    usage = [Float](repeating: 0, count: slots)
  }

  public mutating func write() -> Int {
    if order.count == slots {
      // psi = 1 - f w = 0 for the slot the head reads.
      usage[order.removeFirst()] = 0
    }
    let slot = free()
    links.write([slot: 1])
    usage[slot] = 1
    order.append(slot)
    return slot
  }

  /// The slot with the largest allocation weight. All that are free have the same usage: the first of them, counted from where
  /// the first fact went.
  private func free() -> Int {
    let turned = (0..<slots).map { usage[($0 + first) % slots] }
    let allocation = DNCAddressing.allocation(turned)
    let largest = allocation.indices.max { (allocation[$0], $1) < (allocation[$1], $0) } ?? 0
    return (largest + first) % slots
  }

  public func neighbor(of slot: Int, _ direction: SequenceQuestion.Direction) -> Int? {
    let found = direction == .after ? links.forward([slot: 1]) : links.backward([slot: 1])
    return found.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
  }

  public func usage(of slot: Int) -> Float { usage.indices.contains(slot) ? usage[slot] : 0 }

  /// Of each slot in the order of filling: its number, and that of the one it is linked to, -1 for none. The first row holds
  /// where the first fact went.
  public var table: [Int64] {
    [Int64(first), -1]
      + order.flatMap { [Int64($0), Int64(neighbor(of: $0, .before) ?? -1)] }
  }

  public init?(slots: Int, table: [Int64]) {
    guard table.count >= 2, table.count % 2 == 0, table.count / 2 <= slots + 1,
      (0..<Int64(slots)).contains(table[0])
    else { return nil }
    self.init(slots: slots, first: Int(table[0]))
    let rows = stride(from: 2, to: table.count, by: 2).map { (table[$0], table[$0 + 1]) }
    guard Set(rows.map(\.0)).count == rows.count,
      rows.allSatisfy({ (0..<Int64(slots)).contains($0.0) && (-1..<Int64(slots)).contains($0.1) })
    else { return nil }
    for (slot, before) in rows {
      usage[Int(slot)] = 1
      order.append(Int(slot))
      // Links lead from one that is held to the one before it.
      guard before < 0 || order.dropLast().last == Int(before) else { return nil }
    }
    let found = rows.filter { $0.1 >= 0 }.map {
      (row: Int($0.0), before: Int($0.1), weight: Float(1))
    }
    links = SparseLinks(links: found, precedence: order.last.map { [$0: 1] } ?? [:])
  }
}
