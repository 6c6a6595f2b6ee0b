#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Opens files that are to be read whole: only regular ones that are not empty.
enum RegularFile {
  /// Opens the file at `path` and hands its descriptor and size in bytes to `body`; closes it afterwards.
  ///
  /// - Throws: `ModelFileError` when it is missing, a directory, not regular, empty or unreadable, or what `body` throws.
  static func reading<Result>(
    _ path: String, _ body: (_ descriptor: Int32, _ size: Int) throws(ModelFileError) -> Result
  ) throws(ModelFileError) -> Result {
    // Without O_NONBLOCK, opening a named pipe would wait for a writer.
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
    return try body(descriptor, size)
  }

  /// Whether there is a folder at `path`.
  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether there is anything at `path`.
  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// The size of the file at `path` in bytes.
  ///
  /// - Throws: as `reading`.
  static func size(_ path: String) throws(ModelFileError) -> Int {
    try reading(path) { _, size in size }
  }
}
