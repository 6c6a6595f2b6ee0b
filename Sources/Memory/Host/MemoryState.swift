import ModelFiles

/// Everything a memory has learned, as one value: for /undo and /regen, and to try things out.
public struct MemorySnapshot: Sendable {
  let modules: [any Sendable]
  let journal: Journal?
  let tokensSeen: Int
  let carried: CarriedRow?
  let revision: Int
  let updated: Double
  let checkpoints: [MemoryCheckpoint]
  let staleFrom: Int?
}

/// The last committed position of a conversation: its key pairs with whatever token is committed next.
struct CarriedRow: Sendable, Equatable {
  let conversation: ByteString
  let raw: [[Float]]  // per key part [columns]
  let hidden: [Float]  // [width]
  let wasLearned: Bool  // whether the token at this position was itself learned
}
