public import Foundation

/// A file that this process reads and replaces, with the identity of the version it last saw.
///
/// While it is held for writing, from the first read to the last save, no other process can hold it. A file that
/// differs from the one last seen is never overwritten, so a process that changed it without taking the lock loses
/// nothing. Not thread-safe.
///
/// The steps of a save, in order, and the results of a crash in between:
/// 1. Left-overs of crashed processes are removed: they may contain text that was forgotten since.
/// 2. The new content is written to a temporary file and synced. A failure here changes nothing.
/// 3. When history is kept, the file gets a second name as the latest earlier version. After forgetting, every version
///    is removed instead: they contain the forgotten text, so none may remain beside the new file. A crash here leaves
///    the old file, from which nothing was forgotten yet, and perhaps fewer versions to undo.
/// 4. The temporary file is renamed to the file's name. From here on the new file is loaded.
/// 5. When history is kept, versions to redo and surplus ones are removed. A crash here leaves them until the next
///    save.
///
/// Each step is on disk before the next begins.
public final class FileHold {
  /// The path as the user gave it.
  public let path: String
  /// Whether other processes are locked out between saves.
  public private(set) var isForWriting: Bool
  private let target: String
  private var lock: FileLock?
  /// The identity of the file when it was last seen; nil when there was none.
  private var known: FileIdentity?

  /// Looks at the file; there may be none yet.
  ///
  /// - Parameter forWriting: locks out other processes from now on, and removes left-overs of crashed ones.
  /// - Throws: `ModelFileError.locked` when another process or object holds it, `.isDirectory`, `.unreadable`.
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

  /// Whether the file on disk is the one seen last.
  public var isUnchanged: Bool { known != nil && FileIdentity(path: target) == known }

  /// Whether there was a file when it was last checked.
  public var exists: Bool { known != nil }

  /// Whether a path names this file.
  public func isHold(of path: String) -> Bool {
    ByteString(path) == ByteString(self.path)
      || (try? FilePlace.resolve(path)).map(ByteString.init(_:)) == ByteString(target)
  }

  /// Unlocks the file for other processes; its last seen identity is kept.
  public func release() {
    isForWriting = false
    lock = nil
  }

  /// Replaces the content.
  ///
  /// A new file has mode 0600, an existing one keeps its own.
  ///
  /// - Parameter keepsHistory: whether the old version is kept for undo; otherwise all earlier versions are removed.
  /// - Throws: `ModelFileError.changedOnDisk` when the file is another than the one seen last, `.locked`,
  ///   `.isDirectory`, `.unwritable` naming the step that failed. The file is then unchanged unless that step is "sync
  ///   the folder".
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
      // The new file is in place: versions that cannot be removed now are removed by the next save.
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

  /// A missing file is accepted: nothing can be lost by writing it again.
  private func checkUnchanged() throws(ModelFileError) {
    guard let found = FileIdentity(path: target) else { return }
    guard found == known else { throw .changedOnDisk(path: path) }
  }
}
