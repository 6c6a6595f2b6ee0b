import Foundation

/// Ctrl-C as a value: what it does changes with what the program is doing.
///
/// While something runs that can be stopped, the first Ctrl-C stops it and a second one within it
/// ends the program with status 130. At all other times the first one ends the program; what was
/// said is on disk by then, and files are only ever replaced whole.
package final class Interruption: @unchecked Sendable {
  private let lock = NSLock()
  private var action: (@Sendable () -> Void)?
  private var wasUsed = false
  private var signalSource: (any DispatchSourceSignal)?

  /// An interruption nobody triggers, for tests and for programs that handle signals themselves.
  package init() {}

  /// One that listens to SIGINT.
  package static func listening() -> Interruption {
    let interruption = Interruption()
    signal(SIGINT, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
    source.setEventHandler { interruption.trigger() }
    source.resume()
    interruption.signalSource = source
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
      exit(130)
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
