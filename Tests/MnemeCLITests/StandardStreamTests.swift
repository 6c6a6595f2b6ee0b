import Foundation
import Mneme
import MnemeCLI
import TestSupport
import Testing

@Suite("Standard streams as values")
struct StandardStreamTests {
  @Test("What went wrong is one sentence; a reader that has gone is none")
  func sentences() {
    func ending(_ error: StreamError) -> (text: String?, code: Int32?) {
      MnemeCommand.ending(with: error)
    }
    #expect(
      ending(.unwritable(code: ENOSPC)) == (
        "mneme: standard output could not be written: no space left on device. Hint: free some "
          + "space; what was printed is cut short, and files that the command changed stay changed.",
        1
      ))
    #expect(
      ending(.unwritable(code: EBADF)).text?
        .hasPrefix("mneme: standard output could not be written: it is closed. Hint: what") == true)
    #expect(ending(.unwritable(code: EPIPE)) == (nil, 141))
    #expect(
      ending(.unreadable(code: EISDIR)) == (
        "mneme: standard input could not be read: it is a directory; expected text from a file or a "
          + "pipe. Hint: give it with < FILE, or as COMMAND | mneme.", 1
      ))
  }

  #if os(Linux)
    @Test("A write that fails is thrown, one of nothing is not")
    func writing() throws {
      let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
      defer { close(full) }
      #expect(throws: StreamError.unwritable(code: ENOSPC)) {
        try StandardStreams.write("text", to: full)
      }
      try StandardStreams.write("", to: full)
      #expect(throws: StreamError.unwritable(code: EBADF)) {
        try StandardStreams.write("text", to: -1)
      }
    }

    @MainActor
    @Test("A chat whose output is full ends with its memories saved", arguments: [true, false])
    func chat(startsWithReply: Bool) async throws {
      let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
      defer { close(full) }
      let output = StandardOutput(isInteractive: false, descriptor: full)
      let conversation = FakeConversation(replies: ["one", "two"])
      let repl = REPL(
        conversation: conversation, model: .sample,
        source: ScriptLineSource(lines: [startsWithReply ? "hi" : "/help", "never"]), output: output
      )
      #expect(await repl.run() == 1)
      #expect(output.failure == .unwritable(code: ENOSPC))
      let saves = startsWithReply ? ["say hi", "stop"] : []
      #expect(Array(conversation.calls.prefix(saves.count)) == saves)
      #expect(conversation.calls.last == "save")
      #expect(!conversation.calls.contains("say never"))
    }
  #endif

  @Test("A stream that never blocks is waited for")
  func patience() async throws {
    let pipe = Pipe()
    let descriptor = pipe.fileHandleForReading.fileDescriptor
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    let writer = pipe.fileHandleForWriting
    let later = Task.detached {
      try await Task.sleep(for: .milliseconds(50))
      try writer.write(contentsOf: Data("late".utf8))
    }
    #expect(try StandardStreams.input(from: descriptor) == Data("late".utf8))
    try await later.value
  }

  @MainActor
  @Test("A script that cannot be read: said once, memories saved, exit code 1")
  func unreadableScript() async throws {
    let folder = try TemporaryFolder()
    let handle = try FileHandle(forReadingFrom: folder.url)
    let source = ScriptLineSource(reading: handle)
    #expect(source.next(prompt: "") == .unreadable(.unreadable(code: EISDIR)))
    let output = RecordedOutput()
    let conversation = FakeConversation()
    let repl = REPL(
      conversation: conversation, model: .sample, source: source, output: output)
    #expect(await repl.run() == 1)
    #expect(output.problems.count == 1)
    #expect(output.problems[0].hasPrefix("standard input could not be read: it is a directory;"))
    #expect(conversation.calls == ["save"])
  }
}
