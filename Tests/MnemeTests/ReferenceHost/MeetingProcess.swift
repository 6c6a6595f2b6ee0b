import Foundation
import Mneme
import Testing

/// Makes a memory for a model whose path the environment has, in a process with a cache folder of its own.
@Suite(
  "Meeting a model elsewhere", .enabled(if: MeetingOrder.path != nil, "another test's process"))
struct MeetingProcess {
  @Test("It is met")
  func meets() throws {
    let model = try LanguageModel(path: #require(MeetingOrder.path), threads: 2)
    _ = try model.createMemory(ReferenceHost.kinds)
  }
}

/// What the process is asked for.
enum MeetingOrder {
  static let variable = "MNEME_TEST_MEETING"
  static let path = ProcessInfo.processInfo.environment[variable]
}
