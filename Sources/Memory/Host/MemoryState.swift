import ModelFiles

/// The part of a memory's state that its modules do not own: the value that commits and forgetting change.
struct MemoryState: Sendable {
  /// The journal of everything that was read; nil when the memory keeps none.
  var journal: Journal?
  /// Tokens committed, learned or not.
  var tokensSeen = 0
  /// The last committed position of the current conversation.
  var carried: CarriedRow?
  /// States of the modules that cannot subtract, from which a replay may begin, oldest first.
  var checkpoints: [MemoryCheckpoint] = []
  /// The first record of the journal after a replaced fact that modules without subtraction still contain; nil when
  /// every module's state matches the journal.
  var staleFrom: Int?
  /// The number of the last change that was no commit (`DetachableMemory.changeOtherwise`); not stored.
  var epoch = 0
  /// Seconds since 1970.
  var created: Double
  /// Seconds since 1970; moves when something is learned.
  var updated: Double
}

/// The complete state of a memory as one value: for `/undo`, `/regen` and trial runs.
public struct MemorySnapshot: Sendable {
  let modules: [any Sendable]
  let state: MemoryState
  let revision: Int
}

/// The last committed position of a conversation: its key pairs with whatever token is committed next.
struct CarriedRow: Sendable, Equatable {
  let conversation: ByteString
  let raw: [[Float]]  // per key part [columns]
  let hidden: [Float]  // [width]
  let wasLearned: Bool  // whether the token at this position was itself learned
}
