import Foundation

/// Files of this repository, where the tests were built.
public enum Repository {
  /// The path of a file or folder, from the top.
  public static func path(_ relative: String) -> String { root.appending(path: relative).path }

  /// The model in `Models/`.
  public static let bundledModel = path("Models/mneme-chat.gguf")

  // This file is Tests/TestSupport/Repository.swift.
  private static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}
