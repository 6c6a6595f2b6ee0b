import Foundation
import Mneme
import MnemeCLI
import Synchronization
import TestSupport
import Testing

/// When a chat saves, and what it says when it cannot.
@MainActor
@Suite("Autosave")
struct AutosaveTests {
  /// A clock that moves when told to.
  private final class Clock: Sendable {
    private let value = Mutex(ContinuousClock.now)
    var now: ContinuousClock.Instant { value.withLock { $0 } }
    func advance(_ seconds: Double) { value.withLock { $0 = $0 + .seconds(seconds) } }
  }

  /// Says lines and moves the clock in between.
  @MainActor
  private final class TimedLines: LineSource {
    let isInteractive = false
    private var lines: [(Double, String)]
    private let clock: Clock
    init(_ lines: [(Double, String)], _ clock: Clock) {
      self.lines = lines
      self.clock = clock
    }
    func next(prompt: String) -> InputLine {
      guard !lines.isEmpty else { return .end }
      let (seconds, line) = lines.removeFirst()
      clock.advance(seconds)
      return .line(line)
    }
    func remember(_ input: String) {}
    func setHistory(_ enabled: Bool) {}
  }

  private func run(
    _ lines: [(Double, String)], _ autosave: Autosave, on conversation: FakeConversation
  ) async -> (calls: [String], problems: [String], code: Int32) {
    let clock = Clock()
    let output = RecordedOutput()
    var settings = ReplSettings()
    settings.autosave = autosave
    let repl = REPL(
      conversation: conversation, model: .sample, source: TimedLines(lines, clock), output: output,
      settings: settings, now: { clock.now })
    let code = await repl.run()
    return (conversation.calls, output.problems, code)
  }

  @Test(
    "What the setting understands",
    arguments: [
      ("on", "on"), ("OFF", "off"), ("30", "30"), ("0.5", "0.5"), ("yes", "on"), ("0", "0"),
    ])
  func values(text: String, shown: String) {
    #expect(Autosave(text)?.description == shown)
  }

  @Test("And what it does not", arguments: ["", "sometimes", "-1", "nan", "inf", "1e9"])
  func refused(text: String) { #expect(Autosave(text) == nil) }

  @Test("At most every so many seconds, and always at the end")
  func interval() async {
    let lines = [(1.0, "a"), (5, "b"), (5, "c"), (1, "d"), (9, "/remember e"), (2, "/undo")]
    let result = await run(lines, .every(seconds: 10), on: FakeConversation())
    #expect(
      result.calls == [
        "say a", "say b", "say c", "keep", "say d", "remember e", "keep", "undo 1", "save",
      ])
    #expect(result.code == 0)
    let off = await run([(1, "a"), (99, "b")], .off, on: FakeConversation())
    #expect(off.calls == ["say a", "say b", "save"])
    let on = await run([(0, "a"), (0, "/quit")], .on, on: FakeConversation())
    #expect(on.calls == ["say a", "keep", "save"])
    let changed = await run(
      [(0, "/set autosave 20"), (1, "a"), (30, "b"), (0, "/set autosave off"), (99, "c")], .on,
      on: FakeConversation())
    #expect(changed.calls == ["say a", "say b", "keep", "say c", "save"])
  }

  @Test("A failure is said once per cause, the chat goes on, and each exchange tries again")
  func failure() async {
    let conversation = FakeConversation()
    func fail(_ code: Int32) {
      conversation.state.withLock {
        $0.saveFailure = MemoryError.file(
          .unwritable(path: "/m", operation: "write", code: code))
      }
    }
    fail(ENOSPC)
    let result = await run([(0, "a"), (0, "b"), (0, "c")], .on, on: conversation)
    #expect(result.calls == ["say a", "keep", "say b", "keep", "say c", "keep", "save"])
    #expect(result.problems.count == 2, "once while it runs, once at the end: it is lost then")
    #expect(Set(result.problems).count == 1)
    #expect(result.code == 1)
  }

  @Test("A second cause is said too; when saving works again nothing was lost")
  func causes() async {
    let conversation = FakeConversation()
    let output = RecordedOutput()
    let repl = REPL(
      conversation: conversation, model: .sample, source: ScriptLineSource(lines: []),
      output: output)
    for code in [ENOSPC, ENOSPC, EACCES, nil, ENOSPC, nil] as [Int32?] {
      conversation.state.withLock {
        $0.saveFailure = code.map {
          MemoryError.file(.unwritable(path: "/m", operation: "write", code: $0))
        }
      }
      await repl.autosave()
    }
    #expect(output.problems.count == 3)
    #expect(conversation.calls == Array(repeating: "keep", count: 6))
  }

  @Test("/memory save FILE goes on with a new file")
  func moving() async {
    let conversation = FakeConversation()
    let lines = [
      (0.0, "/memory save x.mneme"), (0, "/attach a.mneme"), (0, "/memory save x.mneme"),
    ]
    let result = await run(lines, .off, on: conversation)
    #expect(result.problems.count == 1, "without a memory there is nothing to save")
    #expect(result.calls.contains { $0.hasPrefix("save a as ") && $0.hasSuffix("x.mneme") })
  }

  @Test("A request to end saves first, then ends with its number; asked twice it ends at once")
  func ending() async {
    let codes = Mutex<[Int32]>([])
    let interruption = Interruption { code in codes.withLock { $0.append(code) } }
    interruption.terminate(143)
    #expect(codes.withLock { $0 } == [143], "nothing to save yet")

    let saved = LockedFlag()
    let other = Interruption { code in
      #expect(saved.isRaised)
      codes.withLock { $0.append(code) }
    }
    other.beforeExit { saved.raise() }
    other.trigger()
    while codes.withLock({ $0.count }) < 2 { try? await Task.sleep(for: .milliseconds(2)) }
    other.terminate(129)
    #expect(codes.withLock { $0 } == [143, 130, 129])
  }

  #if os(Linux)
    nonisolated static let variable = "MNEME_TEST_CHAT_UNTIL_SIGNAL"

    @Test(
      "The chat that is ended", .enabled(if: ProcessInfo.processInfo.environment[variable] != nil))
    func victim() async throws {
      let path = try #require(ProcessInfo.processInfo.environment[Self.variable])
      let interruption = Interruption.listening(toTermination: true)
      interruption.beforeExit {
        _ = FileManager.default.createFile(atPath: path + ".saved", contents: nil)
      }
      // The system takes a moment to listen.
      try await Task.sleep(for: .milliseconds(500))
      _ = FileManager.default.createFile(atPath: path, contents: nil)
      try await Task.sleep(for: .seconds(60))
    }

    @Test(
      "SIGTERM, SIGHUP and SIGINT save and end with their numbers",
      .enabled(if: ProcessInfo.processInfo.environment[variable] == nil),
      arguments: [(SIGTERM, 143), (SIGHUP, 129), (SIGINT, 130)] as [(Int32, Int32)])
    func signals(number: Int32, code: Int32) throws {
      let folder = try TemporaryFolder()
      let path = folder.path("ready")
      let process = try OtherProcess.start("AutosaveTests/victim", Self.variable, path)
      defer { kill(process.processIdentifier, SIGKILL) }
      #expect(OtherProcess.wait { FileManager.default.fileExists(atPath: path) })
      kill(process.processIdentifier, number)
      process.waitUntilExit()
      #expect(process.terminationReason == .exit)
      #expect(process.terminationStatus == code)
      #expect(FileManager.default.fileExists(atPath: path + ".saved"))
    }
  #endif
}
