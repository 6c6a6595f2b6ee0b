import Dispatch

/// Runs an actor's work on its own queue.
///
/// A forward pass computes for milliseconds to seconds without suspending. On the shared pool that would block threads
/// that other tasks need.
final class SerialQueueExecutor: SerialExecutor {
  private let queue: DispatchQueue

  /// An executor whose queue carries `label` in debuggers.
  init(label: String) {
    queue = DispatchQueue(label: label, qos: .userInitiated)
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let unowned = UnownedJob(job)
    let executor = asUnownedSerialExecutor()
    queue.async { unowned.runSynchronously(on: executor) }
  }

  func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    UnownedSerialExecutor(ordinary: self)
  }
}
