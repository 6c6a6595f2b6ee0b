import Foundation
import Mneme

/// `/save`: writes the transcript.
struct SaveCommand: ReplCommand {
  let name = "save"
  let usage = "/save NAME|FILE"
  let summary = "keep the conversation's text (memories save themselves)"
  let details: String? =
    """
    A name, such as trip, is listed by /sessions; a path, such as trip.json or ./trip, is a file. What the model has read is \
    kept beside it (trip.context), so that /load need not read it again; that file can be removed at any time. It is large: \
    /set save-context off leaves it out.
    """
  let group = CommandGroup.session
  let completion = Completion.Argument.sessions

  func run(_ argument: String, in repl: REPL) async throws {
    guard !argument.isEmpty else { throw ReplError.usage(usage) }
    let (path, isNamed) = repl.sessionPath(argument)
    if FileManager.default.fileExists(atPath: path),
      await !repl.confirms("\(argument) is there already. Replace it?")
    {
      repl.output.line("Nothing was saved.")
      return
    }
    let transcript = await repl.conversation.currentTranscript()
    if isNamed {
      try repl.settings.shelf.save(transcript, to: path)
      repl.source.words.sessions.append(argument)
    } else {
      try transcript.write(to: path)
    }
    repl.output.line(
      "Saved \(Figures.plural(transcript.exchanges.count, "turn")) to \(argument).")
    try await keepContext(beside: path, in: repl)
  }

  /// What the model has read, beside a transcript that is saved by now.
  private func keepContext(beside path: String, in repl: REPL) async throws {
    let place = SessionShelf.contextPath(beside: path)
    guard repl.settings.savesContext else {
      // One that is there belongs to the conversation that was replaced.
      try? FileManager.default.removeItem(atPath: place)
      return
    }
    do {
      try await repl.conversation.saveContext(to: place)
    } catch ChatError.unwritable(let path, let reason) {
      throw ReplError.contextNotSaved(path: path, reason: reason)
    }
  }
}

/// `/load`: takes a transcript up again.
struct LoadCommand: ReplCommand {
  let name = "load"
  let usage = "/load NAME|FILE"
  let summary = "take up a saved conversation; memories do not learn it again"
  let group = CommandGroup.session
  let completion = Completion.Argument.sessions

  func run(_ argument: String, in repl: REPL) async throws {
    guard !argument.isEmpty else { throw ReplError.usage(usage) }
    var (path, isNamed) = repl.sessionPath(argument)
    // A file without an ending, in this folder.
    if isNamed, !FileManager.default.fileExists(atPath: path) {
      guard FileManager.default.fileExists(atPath: argument) else {
        throw ReplError.noSession(names: repl.settings.shelf.sessions().map(\.name))
      }
      path = argument
    }
    let transcript = try Transcript.read(from: path)
    try await repl.conversation.takeUp(
      transcript, context: SessionShelf.contextPath(beside: path))
    repl.output.line("Loaded \(Figures.plural(transcript.exchanges.count, "turn")).")
  }
}

/// `/read`: sends a file as a message.
struct ReadCommand: ReplCommand {
  let name = "read"
  let usage = "/read FILE"
  let summary = "send the text of a file as your message"
  let group = CommandGroup.input
  let completion = Completion.Argument.path

  func run(_ argument: String, in repl: REPL) async throws {
    guard !argument.isEmpty else { throw ReplError.usage(usage) }
    let text = try TextFile.read(PathText.expanded(argument))
      .trimmingCharacters(in: .whitespacesAndNewlines)
    guard !text.isEmpty else {
      throw ReplError.unreadableText(path: argument, reason: "the file is empty")
    }
    try await repl.say(text)
  }
}

/// `/edit`: writes a message in an editor.
struct EditCommand: ReplCommand {
  let name = "edit"
  let usage = "/edit [TEXT]"
  let summary = "write your message in $EDITOR"
  let group = CommandGroup.input

  func run(_ argument: String, in repl: REPL) async throws {
    guard repl.source.isInteractive else { throw ReplError.usage("\(usage), at a terminal") }
    let text = try Self.edit(argument)
    guard !text.isEmpty else {
      repl.output.line("Nothing to send.")
      return
    }
    repl.output.line(text)
    try await repl.say(text)
  }

  private static func edit(_ initial: String) throws -> String {
    let environment = ProcessInfo.processInfo.environment
    let editor = environment["VISUAL"] ?? environment["EDITOR"] ?? "vi"
    let folder = FileManager.default.temporaryDirectory.path
    let path = "\(folder)/mneme-\(UUID().uuidString).txt"
    try PrivateFile.write(Data(initial.utf8), to: path)
    defer { unlink(path) }
    let quoted = "'" + path.replacing("'", with: "'\\''") + "'"
    guard system("\(editor) \(quoted)") == 0 else { throw ReplError.editorFailed(editor) }
    return try TextFile.read(path).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
