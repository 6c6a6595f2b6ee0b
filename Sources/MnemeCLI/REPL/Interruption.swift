import Foundation

/// Ctrl-C and requests to end as values: what they do changes with what the program is doing.
///
/// While something runs that can be stopped, the first Ctrl-C stops it and a second one within it
/// ends the program with status 130. At all other times the first one ends the program. SIGTERM and
/// SIGHUP end it with 143 and 129. Before the end `beforeExit` runs, which saves what a chat has
/// learned; whoever asks again while it does ends the program at once. Files are only ever replaced
/// whole.
package final class Interruption: @unchecked Sendable {
  private let lock = NSLock()
  private var action: (@Sendable () -> Void)?
  private var farewell: (@Sendable () async -> Void)?
  private var wasUsed = false
  private var isEnding = false
  private var signalSources: [any DispatchSourceSignal] = []
  private let exit: @Sendable (Int32) -> Void

  /// An interruption nobody triggers, for tests and for programs that handle signals themselves.
  package init(exit: @escaping @Sendable (Int32) -> Void = { Foundation.exit($0) }) {
    self.exit = exit
  }

  /// One that listens to SIGINT and, where there is something to save at the end, to SIGTERM and SIGHUP.
  package static func listening(toTermination: Bool = false) -> Interruption {
    let interruption = Interruption()
    for number in toTermination ? [SIGINT, SIGTERM, SIGHUP] : [SIGINT] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        if number == SIGINT { interruption.trigger() } else { interruption.terminate(128 + number) }
      }
      source.resume()
      interruption.signalSources.append(source)
    }
    return interruption
  }

  /// From now on the first Ctrl-C runs `action`.
  package func during(_ action: @escaping @Sendable () -> Void) {
    lock.withLock {
      self.action = action
      wasUsed = false
    }
  }

  /// From now on Ctrl-C ends the program.
  package func end() {
    lock.withLock { action = nil }
  }

  /// What is to be done before a signal ends the program.
  package func beforeExit(_ farewell: @escaping @Sendable () async -> Void) {
    lock.withLock { self.farewell = farewell }
  }

  /// What SIGINT does.
  package func trigger() {
    let current: (@Sendable () -> Void)? = lock.withLock {
      guard !wasUsed, let action else { return nil }
      wasUsed = true
      return action
    }
    if let current {
      current()
    } else {
      StandardStreams.error("\n")
      terminate(130)
    }
  }

  /// Ends the program: what SIGTERM and SIGHUP do.
  package func terminate(_ code: Int32) {
    let farewell: (@Sendable () async -> Void)? = lock.withLock {
      defer { isEnding = true }
      return isEnding ? nil : self.farewell
    }
    guard let farewell else { return exit(code) }
    let exit = self.exit
    Task.detached {
      await farewell()
      exit(code)
    }
  }
}

/// A flag several threads may raise and look at.
package final class LockedFlag: @unchecked Sendable {
  private let lock = NSLock()
  private var value = false

  /// A flag that is not raised.
  package init() {}

  /// Whether somebody raised it.
  package var isRaised: Bool { lock.withLock { value } }

  /// Raises it for good.
  package func raise() { lock.withLock { value = true } }
}
