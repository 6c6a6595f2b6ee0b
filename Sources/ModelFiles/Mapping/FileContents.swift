package import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Reads whole files into memory, independent of later changes to the file.
package enum FileContents {
  /// The bytes of the file at `path`.
  ///
  /// Unlike access to a mapping, reading does not crash when another process shortens the file meanwhile.
  ///
  /// - Parameter limit: the most bytes that are read.
  /// - Throws: `ModelFileError` when it is missing, a directory, empty, unreadable, too large, or shrinks while it is read.
  package static func read(_ path: String, limit: Int = .max) throws(ModelFileError) -> Data {
    try RegularFile.reading(path) { descriptor, size throws(ModelFileError) in
      guard size <= limit else {
        throw .excessive(
          path: path, what: "the file's size", found: UInt64(size), limit: UInt64(limit))
      }
      return try contents(of: descriptor, size: size, path: path)
    }
  }

  /// The first bytes of the file at `path`, at most `limit` of them.
  ///
  /// - Throws: as `read`.
  package static func start(of path: String, limit: Int) throws(ModelFileError) -> Data {
    try RegularFile.reading(path) { descriptor, size throws(ModelFileError) in
      try contents(of: descriptor, size: min(size, limit), path: path)
    }
  }

  private static func contents(
    of descriptor: Int32, size: Int, path: String
  ) throws(ModelFileError) -> Data {
    var data = Data(count: size)
    var done = 0
    var code: Int32 = 0
    data.withUnsafeMutableBytes { buffer in
      while done < size, let base = buffer.baseAddress {
        let count = systemRead(descriptor, base + done, min(size - done, 1 << 30))
        if count < 0, errno == EINTR { continue }
        if count < 0 { code = errno }
        guard count > 0 else { break }
        done += count
      }
    }
    guard code == 0 else { throw .unreadable(path: path, code: code) }
    guard done == size else {
      throw .truncated(
        path: path, what: "the file, which shrank while it was read", offset: done,
        needed: size - done, available: 0)
    }
    return data
  }
}

/// The system call, under a name that the type's own `read` does not hide.
private func systemRead(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int
{
  read(descriptor, bytes, count)
}
