import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// By what a file is known to be unchanged without reading it: device, inode, size and times of each file of a model.
struct FileStamp: Hashable, Codable {
  /// One file.
  struct Part: Hashable, Codable {
    var name: String
    var device: UInt64
    var inode: UInt64
    var size: Int64
    /// Nanoseconds since 1970: of the contents, and of anything about the file (which nobody can set back).
    var modified: Int64
    var changed: Int64
  }

  let parts: [Part]

  /// The stamp of a model file, or of the files in a model's folder; nil when one cannot be looked at.
  init?(ofModel path: String) {
    var names = [""]
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      guard let found = try? FileManager.default.contentsOfDirectory(atPath: path) else {
        return nil
      }
      names = found.filter { $0.hasSuffix(".safetensors") }.sorted()
    }
    var parts: [Part] = []
    for name in names {
      var status = stat()
      guard stat(name.isEmpty ? path : path + "/" + name, &status) == 0 else { return nil }
      #if canImport(Darwin)
        let (modified, changed) = (status.st_mtimespec, status.st_ctimespec)
      #else
        let (modified, changed) = (status.st_mtim, status.st_ctim)
      #endif
      parts.append(
        Part(
          name: name, device: UInt64(truncatingIfNeeded: status.st_dev),
          inode: UInt64(status.st_ino), size: Int64(status.st_size),
          modified: Self.nanoseconds(modified), changed: Self.nanoseconds(changed)))
    }
    guard !parts.isEmpty else { return nil }
    self.parts = parts
  }

  /// Whether the last change lies so far back that another one would have another time.
  var isSettled: Bool {
    let now = Int64(Date().timeIntervalSince1970 * 1e9)
    return parts.allSatisfy { now - max($0.modified, $0.changed) > 2_000_000_000 }
  }

  private static func nanoseconds(_ time: timespec) -> Int64 {
    Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
