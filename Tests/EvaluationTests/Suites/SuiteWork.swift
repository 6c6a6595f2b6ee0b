import Foundation
import MnemeEvaluation
import Testing

/// What tests ask of plans.
enum SuiteWork {
  /// Suites that tell and ask, all generated.
  static let generated = ["copy", "recall", "updates", "everyday", "needles", "sessions", "edits"]

  static func episodes(
    _ name: String, _ options: SuiteOptions = SuiteOptions()
  ) throws -> (episodes: [Episode], decoys: [Episode]) {
    let suite = try #require(StandardSuites.named(name))
    guard case .episodes(let episodes, let decoys) = try suite.plan(options) else {
      Issue.record("\(name) does not tell and ask")
      return ([], [])
    }
    return (episodes, decoys)
  }

  static func texts(_ options: SuiteOptions) throws -> [TextTask] {
    guard case .texts(let tasks) = try StreamSuite().plan(options) else {
      Issue.record("no texts")
      return []
    }
    return tasks
  }

  /// Everything told in an episode.
  static func told(_ episode: Episode) -> String {
    episode.sessions.joined().map(\.text).joined(separator: "\n")
  }

  /// A file of the fixtures.
  static func fixture(_ name: String) throws -> String {
    try #require(
      Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Fixtures")
    ).path
  }

  /// Writes a file that is deleted with its folder.
  @discardableResult
  static func withFile<T>(_ data: Data, _ body: (String) throws -> T) throws -> T {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "file")
    try data.write(to: file)
    return try body(file.path)
  }
}
