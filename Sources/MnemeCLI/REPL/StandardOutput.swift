import Foundation

/// The process's own standard output and error.
@MainActor
package final class StandardOutput: ReplOutput {
  package let allowsColor: Bool
  package private(set) var failure: StreamError?
  private let descriptor: Int32
  private let isInteractive: Bool
  private var spinner: Spinner?
  private var bar: ProgressBar?

  /// Colours and spinners appear only when `isInteractive` and the stream is a terminal.
  package init(isInteractive: Bool, descriptor: Int32 = STDOUT_FILENO) {
    self.descriptor = descriptor
    self.isInteractive = isInteractive && StandardStreams.outputIsTerminal
    allowsColor = StandardStreams.allowsColor(terminal: self.isInteractive)
  }

  package var columns: Int? { isInteractive ? StandardStreams.columns : nil }

  package func write(_ text: String) {
    endWaiting()
    guard failure == nil else { return }
    do { try StandardStreams.write(text, to: descriptor) } catch { failure = error }
  }

  package func writeProblem(_ text: String) {
    endWaiting()
    let color = StandardStreams.allowsColor(terminal: StandardStreams.errorIsTerminal)
    let line = LineFolder.fold(isInteractive ? text : "mneme: \(text)", columns: columns)
    StandardStreams.error((color ? "\u{1B}[31m\(line)\u{1B}[0m" : line) + "\n")
  }

  package func beginWaiting(_ label: String) {
    guard isInteractive, spinner == nil else { return }
    spinner = Spinner(label)
  }

  package func endWaiting() {
    spinner?.stop()
    spinner = nil
    bar?.finish()
    bar = nil
  }

  package func showProgress(_ fraction: Double, _ label: String) {
    guard isInteractive else { return }
    spinner?.stop()
    spinner = nil
    let current = bar ?? ProgressBar("", enabled: true)
    bar = current
    current.update(fraction, label)
  }
}

/// A turning bar for the time before the first token.
private final class Spinner: @unchecked Sendable {
  private let timer: any DispatchSourceTimer
  private let lock = NSLock()
  private var step = 0
  private var isStopped = false
  private static let frames = ["|", "/", "-", "\\"]

  /// Appears after a quarter of a second; what is faster than that needs no spinner.
  init(_ label: String) {
    timer = DispatchSource.makeTimerSource(queue: .global())
    timer.schedule(deadline: .now() + .milliseconds(250), repeating: .milliseconds(100))
    timer.setEventHandler { [weak self] in self?.draw(label) }
    timer.resume()
  }

  private func draw(_ label: String) {
    lock.withLock {
      guard !isStopped else { return }
      let frame = Self.frames[step % Self.frames.count]
      step += 1
      try? StandardStreams.out("\r\u{1B}[K\(frame) \(label)")
    }
  }

  func stop() {
    timer.cancel()
    lock.withLock {
      isStopped = true
      if step > 0 { try? StandardStreams.out("\r\u{1B}[K") }
      step = 0
    }
  }
}
