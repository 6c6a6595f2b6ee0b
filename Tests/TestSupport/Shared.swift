public import Foundation

/// Files that tests may use when the environment variable `MNEME_SHARED` names a folder that holds them.
public enum Shared {
  /// The file at a path below the folder, or nil when either is absent.
  public static func path(_ relative: String) -> String? {
    guard let folder = ProcessInfo.processInfo.environment["MNEME_SHARED"], !folder.isEmpty else {
      return nil
    }
    let path = (folder as NSString).appendingPathComponent(relative)
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }

  /// Whether the file is there.
  public static func has(_ relative: String) -> Bool { path(relative) != nil }
}

/// A folder of its own for a test, removed when the object goes.
public final class TemporaryFolder: Sendable {
  /// The folder.
  public let url: URL

  /// Makes the folder.
  public init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("mneme-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// The path of a file in the folder.
  public func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  /// Writes bytes to a file in the folder and returns its path.
  public func write(_ bytes: Data, as name: String) throws -> String {
    try bytes.write(to: url.appendingPathComponent(name))
    return path(name)
  }
}
