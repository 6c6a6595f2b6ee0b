import Memory
import ModelFiles

/// A memory a session has attached.
struct MemorySlot {
  /// Unique within the session.
  let id: Int
  var name: String
  var path: String?
  let isReadOnly: Bool
  let isNew: Bool
  let memory: DetachableMemory
  /// The attachment to the session; replaced after the memory was attached to another session for a while.
  var attachment: AttachedMemory

  /// Whether it has this name, byte by byte.
  func isNamed(_ name: String) -> Bool { ByteString(self.name) == ByteString(name) }

  /// Whether this is the path of its file as it was given, byte by byte.
  func isAt(_ path: String) -> Bool { self.path.map(ByteString.init(_:)) == ByteString(path) }
}
