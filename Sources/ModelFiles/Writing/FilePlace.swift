import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The identity of a file at some moment: it changes when the file is replaced or written to.
struct FileIdentity: Hashable, Codable, Sendable {
  let device: UInt64
  let inode: UInt64
  let size: Int64
  /// When the contents changed last, nanoseconds since 1970.
  let modified: Int64

  /// The file at a path; nil when there is none.
  init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  init?(descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  private init(_ status: stat) {
    device = UInt64(truncatingIfNeeded: status.st_dev)
    inode = UInt64(truncatingIfNeeded: status.st_ino)
    size = Int64(status.st_size)
    #if canImport(Darwin)
      modified = Self.nanoseconds(status.st_mtimespec)
    #else
      modified = Self.nanoseconds(status.st_mtim)
    #endif
  }

  /// The file at a path, and when anything about it changed last, its name and mode included; nil when there is none.
  static func withChange(at path: String) -> (FileIdentity, changed: Int64)? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    #if canImport(Darwin)
      let changed = nanoseconds(status.st_ctimespec)
    #else
      let changed = nanoseconds(status.st_ctim)
    #endif
    return (FileIdentity(status), changed)
  }

  private static func nanoseconds(_ time: timespec) -> Int64 {
    Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// Whether both are the same file, even if its contents changed.
  func isSameFile(as other: FileIdentity) -> Bool {
    device == other.device && inode == other.inode
  }
}

/// Paths of a file that is replaced, and of files beside it.
enum FilePlace {
  /// The file a path names: links are followed, so that the file is replaced and the link stays. Where there is no file
  /// yet, its path in the resolved folder.
  ///
  /// - Throws: `ModelFileError.unwritable` for a link that leads nowhere.
  static func resolve(_ path: String) throws(ModelFileError) -> String {
    if let real = real(path) { return real }
    var status = stat()
    if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK {
      throw .unwritable(path: path, operation: "follow the link", code: ENOENT)
    }
    guard let folder = real(folder(of: path)), let name = path.split(separator: "/").last,
      !path.hasSuffix("/")
    else { return path }
    return folder == "/" ? "/\(name)" : "\(folder)/\(name)"
  }

  /// The folder of a path.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The names in the folder of a file that begin with the file's own name, without it.
  static func suffixes(beside path: String) -> [String] {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder(of: path))) ?? []
    // By bytes: a name that is only canonically equal belongs to another file.
    let start = ByteString(name + ".")
    return names.filter { ByteString($0).hasPrefix(start) }
      .compactMap { String($0.utf8.dropFirst(name.utf8.count)) }.sorted()
  }

  private static func real(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }
}
