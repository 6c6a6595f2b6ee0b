import Foundation

/// The folders in which a user's programs keep what is theirs (XDG Base Directory Specification).
package enum UserFolder: String, Sendable {
  case cache = "XDG_CACHE_HOME"
  case data = "XDG_DATA_HOME"

  /// Mneme's folder of this kind: `mneme` in the folder the variable names, or else in the usual one in the user's home.
  package func path(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> String {
    // By the standard, relative paths are ignored.
    if let folder = environment[rawValue], folder.hasPrefix("/") { return folder + "/mneme" }
    return "\(environment["HOME"] ?? NSHomeDirectory())/\(usual)/mneme"
  }

  /// In the user's home.
  private var usual: String {
    switch self {
    case .cache: ".cache"
    case .data: ".local/share"
    }
  }
}
