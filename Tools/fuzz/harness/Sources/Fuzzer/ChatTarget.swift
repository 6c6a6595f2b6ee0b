import Foundation
import Mneme
import ModelFiles

/// A chat's script, line by line: a message, or one of the chat's commands. A model of random weights answers, with a memory of every
/// module attached.
///
/// What must hold: no command traps, and what was kept in the log beside the file is what a save writes.
enum ChatTarget {
  private static let model: LanguageModel = {
    guard let tiny = try? TinyLlama(seed: 1), let model = try? LanguageModel(path: tiny.path, threads: 1)
    else { Target.report("the model cannot be made") }
    keeper = tiny
    return model
  }()
  /// Its folder goes when it does.
  nonisolated(unsafe) private static var keeper: TinyLlama?

  /// Longer scripts find the same.
  private static let longest = 16

  static func run(_ bytes: UnsafeRawBufferPointer) {
    let lines = String(decoding: bytes, as: UTF8.self).split(
      maxSplits: longest, omittingEmptySubsequences: false, whereSeparator: \.isNewline
    ).prefix(longest).map(String.init)
    let done = DispatchSemaphore(value: 0)
    let model = model
    Task.detached {
      do { try await chat(lines, with: model) } catch { Target.report("\(error)") }
      done.signal()
    }
    done.wait()
  }

  private static func chat(_ lines: [String], with model: LanguageModel) async throws {
    let path = "\(Target.folder)/chat.mneme"
    let copy = "\(Target.folder)/copy.mneme"
    for old in [path, path + "-log", copy, copy + "-log"] {
      try? FileManager.default.removeItem(atPath: old)
    }
    try FileManager.default.copyItem(
      atPath: Target.environment("MNEME_FUZZ_MEMORY"), toPath: path)
    var options = GenerationOptions.greedy
    options.maximumResponseTokens = 4
    let session = ChatSession(model, options: options, contextLength: 128)
    try await session.attach(path)
    for line in lines {
      try await say(line, in: session)
      try await session.keepMemories()
    }
    try FileManager.default.copyItem(atPath: path, toPath: copy)
    if FileManager.default.fileExists(atPath: path + "-log") {
      try FileManager.default.copyItem(atPath: path + "-log", toPath: copy + "-log")
    }
    try await session.saveMemories()
    let later = ChatSession(model, options: options, contextLength: 128)
    try await later.attach(copy)
    try await later.saveMemories()
    guard try data(path) == data(copy) else { Target.report("the log is not what was saved") }
  }

  /// One line; what is refused is refused.
  private static func say(_ line: String, in session: ChatSession) async throws {
    let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
    let argument = parts.count > 1 ? parts[1] : ""
    switch parts.first {
    case nil: return
    case "/undo": _ = try? await session.undo(max(1, min(Int(argument) ?? 1, 100)))
    case "/redo": _ = try? await session.redo()
    case "/regen": _ = try? await session.regenerate()
    case "/remember": _ = try? await session.remember(argument)
    case "/recall": _ = try? await session.recall(argument)
    case "/forget":
      guard let fact = try? await session.recall(argument).first else { return }
      _ = try? await session.forget(fact: fact.recalled.fact.handle)
    case "/system": await session.setInstructions(argument.isEmpty ? nil : argument)
    case "/clear": await session.clear()
    case "/surprise": _ = try? await session.surprise()
    case "/ab": _ = try? await session.compare(argument)
    case "/load":
      let transcript = await session.transcript
      await session.load(transcript)
    case "/save": _ = try await session.saveMemories()
    default: _ = try? await session.respond(to: line)
    }
  }

  private static func data(_ path: String) throws -> Data {
    try SafetensorsFile.open(path).data
  }
}
