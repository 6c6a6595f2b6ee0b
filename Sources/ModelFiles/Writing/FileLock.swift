import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An exclusive lock on a file, held until the object is released or the process ends, even by a crash.
///
/// It is an advisory lock of `flock(2)`: it only affects processes that request it, so readers need none. It belongs to
/// the file, not to its name; as files are replaced by renaming, the next holder must lock the file that has the name
/// at that time.
public final class FileLock: Sendable {
  private let descriptor: Int32

  /// Locks the file that has the name, and checks that it still has the name afterwards.
  ///
  /// - Parameter path: the path for errors; `target` is the file itself.
  /// - Returns: nil when there is no file.
  /// - Throws: `ModelFileError.locked` when another process or object holds it, `.unreadable`.
  public static func acquire(
    _ target: String, path: String
  ) throws(ModelFileError) -> FileLock? {
    // Each attempt fails only when another process replaced the file in between, so a bound on attempts suffices.
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
    // Without O_NONBLOCK, opening a pipe would block, and a device could be affected.
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
      // On a file system without locks the file is used without one.
      break
    }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// The present identity of the locked file.
  var identity: FileIdentity? { FileIdentity(descriptor: descriptor) }

  /// The process that holds a lock on a file; nil when the system does not tell.
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
      // Stacked file systems list another device, so only the inode is compared; two candidates are ambiguous.
      return found.count == 1 ? found.first : nil
    #else
      return nil
    #endif
  }
}
