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
    // A link is followed, so that the file it names is replaced and the link stays.
    let target = resolve(path)
    var status = stat()
    var mode = permissions
    if stat(target, &status) == 0 {
      if status.st_mode & S_IFMT == S_IFDIR { throw .isDirectory(path: path) }
      guard access(target, W_OK) == 0 else {
        throw .unwritable(path: path, operation: "open", code: errno)
      }
      mode = status.st_mode & 0o777
    }
    let folder = folder(of: target)
    var template = Array("\(target).tmp-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else {
      throw .unwritable(path: path, operation: "create a file beside it", code: errno)
    }
    do throws(ModelFileError) {
      try fill(descriptor, with: data, path: path, mode: mode)
      guard rename(template, target) == 0 else {
        throw .unwritable(path: path, operation: "rename", code: errno)
      }
    } catch {
      unlink(template)
      throw error
    }
    syncFolder(folder)
  }

  private static func resolve(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Writes, syncs and closes.
  private static func fill(
    _ descriptor: Int32, with data: Data, path: String, mode: mode_t
  ) throws(ModelFileError) {
    var failure: (String, Int32)?
    data.withUnsafeBytes { bytes in
      var offset = 0
      while offset < bytes.count, let base = bytes.baseAddress {
        let written = systemWrite(descriptor, base + offset, min(bytes.count - offset, 1 << 30))
        if written < 0 {
          if errno == EINTR { continue }
          failure = ("write", errno)
          return
        }
        offset += written
      }
    }
    if failure == nil, fchmod(descriptor, mode) != 0 { failure = ("set permissions", errno) }
    if failure == nil, fsync(descriptor) != 0 { failure = ("sync", errno) }
    if close(descriptor) != 0, failure == nil { failure = ("close", errno) }
    if let failure {
      throw .unwritable(path: path, operation: failure.0, code: failure.1)
    }
  }

  /// Makes the rename itself durable; file systems that cannot sync a folder are left alone.
  private static func syncFolder(_ folder: String) {
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
