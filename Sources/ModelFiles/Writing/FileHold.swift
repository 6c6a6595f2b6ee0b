public import Foundation

/// A file this process reads and replaces, and what it knows to be in it.
///
/// Held for writing, no other process can hold it, from the first look at it to the last save. Nothing is ever written
/// over a file that is not the one last seen: whoever changed it without asking for the lock loses nothing. Not
/// thread-safe.
///
/// What a save does, in this order, and what a crash in between leaves:
/// 1. Left-overs of processes that died are removed: they may hold what was forgotten since.
/// 2. The new content goes to a temporary file and is synced. Whatever fails here changes nothing.
/// 3. Keeping history, the file gets a second name as the latest earlier version. Forgetting, every version is removed
///    instead: they hold what was forgotten, so that none may be there once the new file is. A crash here leaves the old
///    file, from which nothing was forgotten yet, and perhaps less to undo.
/// 4. The temporary file takes the name. From here on the new file loads.
/// 5. Keeping history, versions to redo and those that are too many go. A crash here leaves them until the next save.
///
/// Each step is on disk before the next begins.
public final class FileHold {
  /// What the user called it.
  public let path: String
  /// Whether other processes are kept away between saves.
  public private(set) var isForWriting: Bool
  private let target: String
  private var lock: FileLock?
  /// The file as it was seen last; nil when there was none.
  private var known: FileIdentity?

  /// Looks at the file; there may be none yet.
  ///
  /// - Parameter forWriting: keeps other processes away from now on, and clears away what dead ones left.
  /// - Throws: `ModelFileError.locked` when somebody else holds it, `.isDirectory`, `.unreadable`.
  public init(_ path: String, forWriting: Bool) throws(ModelFileError) {
    self.path = path
    isForWriting = forWriting
    target = try FilePlace.resolve(path)
    if forWriting {
      lock = try FileLock.acquire(target, path: path)
      AtomicFile.removeLeftovers(of: target)
    }
    known = lock?.identity ?? FileIdentity(path: target)
  }

  /// Whether there was a file when it was looked at last.
  public var exists: Bool { known != nil }

  /// Whether a path names this file.
  public func isHold(of path: String) -> Bool {
    ByteString(path) == ByteString(self.path)
      || (try? FilePlace.resolve(path)).map(ByteString.init(_:)) == ByteString(target)
  }

  /// Lets other processes have the file; what is known of it stays known.
  public func release() {
    isForWriting = false
    lock = nil
  }

  /// Replaces the content.
  ///
  /// A new file has mode 0600, an existing one keeps its own.
  ///
  /// - Parameter keepsHistory: whether the file as it was stays for undo; otherwise nothing of it stays.
  /// - Throws: `ModelFileError.changedOnDisk` when the file is another than the one seen last, `.locked`, `.isDirectory`,
  ///   `.unwritable` naming the step that failed. The file is then the old one unless that step is "sync the folder".
  public func replace(with data: Data, keepingHistory keepsHistory: Bool) throws(ModelFileError) {
    if lock == nil { lock = try FileLock.acquire(target, path: path) }
    defer { if !isForWriting { lock = nil } }
    try checkUnchanged()
    AtomicFile.removeLeftovers(of: target)
    let replacement = try AtomicFile.Replacement(of: path, permissions: 0o600)
    try replacement.append(data)
    try replacement.seal()
    if keepsHistory {
      try FileHistory.keep(target, as: .undo)
    } else {
      try FileHistory.drop(target)
    }
    do throws(ModelFileError) {
      try checkUnchanged()
      try replacement.publish(replacing: FileIdentity(path: target) != nil)
    } catch {
      try? FileHistory.dropSecondNames(of: target)
      throw error
    }
    lock = replacement.lock
    known = lock?.identity ?? FileIdentity(path: target)
    if keepsHistory {
      // The new file is there: what cannot be removed now is removed by the next save.
      try? FileHistory.drop(target, .redo)
      try? FileHistory.prune(target)
    }
    do throws(FileFailure) {
      try FileOperations.current.syncFolder(FilePlace.folder(of: target))
    } catch {
      throw .unwritable(path: path, operation: "sync the folder", code: error.code)
    }
  }

  /// Exchanges the file for the next earlier or later version.
  ///
  /// - Returns: false when there is none.
  /// - Throws: `ModelFileError`.
  public func step(_ direction: FileHistory.Direction) throws(ModelFileError) -> Bool {
    if lock == nil { lock = try FileLock.acquire(target, path: path) }
    defer { if !isForWriting { lock = nil } }
    try checkUnchanged()
    defer { known = FileIdentity(path: target) }
    return try FileHistory.step(target, direction, lock: &lock)
  }

  /// A file that is gone is no obstacle: nothing can be lost by writing it again.
  private func checkUnchanged() throws(ModelFileError) {
    guard let found = FileIdentity(path: target) else { return }
    guard found == known else { throw .changedOnDisk(path: path) }
  }
}
