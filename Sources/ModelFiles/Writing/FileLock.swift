import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An exclusive lock on a file, held until the object goes or the process ends, however it ends.
///
/// It is `flock(2)`'s: it binds those who ask for it and nobody else, so that readers need none. It lies on the file, not
/// on its name; as files are replaced by renaming, the next holder must lock the file that has the name at that time.
public final class FileLock: Sendable {
  private let descriptor: Int32

  /// Locks the file that has the name, once it is certain that it still has it.
  ///
  /// - Parameter path: what errors name; `target` is the file itself.
  /// - Returns: nil when there is no file.
  /// - Throws: `ModelFileError.locked` when somebody else holds it, `.unreadable`.
  public static func acquire(
    _ target: String, path: String
  ) throws(ModelFileError) -> FileLock? {
    // Every turn somebody else has replaced the file in between; that many turns are no coincidence any more.
    for _ in 0..<100 {
      let lock: FileLock
      do throws(ModelFileError) { lock = try FileLock(holding: target, path: path) } catch {
        if case .missing = error { return nil }
        throw error
      }
      if let now = FileIdentity(path: target), let held = lock.identity, now.isSameFile(as: held) {
        return lock
      }
    }
    throw .locked(path: path, process: nil)
  }

  /// Locks the file that has the name now.
  ///
  /// - Throws: `ModelFileError.missing`, `.locked`, `.unreadable`.
  init(holding target: String, path: String? = nil) throws(ModelFileError) {
    let shown = path ?? target
    // A pipe would block, a device would be disturbed.
    let descriptor = open(target, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT { throw .missing(path: shown) }
      throw .unreadable(path: shown, code: errno)
    }
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let code = errno
      if code == EINTR { continue }
      if code == EWOULDBLOCK {
        let holder = FileIdentity(descriptor: descriptor).flatMap(Self.holder)
        close(descriptor)
        throw .locked(path: shown, process: holder)
      }
      // A file system without locks: then there is nobody to be kept away either.
      break
    }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// The file that is locked, as it is now.
  var identity: FileIdentity? { FileIdentity(descriptor: descriptor) }

  /// The process that holds a lock on a file; nil where the system does not say.
  ///
  /// Linux lists locks in /proc/locks (proc_locks(5)): number, kind, mode, access, process, device and inode, range.
  private static func holder(of file: FileIdentity) -> Int32? {
    #if os(Linux)
      guard let list = try? String(contentsOfFile: "/proc/locks", encoding: .utf8) else {
        return nil
      }
      var found: Set<Int32> = []
      for line in list.split(separator: "\n") {
        let words = line.split(separator: " ")
        guard words.count >= 6, words[1] == "FLOCK", words[3] == "WRITE",
          let process = Int32(words[4]), process > 0,
          words[5].split(separator: ":").last.flatMap({ UInt64($0) }) == file.inode
        else { continue }
        found.insert(process)
      }
      // Stacked file systems list another device, so that only the inode counts: two candidates are none.
      return found.count == 1 ? found.first : nil
    #else
      return nil
    #endif
  }
}
