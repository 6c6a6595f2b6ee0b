import Foundation
import Synchronization

/// Runs templates on a separate thread, whose stack is large enough for the deepest nesting that `JinjaLimits` allows:
/// the stacks of other threads are as small as 512 kB on some systems.
enum JinjaThread {
  /// Bytes of stack. Unoptimised code needs a quarter of it for the deepest template.
  private static let stackSize = 8 << 20

  /// The result of a computation; the caller waits for it.
  static func run<Value: Sendable>(
    _ body: @escaping @Sendable () throws(JinjaError) -> Value
  ) throws(JinjaError) -> Value {
    let finished = DispatchSemaphore(value: 0)
    let box = Box(body)
    let thread = Thread {
      box.finish()
      finished.signal()
    }
    thread.stackSize = stackSize
    thread.start()
    finished.wait()
    guard let value = box.take() else {
      throw .evaluation(line: 1, what: "the template did not end", expected: nil)
    }
    return try value.get()
  }

  private final class Box<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, JinjaError>?>(nil)
    private let body: @Sendable () throws(JinjaError) -> Value

    init(_ body: @escaping @Sendable () throws(JinjaError) -> Value) { self.body = body }

    func finish() {
      let value = Result { () throws(JinjaError) in try body() }
      result.withLock { $0 = value }
    }

    func take() -> Result<Value, JinjaError>? { result.withLock { $0 } }
  }
}
