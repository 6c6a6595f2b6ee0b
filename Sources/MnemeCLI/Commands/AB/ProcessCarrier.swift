import Foundation
import Mneme
import MnemeEvaluation

/// Carries a memory file through other processes: this program, with the commands a user would type.
struct ProcessCarrier {
  let model: ModelOptions
  let context: Int

  /// Teaches with `mneme learn`, `memory write` and `memory forget`, asks with `mneme generate`.
  var carrier: SessionCarrier {
    let arguments = modelArguments
    return SessionCarrier(isProcess: true) { session, source, path in
      let folder = try PrivateFolder()
      for (index, lesson) in session.lessons(source: source).enumerated() {
        let file = folder.path("lesson-\(index)")
        for command in try Self.commands(for: lesson, file: file, memory: path) {
          _ = try Self.run(command + arguments + ["--quiet"])
        }
      }
    } complete: { prompt, path in
      struct Completion: Decodable { var tokens: [Int32] }
      let output = try Self.run(
        ["generate", prompt, "--chat", "--memory", path + ":ro", "--temperature", "0"]
          + ["--tokens", "16", "--json", "--quiet"] + arguments)
      return try JSONDecoder().decode(Completion.self, from: output).tokens
    }
  }

  private var modelArguments: [String] {
    var arguments = ["--context", String(context), "--cache-type", model.cacheType.rawValue]
    if let path = model.model { arguments += ["--model", PathText.expanded(path)] }
    if let threads = model.threads { arguments += ["--threads", String(threads)] }
    if let template = model.chatTemplate { arguments += ["--chat-template", template.rawValue] }
    return arguments
  }

  private static func commands(
    for lesson: Lesson, file: String, memory: String
  ) throws -> [[String]] {
    guard let first = lesson.tellings.first else { return [] }
    switch first.kind {
    case .statement:
      let turns = lesson.tellings.flatMap { telling in
        [ConversationRecord.Turn(role: "user", text: telling.text)]
          + (telling.reply.map { [ConversationRecord.Turn(role: "assistant", text: $0)] } ?? [])
      }
      let line = try JSONOutput.line(ConversationRecord(turns: turns))
      try Data(line.utf8).write(to: URL(fileURLWithPath: file + ".jsonl"))
      return [["learn", file + ".jsonl", "--memory", memory, "--source", lesson.source.text]]
    case .document:
      try Data(first.text.utf8).write(to: URL(fileURLWithPath: file + ".txt"))
      return [["learn", file + ".txt", "--memory", memory, "--source", lesson.source.text]]
    case .fact:
      return [
        ["memory", "write", first.text, "--memory", memory, "--source", lesson.source.text]
          + (first.answer.map { ["--answer", $0] } ?? [])
      ]
    case .forget:
      return [["memory", "forget", memory, "--source", lesson.source.text]]
    }
  }

  /// Runs this program and returns what it printed.
  ///
  /// - Throws: `ProcessError` when it fails; `CancellationError` when it was interrupted.
  private static func run(_ arguments: [String]) throws -> Data {
    let process = Process()
    process.executableURL = Bundle.main.executableURL
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    try Task.checkCancellation()
    // Ctrl-C reaches every process of the terminal, and the other one may be the first to end.
    if process.terminationStatus == 130 { throw CancellationError() }
    guard process.terminationStatus == 0 else {
      throw ProcessError(command: arguments.first ?? "", status: process.terminationStatus)
    }
    return data
  }
}

/// Another process of this program failed; it has said why on standard error.
struct ProcessError: MnemeError, Equatable {
  /// The command.
  var command: String
  /// Its exit code.
  var status: Int32

  var explanation: ErrorExplanation {
    ErrorExplanation(
      what: "a session in another process failed with exit code \(status)",
      location: "mneme \(command)", expected: nil, hint: "its message stands above")
  }
}
