import Foundation
import Mneme
import MnemeEvaluation
import TestSupport
import Testing

@Suite("Log of an unfinished run")
struct EvaluationLogTests {
  private let folder: TemporaryFolder
  private let settings = RunSettings(
    version: "1", model: "m", fingerprint: "f",
    arms: [ArmDescription(name: "attached", role: .memory, modules: ["neural"])], suites: ["s"],
    context: 64)

  init() throws { folder = try TemporaryFolder() }

  private func record(_ task: Int) -> EvaluationRecord {
    var outcome = ABReport.Outcome(text: "täxt\n\"\(task)\"", exactMatch: 1, nll: 0.1, tokens: 3)
    outcome.tokenNLL = [0.1, 1e-300, 3.25]
    var score = TextScorer.Score()
    score.pieces = ["a", "\u{2028}"]
    score.surprisal = [0.1 + 0.2, 1]
    return EvaluationRecord(
      suite: "s", arm: "attached", task: task, outcomes: [outcome], text: score,
      checks: ["holds"],
      costs: [CostResult(arm: "a", tokens: 1, stateBytes: 2, fileBytes: 3, entries: 4)],
      timings: [CostTiming(arm: "a", tokens: 1)], seconds: 1.5)
  }

  private func read(_ path: String, work: String = "w") throws -> [EvaluationRecord] {
    try EvaluationLog.records(in: path, settings: settings, work: work)
  }

  @Test("What is appended is read, to the last bit; only the owner can read the file")
  func roundTrip() throws {
    let path = EvaluationLog.path(beside: folder.path("r.html"))
    #expect(path.hasSuffix("r.html.partial"))
    let log = try EvaluationLog(path: path, settings: settings, work: "w", records: [record(0)])
    try log.append(record(1))
    #expect(try read(path) == [record(0), record(1)])
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    log.remove()
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test("A line that was cut short is left out; one in the middle is an error")
  func cut() throws {
    let path = folder.path("log")
    let log = try EvaluationLog(path: path, settings: settings, work: "w")
    for task in 0..<3 { try log.append(record(task)) }
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    try whole.dropLast(40).write(to: URL(fileURLWithPath: path))
    #expect(try read(path) == [record(0), record(1)])
    var lines = whole.split(separator: 10).map { Data($0) }
    lines[2] = Data("{\"suite\": 3}".utf8)
    try Data(lines.joined(separator: [10])).write(to: URL(fileURLWithPath: path))
    #expect(throws: EvaluationError.self) { try read(path) }
  }

  @Test("Another run's log, no log and something else are refused")
  func refusals() throws {
    let path = folder.path("log")
    _ = try EvaluationLog(path: path, settings: settings, work: "w")
    #expect(throws: EvaluationError.otherRun(path: path)) { try read(path, work: "other") }
    var others = settings
    others.seed = 7
    #expect(throws: EvaluationError.otherRun(path: path)) {
      try EvaluationLog.records(in: path, settings: others, work: "w")
    }
    try Data("hello".utf8).write(to: URL(fileURLWithPath: path))
    #expect(throws: EvaluationError.self) { try read(path) }
    #expect(throws: EvaluationError.self) { try read(folder.path("none")) }
    #expect(throws: EvaluationError.unwritable(path: "/proc/none/log")) {
      try EvaluationLog(path: "/proc/none/log", settings: settings, work: "w")
    }
  }
}

@Suite("Results as a file")
struct EvaluationResultsFileTests {
  @Test("Results are read as they were written; anything else is refused in a sentence")
  func file() throws {
    let results = EvaluationResults(
      settings: RunSettings(
        version: "1", model: "m", fingerprint: "f",
        arms: [ArmDescription(name: "attached", role: .memory)], suites: [], context: 64),
      suites: [], done: 1, total: 2)
    let data = try JSONEncoder().encode(results)
    #expect(try EvaluationResults(json: data, path: "r") == results)
    for text in ["", "{}", "[]", "{\"suites\": 1}", String(repeating: "[", count: 600)] {
      #expect(throws: EvaluationError.invalidResults(path: "r")) {
        try EvaluationResults(json: Data(text.utf8), path: "r")
      }
    }
  }
}
