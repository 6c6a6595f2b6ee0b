import Memory

/// A memory a session has attached.
struct MemorySlot {
  /// Distinguishes slots for as long as the session lives.
  let id: Int
  var name: String
  var path: String?
  let isReadOnly: Bool
  let isNew: Bool
  let memory: DetachableMemory
  /// The hooks in the session; replaced when the memory visits another session and returns.
  var attachment: AttachedMemory
}
