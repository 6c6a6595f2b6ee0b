import Foundation
import Mneme
import Testing

/// Makes a memory for a model whose path the environment has, in a process with a cache folder of its own.
@Suite(
  "Meeting a model elsewhere", .enabled(if: MeetingProcess.path != nil, "another test's process"))
struct MeetingProcess {
  static let variable = "MNEME_TEST_MEETING"
  static let path = ProcessInfo.processInfo.environment[variable]

  @Test("It is met")
  func meets() throws {
    let model = try LanguageModel(path: #require(Self.path), threads: 2)
    _ = try model.createMemory(ReferenceHost.kinds)
  }
}
