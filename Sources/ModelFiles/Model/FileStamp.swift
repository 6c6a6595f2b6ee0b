import Foundation

/// By what a model is known to be unchanged without reading it: the identity of each of its files, and when anything about
/// the file changed last, which nobody can set back.
package struct FileStamp: Hashable, Codable, Sendable {
  /// One file.
  struct Part: Hashable, Codable {
    var name: String
    var identity: FileIdentity
    /// Nanoseconds since 1970.
    var changed: Int64
  }

  let parts: [Part]

  /// The stamp of a model file, or of the files in a model's folder; nil when one cannot be looked at.
  package init?(ofModel path: String) {
    var names = [""]
    if RegularFile.isFolder(path) {
      guard let found = try? FileManager.default.contentsOfDirectory(atPath: path) else {
        return nil
      }
      names = found.filter { $0.hasSuffix(".safetensors") }.sorted()
    }
    var parts: [Part] = []
    for name in names {
      guard
        let (identity, changed) = FileIdentity.withChange(
          at: name.isEmpty ? path : path + "/" + name)
      else { return nil }
      parts.append(Part(name: name, identity: identity, changed: changed))
    }
    guard !parts.isEmpty else { return nil }
    self.parts = parts
  }

  /// Whether the last change lies so far back that another one would have another time.
  package var isSettled: Bool {
    let now = Int64(Date().timeIntervalSince1970 * 1e9)
    return parts.allSatisfy { now - max($0.identity.modified, $0.changed) > 2_000_000_000 }
  }
}
