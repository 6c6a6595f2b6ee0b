#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// One system call that changes files.
package enum FileCall {
  /// Checks whether a file may be written to.
  case checkWritable(path: String)
  /// Creates an empty file; before that the descriptor is -1, and `path` still ends in X.
  case create(path: String, descriptor: Int32)
  case write(descriptor: Int32, bytes: UnsafeRawBufferPointer)
  case setMode(descriptor: Int32, mode: UInt32)
  case sync(descriptor: Int32)
  case close(descriptor: Int32)
  case link(path: String, name: String)
  case rename(path: String, name: String)
  case unlink(path: String)
  case syncFolder(path: String)
}

/// A system call that failed.
package struct FileFailure: Error, Equatable {
  /// The error number.
  package let code: Int32

  package init(code: Int32) { self.code = code }
}

/// The system calls with which files are replaced: an interface at which tests can record each of them or make it fail.
package struct FileOperations: Sendable {
  /// The current operations; a test replaces them for the duration of a closure.
  @TaskLocal package static var current = FileOperations()

  /// Called before each system call: an error number other than 0 counts as the call's failure, and the call is not
  /// made.
  package var before: @Sendable (FileCall) -> Int32 = { _ in 0 }
  /// Called after every call that succeeded.
  package var after: @Sendable (FileCall) -> Void = { _ in }
  /// The largest number of bytes in one write. Linux writes at most 2 GiB at once.
  package var longestWrite = 1 << 30

  package init() {}
}

extension FileOperations {
  func checkWritable(_ path: String) throws(FileFailure) {
    try perform(.checkWritable(path: path)) { access(path, W_OK) }
  }

  /// A new empty file, mode 0600, whose name is `prefix` and six letters.
  func create(prefix: String) throws(FileFailure) -> (descriptor: Int32, path: String) {
    var template = Array("\(prefix)XXXXXX".utf8CString)
    let code = before(.create(path: "\(prefix)XXXXXX", descriptor: -1))
    guard code == 0 else { throw FileFailure(code: code) }
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw FileFailure(code: errno) }
    // An editor started from a chat must not inherit open files, and with them locks.
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    after(.create(path: path, descriptor: descriptor))
    return (descriptor, path)
  }

  /// Writes some of the bytes, from the start, and returns how many.
  func write(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32
  ) throws(FileFailure) -> Int {
    let piece = UnsafeRawBufferPointer(rebasing: bytes.prefix(longestWrite))
    let code = before(.write(descriptor: descriptor, bytes: piece))
    guard code == 0 else { throw FileFailure(code: code) }
    let count = try Self.retrying { systemWrite(descriptor, piece.baseAddress, piece.count) }
    after(
      .write(
        descriptor: descriptor, bytes: UnsafeRawBufferPointer(rebasing: piece.prefix(count))))
    return count
  }

  func setMode(_ mode: mode_t, of descriptor: Int32) throws(FileFailure) {
    try perform(.setMode(descriptor: descriptor, mode: UInt32(mode))) { fchmod(descriptor, mode) }
  }

  func sync(_ descriptor: Int32) throws(FileFailure) {
    try perform(.sync(descriptor: descriptor)) { fsync(descriptor) }
  }

  /// The descriptor is closed even when the call fails.
  func close(_ descriptor: Int32) throws(FileFailure) {
    let call = FileCall.close(descriptor: descriptor)
    let code = before(call)
    let result = systemClose(descriptor)
    guard code == 0, result == 0 else { throw FileFailure(code: code == 0 ? errno : code) }
    after(call)
  }

  func link(_ path: String, to name: String) throws(FileFailure) {
    try perform(.link(path: path, name: name)) { systemLink(path, name) }
  }

  func rename(_ path: String, to name: String) throws(FileFailure) {
    try perform(.rename(path: path, name: name)) { systemRename(path, name) }
  }

  /// A missing file counts as removed.
  func unlink(_ path: String) throws(FileFailure) {
    do throws(FileFailure) {
      try perform(.unlink(path: path)) { systemUnlink(path) }
    } catch {
      guard error.code == ENOENT else { throw error }
    }
  }

  /// Makes renames, links and removals in a folder durable; does nothing on file systems that cannot.
  func syncFolder(_ folder: String) throws(FileFailure) {
    do throws(FileFailure) {
      try perform(.syncFolder(path: folder)) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return -1 }
        defer { _ = systemClose(descriptor) }
        return fsync(descriptor)
      }
    } catch {
      // Only disk errors are reported: a folder may be writable without being readable.
      guard error.code == EIO || error.code == ENOSPC || error.code == EDQUOT else { return }
      throw error
    }
  }

  private func perform(_ call: FileCall, _ body: () -> Int32) throws(FileFailure) {
    let code = before(call)
    guard code == 0 else { throw FileFailure(code: code) }
    _ = try Self.retrying { Int(body()) }
    after(call)
  }

  /// Repeats a call that a signal interrupted.
  private static func retrying(_ body: () -> Int) throws(FileFailure) -> Int {
    while true {
      let result = body()
      if result >= 0 { return result }
      if errno != EINTR { throw FileFailure(code: errno) }
    }
  }
}

// The system calls, under names that the methods do not hide.

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  guard let bytes else { return 0 }
  return write(descriptor, bytes, count)
}

private func systemClose(_ descriptor: Int32) -> Int32 { close(descriptor) }
private func systemLink(_ path: String, _ name: String) -> Int32 { link(path, name) }
private func systemRename(_ path: String, _ name: String) -> Int32 { rename(path, name) }
private func systemUnlink(_ path: String) -> Int32 { unlink(path) }
