import Cryptography
import Foundation
import ModelFiles

/// What a user's machine keeps of Mneme and can be made or fetched again: fetched models, and what was found out about
/// models.
package enum UserCache {
  /// `mneme` in `$XDG_CACHE_HOME`, or else in `~/.cache`.
  package static func folder(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> String {
    UserFolder.cache.path(environment: environment)
  }

  /// Where the digest of a model's contents is kept; nil when the environment variable `MNEME_CACHE` is `off`.
  static func contents(
    of path: String, environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> String? {
    guard environment["MNEME_CACHE"] != "off" else { return nil }
    let name = SHA256.hash(data: Data(path.utf8)).hexadecimal.prefix(32)
    return folder(environment: environment) + "/contents-1/\(name).json"
  }

  /// Where the adapter of a first meeting with a model is kept; nil when the environment variable `MNEME_CACHE` is `off`,
  /// as in tests.
  ///
  /// - Parameter projection: that the model was met with: a meeting without it, or with one trained anew, finds out
  ///   something else and is kept apart.
  package static func adapter(
    of model: ModelIdentity, projection: SentenceProjection?,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> String? {
    guard environment["MNEME_CACHE"] != "off" else { return nil }
    // The number rises when a meeting finds out something else.
    let variant = projection.map { "-\($0.digest)" } ?? ""
    let name = model.contents ?? model.fingerprint.hex
    return folder(environment: environment)
      + "/met-10/\(name)\(variant).adapter.safetensors"
  }

  /// Writes an adapter into the cache.
  package static func keep(_ adapter: Adapter, at path: String) throws {
    try makeFolder(of: path)
    try adapter.save(to: path)
  }

  /// Writes a small file into the cache, whole or not at all.
  static func keep(_ data: Data, at path: String) throws {
    try makeFolder(of: path)
    try data.write(to: URL(filePath: path), options: .atomic)
  }

  private static func makeFolder(of path: String) throws {
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
  }
}
