public import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Replaces files atomically.
public enum AtomicFile {
  /// Writes `data` to a temporary file beside `path`, syncs it, renames it over `path` and syncs the folder.
  ///
  /// A crash at any moment leaves the old file or the new one. On an error the temporary file is removed.
  ///
  /// - Parameter permissions: of a new file; an existing file keeps its own.
  /// - Throws: `ModelFileError.unwritable` naming the step that failed, or `.isDirectory`.
  public static func write(
    _ data: Data, to path: String, permissions: mode_t = 0o644
  ) throws(ModelFileError) {
    let replacement = try Replacement(of: path, permissions: permissions)
    try replacement.append(data)
    try replacement.commit()
  }

  /// A temporary file that will replace another; it is removed if this object is released without publishing it.
  ///
  /// It is locked while it is in use, so that a left-over of a crashed process can be distinguished from work in
  /// progress.
  final class Replacement {
    private let path: String
    private let target: String
    private let temporary: String
    private let mode: mode_t
    private let operations = FileOperations.current
    private var descriptor: Int32?
    private var isPublished = false
    /// Bytes written so far.
    private(set) var count = 0
    /// The lock of the file, which is kept after publishing; nil where the file system has no locks.
    private(set) var lock: FileLock?

    /// Creates an empty temporary file beside `path`.
    init(of path: String, permissions: mode_t = 0o644) throws(ModelFileError) {
      let target = try FilePlace.resolve(path)
      var status = stat()
      var mode = permissions
      do throws(FileFailure) {
        if stat(target, &status) == 0 {
          if status.st_mode & S_IFMT == S_IFDIR { throw FileFailure(code: EISDIR) }
          try operations.checkWritable(target)
          mode = status.st_mode & 0o777
        }
      } catch {
        if error.code == EISDIR { throw .isDirectory(path: path) }
        throw .unwritable(path: path, operation: "open", code: error.code)
      }
      self.path = path
      self.target = target
      self.mode = mode
      do throws(FileFailure) {
        (descriptor, temporary) = try operations.create(prefix: target + AtomicFile.mark)
      } catch {
        throw .unwritable(path: path, operation: "create a file beside it", code: error.code)
      }
      lock = try? FileLock(holding: temporary)
    }

    deinit {
      if let descriptor { try? operations.close(descriptor) }
      if !isPublished { try? operations.unlink(temporary) }
    }

    /// Adds bytes at the end.
    func append(_ bytes: UnsafeRawBufferPointer) throws(ModelFileError) {
      guard let descriptor else { return }
      var rest = bytes
      while !rest.isEmpty {
        let written = try attempt("write") { () throws(FileFailure) in
          try operations.write(rest, to: descriptor)
        }
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
        count += written
      }
    }

    /// Adds data at the end.
    func append(_ data: Data) throws(ModelFileError) {
      let result = data.withUnsafeBytes { bytes in
        Result { () throws(ModelFileError) in try append(bytes) }
      }
      try result.get()
    }

    /// Makes the content durable; nothing can be added afterwards.
    func seal() throws(ModelFileError) {
      guard let descriptor else { return }
      try attempt("set permissions") { () throws(FileFailure) in
        try operations.setMode(mode, of: descriptor)
      }
      try attempt("sync") { () throws(FileFailure) in try operations.sync(descriptor) }
      self.descriptor = nil
      try attempt("close") { () throws(FileFailure) in try operations.close(descriptor) }
    }

    /// Renames the sealed file to its final name; the folder still has to be synced.
    ///
    /// - Parameter replaces: false when there must be no file of that name yet.
    /// - Throws: `ModelFileError.changedOnDisk` when there is one, `.unwritable`.
    func publish(replacing replaces: Bool = true) throws(ModelFileError) {
      if replaces {
        try attempt("rename") { () throws(FileFailure) in
          try operations.rename(temporary, to: target)
        }
        isPublished = true
        return
      }
      // A link fails when the name exists; a rename would replace the file of a faster process.
      do throws(FileFailure) {
        try operations.link(temporary, to: target)
      } catch  where AtomicFile.lacksLinks(error) {
        guard FileIdentity(path: target) == nil else { throw .changedOnDisk(path: path) }
        return try publish(replacing: true)
      } catch {
        if error.code == EEXIST { throw .changedOnDisk(path: path) }
        throw .unwritable(path: path, operation: "name it", code: error.code)
      }
      isPublished = true
      // If this fails, the temporary file is removed later like any other left-over.
      try? operations.unlink(temporary)
    }

    /// Syncs the file, renames it and syncs the folder.
    func commit() throws(ModelFileError) {
      try seal()
      try publish()
      try attempt("sync the folder") { () throws(FileFailure) in
        try operations.syncFolder(FilePlace.folder(of: target))
      }
    }

    private func attempt<T>(
      _ operation: String, _ body: () throws(FileFailure) -> T
    ) throws(ModelFileError) -> T {
      do throws(FileFailure) { return try body() } catch {
        throw .unwritable(path: path, operation: operation, code: error.code)
      }
    }
  }

  /// The separator between a file's name and the six random letters of its temporary file.
  private static let mark = ".tmp-"

  /// Removes the temporary files of crashed processes beside a file: those without a lock.
  ///
  /// They may contain text that was forgotten since, so they must not stay. The caller holds the file's lock, unless
  /// there is no file yet.
  static func removeLeftovers(of target: String) {
    for suffix in FilePlace.suffixes(beside: target) where suffix.hasPrefix(mark) {
      let letters = suffix.dropFirst(mark.count)
      guard letters.count == 6, letters.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) })
      else { continue }
      let path = target + suffix
      do throws(ModelFileError) {
        let lock = try FileLock(holding: path)
        try? FileOperations.current.unlink(path)
        withExtendedLifetime(lock) {}
      } catch {
        // Another process is writing it.
      }
    }
  }

  /// Whether a link failed because the file system has none.
  static func lacksLinks(_ failure: FileFailure) -> Bool {
    [EPERM, ENOTSUP, EOPNOTSUPP, EMLINK, ENOSYS].contains(failure.code)
  }
}
