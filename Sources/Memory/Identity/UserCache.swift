import Foundation
import Memory

/// What a user's machine keeps of Mneme and can be made or fetched again: fetched models, and what was found out about
/// models.
enum UserCache {
  /// `mneme` in `$XDG_CACHE_HOME`, or else in `~/.cache`.
  static func folder(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> String {
    // By the standard, relative paths are ignored.
    if let folder = environment["XDG_CACHE_HOME"], folder.hasPrefix("/") {
      return folder + "/mneme"
    }
    return (environment["HOME"] ?? NSHomeDirectory()) + "/.cache/mneme"
  }

  /// Where the adapter of a first meeting with a model is kept; nil when the environment variable `MNEME_CACHE` is `off`,
  /// as in tests.
  ///
  /// - Parameter projection: that the model was met with: a meeting without it, or with one trained anew, finds out
  ///   something else and is kept apart.
  static func adapter(
    of fingerprint: ModelFingerprint, projection: SentenceProjection?,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> String? {
    guard environment["MNEME_CACHE"] != "off" else { return nil }
    // The number rises when a meeting finds out something else.
    let variant = projection.map { "-\($0.digest)" } ?? ""
    return folder(environment: environment)
      + "/met-8/\(fingerprint.hex)\(variant).adapter.safetensors"
  }

  /// Writes an adapter into the cache.
  static func keep(_ adapter: Adapter, at path: String) throws {
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try adapter.save(to: path)
  }
}
