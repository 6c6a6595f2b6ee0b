import Dispatch
import Foundation
import Mneme

/// Work outside of the REPL: Ctrl-C cancels it, a second one ends the program at once.
enum Work {
  /// Runs `body` on a thread that may block, cancelled by SIGINT.
  ///
  /// - Throws: `CancellationError` when it was interrupted, which becomes exit code 130.
  static func run<T: Sendable>(
    _ body: @escaping @Sendable () async throws -> T
  ) async throws -> T {
    let (result, isCancelled) = await attempt(body)
    if isCancelled { throw CancellationError() }
    return try result.get()
  }

  /// The same for work that keeps what it has got to when it is cancelled.
  static func runToWhereItGets<T: Sendable>(
    _ body: @escaping @Sendable () async throws -> T
  ) async throws -> T {
    try await attempt(body).result.get()
  }

  private static func attempt<T: Sendable>(
    _ body: @escaping @Sendable () async throws -> T
  ) async -> (result: Result<T, any Error>, isCancelled: Bool) {
    let task = Task.detached { try await body() }
    let interruption = Interruption.listening()
    interruption.during { task.cancel() }
    let result = await task.result
    interruption.end()
    return (result, task.isCancelled)
  }
}
