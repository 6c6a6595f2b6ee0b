public import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Replaces files whole or not at all.
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

  /// A file on its way to take the place of another; it is removed when it goes without having been committed.
  final class Replacement {
    private let path: String
    private let target: String
    private let temporary: String
    private let mode: mode_t
    private var descriptor: Int32?
    private var isCommitted = false
    /// Bytes written so far.
    private(set) var count = 0

    /// Creates an empty temporary file beside `path`.
    init(of path: String, permissions: mode_t = 0o644) throws(ModelFileError) {
      // A link is followed, so that the file it names is replaced and the link stays.
      let target = AtomicFile.resolve(path)
      var status = stat()
      var mode = permissions
      if stat(target, &status) == 0 {
        if status.st_mode & S_IFMT == S_IFDIR { throw .isDirectory(path: path) }
        guard access(target, W_OK) == 0 else {
          throw .unwritable(path: path, operation: "open", code: errno)
        }
        mode = status.st_mode & 0o777
      }
      var template = Array("\(target).tmp-XXXXXX".utf8CString)
      let descriptor = mkstemp(&template)
      guard descriptor >= 0 else {
        throw .unwritable(path: path, operation: "create a file beside it", code: errno)
      }
      self.path = path
      self.target = target
      self.mode = mode
      self.descriptor = descriptor
      temporary = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
      if let descriptor { close(descriptor) }
      if !isCommitted { unlink(temporary) }
    }

    /// Adds bytes at the end.
    func append(_ bytes: UnsafeRawBufferPointer) throws(ModelFileError) {
      guard let descriptor else { return }
      var offset = 0
      while offset < bytes.count, let base = bytes.baseAddress {
        let written = systemWrite(descriptor, base + offset, min(bytes.count - offset, 1 << 30))
        if written < 0 {
          if errno == EINTR { continue }
          throw .unwritable(path: path, operation: "write", code: errno)
        }
        offset += written
      }
      count += bytes.count
    }

    /// Adds data at the end.
    func append(_ data: Data) throws(ModelFileError) {
      let result = data.withUnsafeBytes { bytes in
        Result { () throws(ModelFileError) in try append(bytes) }
      }
      try result.get()
    }

    /// Syncs the file, gives it its name and syncs the folder.
    func commit() throws(ModelFileError) {
      guard let descriptor else { return }
      self.descriptor = nil
      var failure: (String, Int32)?
      if fchmod(descriptor, mode) != 0 { failure = ("set permissions", errno) }
      if failure == nil, fsync(descriptor) != 0 { failure = ("sync", errno) }
      if close(descriptor) != 0, failure == nil { failure = ("close", errno) }
      if failure == nil, rename(temporary, target) != 0 { failure = ("rename", errno) }
      if let failure {
        throw .unwritable(path: path, operation: failure.0, code: failure.1)
      }
      isCommitted = true
      AtomicFile.syncFolder(AtomicFile.folder(of: target))
    }
  }

  fileprivate static func resolve(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  fileprivate static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Makes the rename itself durable; file systems that cannot sync a folder are left alone.
  fileprivate static func syncFolder(_ folder: String) {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}

/// The system call, out of reach of the method of the same name.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
