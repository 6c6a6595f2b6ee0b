import Foundation
import Mneme

/// The lines typed in earlier sessions, one entry a line, in a file only its owner can read.
///
/// A newline inside an entry is written as `\n`, a backslash as `\\`.
package struct HistoryFile: Sendable {
  /// Where it lies.
  package let path: String
  /// Only so many of the last entries are kept.
  package let limit: Int

  /// The file at `path`.
  package init(path: String, limit: Int = 1000) {
    self.path = path
    self.limit = limit
  }

  /// `$XDG_STATE_HOME/mneme/history`, or the same under `~/.local/state`.
  package static func standard(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> HistoryFile {
    var folder = environment["XDG_STATE_HOME"] ?? ""
    if !folder.hasPrefix("/") { folder = "\(environment["HOME"] ?? "/tmp")/.local/state" }
    return HistoryFile(path: "\(folder)/mneme/history")
  }

  /// The entries, oldest first; none when there is no file or it cannot be read.
  package func load() -> [String] {
    guard let data = FileManager.default.contents(atPath: path) else { return [] }
    return String(decoding: data, as: UTF8.self).split(separator: "\n")
      .suffix(limit).map { Self.unescaped($0) }
  }

  /// Adds an entry, creating folder and file. A history that cannot be written is no reason to
  /// disturb a chat, so failures are silent.
  package func append(_ entry: String) {
    let folder = (path as NSString).deletingLastPathComponent
    try? FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    trimIfLarge()
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    fchmod(descriptor, 0o600)
    let line = Array((Self.escaped(entry) + "\n").utf8)
    _ = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
  }

  /// Rewrites the file with its last `limit` entries once it holds twice as many.
  private func trimIfLarge() {
    guard let data = FileManager.default.contents(atPath: path) else { return }
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
    guard lines.count >= 2 * limit else { return }
    let kept = lines.suffix(limit).joined(separator: "\n") + "\n"
    try? PrivateFile.write(Data(kept.utf8), to: path)
  }

  package static func escaped(_ entry: String) -> String {
    var result = ""
    for character in entry.unicodeScalars {
      switch character {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": continue
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }

  package static func unescaped(_ line: Substring) -> String {
    var result = ""
    var scalars = line.unicodeScalars.makeIterator()
    while let scalar = scalars.next() {
      guard scalar == "\\" else {
        result.unicodeScalars.append(scalar)
        continue
      }
      switch scalars.next() {
      case "n": result += "\n"
      case "\\": result += "\\"
      case .some(let other): result.unicodeScalars.append(contentsOf: ["\\", other])
      case nil: result += "\\"
      }
    }
    return result
  }
}
