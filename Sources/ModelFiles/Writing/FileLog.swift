public import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file beside another one, `<file>-log`, to which a few bytes are added where rewriting the file itself would cost
/// much; as with a database's write-ahead log, both together are the file's newest state until it is written anew.
///
/// Callers hold the file's lock while they change its log.
public enum FileLog {
  /// The longest log that is read, bytes.
  public static let longest = 64 << 20

  /// The log of a file; links are followed.
  ///
  /// - Throws: `ModelFileError.unwritable` for a link that leads nowhere.
  public static func path(of path: String) throws(ModelFileError) -> String {
    try FilePlace.resolve(path) + "-log"
  }

  /// Whether a file has a log.
  public static func exists(_ path: String) -> Bool {
    (try? Self.path(of: path)).map(RegularFile.exists) ?? false
  }

  /// What the log of a file holds; nil when there is none.
  ///
  /// - Throws: `ModelFileError`.
  public static func read(_ path: String) throws(ModelFileError) -> Data? {
    let log = try Self.path(of: path)
    guard RegularFile.exists(log) else { return nil }
    do throws(ModelFileError) {
      return try FileContents.start(of: log, limit: longest)
    } catch {
      if case .empty = error { return nil }
      // Another process has removed it meanwhile.
      if case .missing = error { return nil }
      throw error
    }
  }

  /// Writes the log anew, whole or not at all.
  ///
  /// - Throws: `ModelFileError.unwritable` naming the step that failed.
  public static func replace(_ path: String, with data: Data) throws(ModelFileError) {
    try AtomicFile.write(data, to: Self.path(of: path), permissions: 0o600)
  }

  /// Adds bytes at the end and syncs.
  ///
  /// - Parameter size: the bytes the log has by now.
  /// - Returns: false, and nothing is done, when it has another size: a call before has failed half-way.
  /// - Throws: `ModelFileError.unwritable` naming the step that failed; some of the bytes may then be there.
  public static func append(
    _ data: Data, to path: String, at size: Int
  ) throws(ModelFileError) -> Bool {
    let log = try Self.path(of: path)
    let operations = FileOperations.current
    let descriptor = open(log, O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT { return false }
      throw .unwritable(path: log, operation: "open", code: errno)
    }
    var isOpen = true
    defer { if isOpen { try? operations.close(descriptor) } }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      Int(status.st_size) == size
    else { return false }
    let written = data.withUnsafeBytes { bytes in
      Result { () throws(FileFailure) in
        var rest = bytes
        while !rest.isEmpty {
          let count = try operations.write(rest, to: descriptor)
          rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
      }
    }
    func attempt(
      _ step: String, _ body: () throws(FileFailure) -> Void
    ) throws(ModelFileError) {
      do throws(FileFailure) { try body() } catch {
        throw .unwritable(path: log, operation: step, code: error.code)
      }
    }
    try attempt("write") { () throws(FileFailure) in try written.get() }
    try attempt("sync") { () throws(FileFailure) in try operations.sync(descriptor) }
    isOpen = false
    try attempt("close") { () throws(FileFailure) in try operations.close(descriptor) }
    return true
  }

  /// Removes the log, if there is one.
  ///
  /// - Throws: `ModelFileError.unwritable`.
  public static func remove(_ path: String) throws(ModelFileError) {
    let log = try Self.path(of: path)
    guard RegularFile.exists(log) else { return }
    let operations = FileOperations.current
    do throws(FileFailure) {
      try operations.unlink(log)
      try operations.syncFolder(FilePlace.folder(of: log))
    } catch {
      throw .unwritable(path: log, operation: "remove", code: error.code)
    }
  }
}
