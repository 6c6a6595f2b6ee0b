public import Foundation
import ModelFiles

/// Conversations that were saved under a name, to be taken up again: transcripts in one folder of the user's.
public struct SessionShelf: Sendable, Equatable {
  /// A saved conversation.
  public struct Saved: Sendable, Equatable {
    /// The name it was saved under.
    public var name: String
    /// When, in seconds since 1970.
    public var time: Double
    /// Messages of the user.
    public var turns: Int
    /// The first of them.
    public var beginning: String
  }

  /// The folder; it is made when something is saved.
  public let folder: String

  /// A shelf in a folder.
  public init(folder: String) { self.folder = folder }

  /// `mneme/sessions` in `$XDG_DATA_HOME`, or else in `~/.local/share`.
  public static func standard(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> SessionShelf {
    SessionShelf(folder: UserFolder.data.path(environment: environment) + "/sessions")
  }

  /// The file of a name; nil for a text that is a path, or no name of a file.
  public func path(of name: String) -> String? {
    guard !name.isEmpty, name.utf8.count <= 100, !name.contains("."), !name.hasPrefix("~"),
      !name.hasPrefix("-"), name.unicodeScalars.allSatisfy({ $0 != "/" && $0.value >= 32 })
    else { return nil }
    return "\(folder)/\(name).json"
  }

  /// The file beside a transcript that keeps what the model has read of it.
  public static func contextPath(beside path: String) -> String {
    (path.hasSuffix(".json") ? String(path.dropLast(5)) : path) + ".context"
  }

  /// Saves a conversation, in a file that only its owner can read; what was saved under the name is replaced.
  ///
  /// - Throws: `ChatError.unwritable`.
  public func save(_ transcript: Transcript, to path: String) throws(ChatError) {
    // A folder that cannot be made is told by the write.
    try? FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    try transcript.write(to: path)
  }

  /// The saved conversations, the newest first. What is no transcript is left out.
  public func sessions() -> [Saved] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let found = names.filter { $0.hasSuffix(".json") }.compactMap { file -> Saved? in
      let name = String(file.dropLast(5))
      guard let path = path(of: name), let transcript = try? Transcript.read(from: path) else {
        return nil
      }
      let time = (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate]
      return Saved(
        name: name, time: (time as? Date)?.timeIntervalSince1970 ?? 0,
        turns: transcript.exchanges.count,
        beginning: transcript.exchanges.first?.prompt.content ?? "")
    }
    return found.sorted { ($1.time, $0.name) < ($0.time, $1.name) }
  }
}
