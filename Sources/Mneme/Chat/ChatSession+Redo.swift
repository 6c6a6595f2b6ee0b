import Foundation
import Memory

/// Steps that were taken back, and what it takes to have them again.
struct UndoneSteps {
  /// The steps, oldest first.
  var exchanges: [Exchange]
  /// States of the attached memories after them, by slot.
  var after: [Int: MemorySnapshot]
  /// Which step was the oldest in the context.
  var firstInContext: Int
  /// The step before them; nil when they were the first.
  var previous: String?
}

extension ChatSession {
  /// Brings back what the last `undo` took back, in the conversation and in the memories, exactly as it was.
  ///
  /// - Returns: the messages of the steps that came back, oldest first.
  /// - Throws: `ChatError.noTurn` when nothing was taken back, or something was said since.
  @discardableResult
  public func redo() throws -> [String] {
    // What was said, told or forgotten since took the place of what was undone.
    guard let steps = undone.popLast(), steps.previous == exchanges.last?.prompt.id else {
      undone = []
      throw ChatError.noTurn(action: "redo")
    }
    exchanges += steps.exchanges
    firstInContext = min(steps.firstInContext, exchanges.count)
    restore(steps.after)
    forgetLastReport()
    return steps.exchanges.map(\.prompt.content)
  }

  /// What was said, or told without a reply, in the last steps, oldest first; empty for what was forgotten.
  package func messages(last count: Int) -> [String] {
    exchanges.suffix(max(0, count)).map(\.prompt.content)
  }

  /// Notes what is about to be taken back, for `redo`.
  func noteUndone(_ count: Int) {
    let steps = exchanges.suffix(count)
    undone.append(
      UndoneSteps(
        exchanges: Array(steps), after: snapshots(), firstInContext: firstInContext,
        previous: exchanges.dropLast(steps.count).last?.prompt.id))
  }
}
