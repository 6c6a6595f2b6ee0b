package import ArgumentParser
import Foundation
import Mneme

/// The program.
@main
package struct MnemeCommand: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "mneme",
    abstract: "Chat with a local model whose memory is a file.",
    discussion: "Without a command, mneme starts a chat.",
    version: ProgramVersion.text,
    subcommands: [
      ChatCommand.self, GenerateCommand.self, LearnCommand.self, PerplexityCommand.self,
      ABCommand.self, MemoryGroup.self, TokenizeCommand.self, TraceCommand.self,
      BenchGroup.self, ModelGroup.self, AdapterGroup.self, CellGroup.self,
    ],
    defaultSubcommand: ChatCommand.self)

  package init() {}

  /// Parses, runs, and turns whatever was thrown into one sentence and an exit code.
  package static func main() async {
    StandardStreams.reserve()
    // A pipe that is closed is told by the write that fails, so that a chat still saves its memories. Not SIG_IGN, which
    // an editor started from here would inherit.
    signal(SIGPIPE) { _ in }
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      remark()
    } catch {
      remark()
      finish(with: error)
    }
  }

  /// Says once what the arithmetic has to say: a variable that is not followed, a library that was left aside.
  private static func remark() {
    for line in Arithmetic.remarks { StandardStreams.error("mneme: \(line)\n") }
  }

  /// 64 for wrong usage, 130 for an interruption, 141 where nobody reads on, 1 for work that failed, 0 for `--help`.
  private static func finish(with error: any Error) -> Never {
    let (text, code) = ending(with: error)
    guard let code else { show(fullMessage(for: error)) }
    if let text { StandardStreams.error(text + "\n") }
    Foundation.exit(code)
  }

  /// Prints what `--help` and its like ask for.
  private static func show(_ text: String) -> Never {
    do {
      if !text.isEmpty { try StandardStreams.out(text + "\n") }
      Foundation.exit(0)
    } catch {
      finish(with: error)
    }
  }

  /// What goes to standard error, and the exit code; no code for the parser's own clean ends, such as `--help`.
  package static func ending(with error: any Error) -> (text: String?, code: Int32?) {
    switch error {
    case is CancellationError: return (nil, 130)
    case let code as ExitCode: return (nil, code.rawValue)
    case is CleanExit: return (nil, nil)
    // As a shell reports a program that the signal has ended.
    case let error as StreamError where error.isClosedPipe: return (nil, 128 + SIGPIPE)
    case is any MnemeError: break
    default:
      // The parser's own errors carry their code; every other foreign error is failed work.
      let code = exitCode(for: error)
      if code == .success { return (nil, nil) }
      if code == .validationFailure { return (fullMessage(for: error), code.rawValue) }
    }
    return ("mneme: \(ErrorRenderer.render(error))", 1)
  }
}
