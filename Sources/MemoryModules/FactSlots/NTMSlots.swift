public import Memory

/// The slots of a Neural Turing Machine: a write head that moves on by one slot for every fact, round and round.
///
/// It is the NTM's addressing by place with interpolation gate 0, shift (0, 0, 1) and weights that point at one row: each shift
/// is a step on the ring (arXiv 1410.5401, equation 8).
public struct NTMSlots: SlotCell {
  public static let about = ModuleDescription(
    kind: "ntm", socket: .associative,
    summary: "a Neural Turing Machine's memory: a ring of slots, found by content and by place",
    paper: "Neural Turing Machines (arXiv 1410.5401)", grows: true, readouts: [.text, .mixing])
  public static let rule = "the head writes over the oldest slot"

  private let slots: Int
  /// Where the head points: the slot it wrote last; nil before the first.
  private var head: Int?
  private let first: Int
  /// How many slots hold something.
  private var held = 0

  public init(slots: Int, first: Int) {
    self.slots = slots
    self.first = first % slots
  }

  public mutating func write() -> Int {
    let next = head.map { ($0 + 1) % slots } ?? first
    head = next
    held = min(slots, held + 1)
    return next
  }

  public func neighbor(of slot: Int, _ direction: SequenceQuestion.Direction) -> Int? {
    guard let head, isHeld(slot) else { return nil }
    switch direction {
    case .after: return slot == head ? nil : (slot + 1) % slots
    case .before:
      let before = (slot + slots - 1) % slots
      return before != head && isHeld(before) ? before : nil
    }
  }

  public func usage(of slot: Int) -> Float { isHeld(slot) ? 1 : 0 }

  private func isHeld(_ slot: Int) -> Bool {
    guard let head, (0..<slots).contains(slot) else { return false }
    return (head + slots - slot) % slots < held
  }

  public var table: [Int64] { [Int64(head ?? -1), Int64(held), Int64(first)] }

  public init?(slots: Int, table: [Int64]) {
    guard table.count == 3, (-1..<Int64(slots)).contains(table[0]),
      (0...Int64(slots)).contains(table[1]), (0..<Int64(slots)).contains(table[2]),
      (table[0] < 0) == (table[1] == 0)
    else { return nil }
    self.init(slots: slots, first: Int(table[2]))
    head = table[0] < 0 ? nil : Int(table[0])
    held = Int(table[1])
  }
}
