#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file mapped read-only into memory for the lifetime of this object.
///
/// The mapping is private: the file is never written to. Pages are loaded on first access, so the cost of opening does
/// not depend on the size. A file that another process shortens while it is mapped cannot be read safely; files that
/// may be replaced are read by `SafetensorsFile` into memory instead.
public final class MappedFile: Sendable {
  /// The path the file was opened by.
  public let path: String
  /// The whole file.
  public nonisolated(unsafe) let bytes: UnsafeRawBufferPointer

  /// Maps the file at `path`.
  ///
  /// - Throws: `ModelFileError` when it is missing, a directory, empty or unreadable.
  public init(path: String) throws(ModelFileError) {
    bytes = try RegularFile.reading(path) {
      descriptor, size throws(ModelFileError) -> UnsafeRawBufferPointer in
      guard let base = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED
      else { throw .unreadable(path: path, code: errno) }
      return UnsafeRawBufferPointer(start: base, count: size)
    }
    self.path = path
  }

  deinit {
    munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
  }
}
