#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The bytes of a file, copied into memory: they stay as they are whatever happens to the file afterwards.
final class FileBytes: Sendable {
  let path: String
  nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
  /// Keeps a mapping alive when the bytes are mapped instead of copied.
  private let mapping: MappedFile?

  /// Reads the whole file at `path`.
  init(path: String) throws(ModelFileError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw errno == ENOENT ? .missing(path: path) : .unreadable(path: path, code: errno)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .unreadable(path: path, code: errno) }
    if status.st_mode & S_IFMT == S_IFDIR { throw .isDirectory(path: path) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular(path: path) }
    let size = Int(status.st_size)
    guard size > 0 else { throw .empty(path: path) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
    var done = 0
    while done < size {
      let count = read(descriptor, buffer.baseAddress.map { $0 + done }, size - done)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let code = errno
        buffer.deallocate()
        if count < 0 { throw .unreadable(path: path, code: code) }
        throw .truncated(
          path: path, what: "the file, which shrank while it was read", offset: done,
          needed: size - done, available: 0)
      }
      done += count
    }
    bytes = UnsafeRawBufferPointer(buffer)
    mapping = nil
    self.path = path
  }

  /// Maps the whole file at `path`: nothing is copied, and the file must not be changed meanwhile.
  init(mapping path: String) throws(ModelFileError) {
    let mapping = try MappedFile(path: path)
    bytes = mapping.bytes
    self.mapping = mapping
    self.path = path
  }

  /// Copies bytes that are in memory already.
  init(copying source: [UInt8], path: String) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: source.count, alignment: 64)
    buffer.copyBytes(from: source)
    bytes = UnsafeRawBufferPointer(buffer)
    mapping = nil
    self.path = path
  }

  deinit {
    if mapping == nil { bytes.deallocate() }
  }
}
