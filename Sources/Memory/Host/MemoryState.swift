import ModelFiles

/// What a memory has read and learned, beside the states of its modules: the value that commits and forgetting change.
struct MemoryState: Sendable {
  /// What was read; nil when the memory keeps none.
  var journal: Journal?
  /// Tokens committed, learned or not.
  var tokensSeen = 0
  /// The last committed position of the conversation under way.
  var carried: CarriedRow?
  /// States of the modules that cannot subtract, from which a replay may begin, oldest first.
  var checkpoints: [MemoryCheckpoint] = []
  /// The first record of the journal after something that was replaced and not yet taken out of the modules that cannot
  /// subtract; nil when the modules hold what the journal says and nothing else.
  var staleFrom: Int?
  /// Seconds since 1970.
  var created: Double
  /// Seconds since 1970; moves when something is learned.
  var updated: Double
}

/// Everything a memory has learned, as one value: for /undo and /regen, and to try things out.
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
