import Foundation
import Synchronization

/// A few threads that share loops: a dispatch costs microseconds because the workers spin briefly before they sleep.
///
/// `parallel` splits a count into one contiguous range per thread, always the same way, so results do not depend on
/// timing. While the pool is busy, further callers run their parts one after the other themselves. With one thread the
/// body runs inline.
public final class ThreadPool: Sendable {
  /// One thread per processor, at most 16.
  public static let shared = ThreadPool(
    threads: min(16, ProcessInfo.processInfo.activeProcessorCount))

  /// The number of threads that share a loop, the caller included.
  public let threadCount: Int
  private let state: State

  /// Starts `threads - 1` workers, at most 255.
  public init(threads: Int) {
    threadCount = min(256, max(1, threads))
    state = State(workers: threadCount - 1)
    for index in 1..<max(1, threadCount) where threadCount > 1 {
      let state = state
      let thread = Thread { state.work(index) }
      thread.name = "mneme-\(index)"
      thread.stackSize = 1 << 20
      thread.start()
    }
  }

  deinit { state.stop() }

  /// Runs `body` over `0..<count`, split into one range per thread; returns when all are done.
  ///
  /// - Parameters:
  ///   - count: the number of iterations.
  ///   - minimum: the fewest iterations worth a thread of their own.
  ///   - body: called once per non-empty range, on different threads at the same time.
  public func parallel(_ count: Int, minimum: Int = 1, _ body: (Range<Int>) -> Void) {
    guard count > 0 else { return }
    let parts = min(threadCount, max(1, count / max(1, minimum)))
    guard parts > 1 else {
      body(0..<count)
      return
    }
    withoutActuallyEscaping(body) { escapable in
      state.run(Job(count: count, parts: parts, body: escapable))
    }
  }
}

/// One loop to share.
private struct Job: @unchecked Sendable {
  let count: Int
  let parts: Int
  let body: (Range<Int>) -> Void

  func run(part: Int) {
    guard part < parts else { return }
    body(count * part / parts..<count * (part + 1) / parts)
  }
}

/// What callers and workers share. A generation number announces a job; `pending` counts workers not yet through.
private final class State: @unchecked Sendable {
  private let workers: Int
  private let generation = Atomic<Int>(0)
  private let pending = Atomic<Int>(0)
  private let sleeping = Atomic<Int>(0)
  private let stopped = Atomic<Bool>(false)
  private let callers = NSLock()
  private let wake = NSCondition()
  private var job: Job?

  /// Turns of the spin loop before a worker sleeps: some tens of microseconds.
  private static let spins = 20_000

  init(workers: Int) { self.workers = workers }

  func run(_ next: Job) {
    guard callers.try() else {
      // Busy with another session's loop, or this is a loop within a loop: do the same parts alone.
      for part in 0..<next.parts { next.run(part: part) }
      return
    }
    defer { callers.unlock() }
    job = next
    pending.store(workers, ordering: .relaxed)
    generation.add(1, ordering: .sequentiallyConsistent)
    if sleeping.load(ordering: .sequentiallyConsistent) > 0 {
      wake.lock()
      wake.broadcast()
      wake.unlock()
    }
    next.run(part: 0)
    var turns = 0
    while pending.load(ordering: .acquiring) > 0 {
      turns += 1
      if turns > Self.spins { sched_yield() }
    }
    job = nil
  }

  func work(_ index: Int) {
    var seen = 0
    while true {
      var turns = 0
      while generation.load(ordering: .acquiring) == seen {
        if stopped.load(ordering: .relaxed) { return }
        turns += 1
        if turns > Self.spins {
          sleep(seen)
          turns = 0
        }
      }
      seen += 1
      job?.run(part: index)
      pending.subtract(1, ordering: .releasing)
    }
  }

  private func sleep(_ seen: Int) {
    wake.lock()
    sleeping.add(1, ordering: .sequentiallyConsistent)
    while generation.load(ordering: .sequentiallyConsistent) == seen,
      !stopped.load(ordering: .sequentiallyConsistent)
    { wake.wait() }
    sleeping.subtract(1, ordering: .sequentiallyConsistent)
    wake.unlock()
  }

  func stop() {
    stopped.store(true, ordering: .sequentiallyConsistent)
    wake.lock()
    wake.broadcast()
    wake.unlock()
  }
}
