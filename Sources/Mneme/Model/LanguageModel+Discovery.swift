public import Foundation

extension LanguageModel {
  /// The path of the bundled model, relative to a folder above the program or above the working folder.
  static let bundledPath = "Models/mneme-chat.gguf"

  /// Finds the model to use when none is named.
  ///
  /// The value of the environment variable `MNEME_MODEL` (a path or the name of a `KnownModel`), or else `Models/mneme-chat.gguf` in the first folder that has
  /// it, going upwards from the program and then from the working folder.
  ///
  /// - Throws: `ChatError.noModel` with the paths that were tried.
  public static func defaultPath(
    environment: [String: String] = ProcessInfo.processInfo.environment,
    executable: String? = programPath, workingFolder: String? = nil
  ) throws(ChatError) -> String {
    if let named = environment["MNEME_MODEL"], !named.isEmpty { return try path(of: named) }
    let folder = workingFolder ?? FileManager.default.currentDirectoryPath
    let starts = [executable.map { ($0 as NSString).deletingLastPathComponent }, folder]
    for start in starts.compactMap(\.self) {
      for candidate in candidates(above: start)
      where FileManager.default.fileExists(atPath: candidate) {
        return candidate
      }
    }
    throw .noModel(
      searched: ["$MNEME_MODEL", "\(bundledPath) above the program and above \(folder)"])
  }

  /// Where projections of sentences that were trained for models lie: beside the model, and beside the bundled one.
  var projectionFolders: [String] {
    let bundled = try? KnownModel.bundled.path()
    return [transformer.file.path, bundled].compactMap { path in
      path.map { ($0 as NSString).deletingLastPathComponent }
    }
  }

  /// The running program's own path with symbolic links resolved.
  public static var programPath: String? {
    guard let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    else {
      return Bundle.main.executablePath
    }
    return path
  }

  private static func candidates(above start: String) -> [String] {
    var folder = start
    var paths: [String] = []
    while true {
      paths.append((folder as NSString).appendingPathComponent(bundledPath))
      let parent = (folder as NSString).deletingLastPathComponent
      if parent == folder || parent.isEmpty { return paths }
      folder = parent
    }
  }
}
