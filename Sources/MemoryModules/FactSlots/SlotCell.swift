public import Memory

/// Where the next fact goes in a memory of slots, and in which order they were filled: what tells a Neural Turing Machine from a
/// Differentiable Neural Computer once nothing is trained.
///
/// Weights are then 0 or 1, with which the published equations become rules about single slots. Contents are `FactSlotMemory`'s.
public protocol SlotCell: Sendable, Equatable {
  /// The kind of memory.
  static var about: ModuleDescription { get }
  /// What goes when all slots are full, for people.
  static var rule: String { get }

  /// All slots empty.
  ///
  /// - Parameter first: the slot that the first fact goes to.
  init(slots: Int, first: Int)

  /// The slot that the next fact goes to; what is in it goes.
  mutating func write() -> Int

  /// The slot that was filled right after, or before, another; nil where the order is not known.
  func neighbor(of slot: Int, _ direction: SequenceQuestion.Direction) -> Int?

  /// How many values tell a trained read head how to move.
  static var movements: Int { get }

  /// Where a trained read head points after a step, [slots].
  ///
  /// - Parameters:
  ///   - content: weights by content, [slots].
  ///   - before: where it pointed, [slots].
  ///   - said: what it is told, [movements].
  static func moved(content: [Float], before: [Float], said: [Float]) -> [Float]

  /// How much a slot is in use, 0 to 1.
  func usage(of slot: Int) -> Float

  /// What lasts, for a file: a row of whole numbers for each slot, all of one length.
  var table: [Int64] { get }

  /// The state of a table.
  ///
  /// - Returns: nil for one that no writes lead to.
  init?(slots: Int, table: [Int64])
}
