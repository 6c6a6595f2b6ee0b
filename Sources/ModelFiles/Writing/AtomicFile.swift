#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Replaces files in one step: a reader sees the old bytes or the new ones, never a mixture.
///
/// The bytes go to a temporary file in the same folder, which is synced, renamed over the target and followed by a sync
/// of the folder, so that the new file also survives a loss of power. A failure removes the temporary file and leaves the
/// target as it was. A target that is a symbolic link stays one; the file it points to is replaced.
package enum AtomicFile {
  /// Writes chunks of bytes to `path`.
  ///
  /// - Parameters:
  ///   - path: the file to create or replace.
  ///   - body: hands over the chunks in order.
  /// - Throws: `ModelFileError.unwritable`, `.isDirectory`, or what `body` throws.
  package static func write(
    to path: String, _ body: (inout Writer) throws(ModelFileError) -> Void
  ) throws(ModelFileError) {
    let target = try resolved(path)
    var status = stat()
    let exists = stat(target, &status) == 0
    if exists, status.st_mode & S_IFMT == S_IFDIR { throw .isDirectory(path: path) }
    if exists, status.st_mode & S_IFMT != S_IFREG { throw .notRegular(path: path) }
    let (folder, name) = split(target)
    let temporary = folder + "." + name + "." + suffix() + ".tmp"
    let mode: mode_t = exists ? status.st_mode & 0o777 : 0o644
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else {
      throw .unwritable(path: path, operation: "create", code: errno)
    }
    do {
      try fill(descriptor, path: path, mode: exists ? mode : nil, body)
    } catch {
      unlink(temporary)
      throw error
    }
    guard rename(temporary, target) == 0 else {
      let code = errno
      unlink(temporary)
      throw .unwritable(path: path, operation: "rename", code: code)
    }
    syncFolder(folder)
  }

  /// Takes chunks of bytes for one file.
  package struct Writer {
    let descriptor: Int32
    let path: String
    /// Bytes taken so far.
    package private(set) var count = 0

    /// Appends bytes.
    package mutating func append(_ bytes: UnsafeRawBufferPointer) throws(ModelFileError) {
      var done = 0
      while done < bytes.count {
        let slice = UnsafeRawBufferPointer(rebasing: bytes[done...])
        let written = systemWrite(descriptor, slice.baseAddress, slice.count)
        if written < 0, errno == EINTR { continue }
        guard written > 0 else {
          throw .unwritable(path: path, operation: "write", code: written < 0 ? errno : ENOSPC)
        }
        done += written
      }
      count += bytes.count
    }

    /// Appends bytes.
    package mutating func append(_ bytes: [UInt8]) throws(ModelFileError) {
      // Typed throws do not pass through the standard library's closures: carry the error out by hand.
      var failure: ModelFileError?
      bytes.withUnsafeBytes { buffer in
        do throws(ModelFileError) { try append(buffer) } catch { failure = error }
      }
      if let failure { throw failure }
    }
  }

  private static func fill(
    _ descriptor: Int32, path: String, mode: mode_t?,
    _ body: (inout Writer) throws(ModelFileError) -> Void
  ) throws(ModelFileError) {
    var open = true
    defer { if open { close(descriptor) } }
    // Creation subtracts the umask; a replaced file keeps the permissions it had.
    if let mode, fchmod(descriptor, mode) != 0 {
      throw .unwritable(path: path, operation: "set permissions", code: errno)
    }
    var writer = Writer(descriptor: descriptor, path: path)
    try body(&writer)
    guard fsync(descriptor) == 0 else {
      throw .unwritable(path: path, operation: "sync", code: errno)
    }
    open = false
    guard close(descriptor) == 0 else {
      throw .unwritable(path: path, operation: "close", code: errno)
    }
  }

  /// The file behind a chain of symbolic links; the path itself when there is none.
  private static func resolved(_ path: String) throws(ModelFileError) -> String {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw .unwritable(path: path, operation: "create", code: ENOENT)
    }
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return path }
    guard let real = realpath(path, nil) else {
      throw .unwritable(path: path, operation: "follow the link", code: errno)
    }
    defer { free(real) }
    return String(cString: real)
  }

  private static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return ("", path) }
    let after = path.index(after: slash)
    // Long names leave no room for the suffix: the limit of common file systems is 255 bytes.
    return (
      String(path[..<after]), String(decoding: path[after...].utf8.prefix(200), as: UTF8.self)
    )
  }

  private static func suffix() -> String {
    String(UInt64.random(in: .min ... .max), radix: 36)
  }

  /// Makes the rename durable. Some file systems cannot sync folders; the file is in place all the same.
  private static func syncFolder(_ folder: String) {
    let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}

/// The system call, under a name that the type's own `write` does not hide.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
