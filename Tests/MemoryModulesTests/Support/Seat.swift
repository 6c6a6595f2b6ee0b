import Memory
import Transformer

/// One module in a session, without a memory around it: its places in the forward pass, and its part of commits.
final class Seat {
  private let attachment: ModuleAttachment
  private var commits: HookHandle?

  /// Puts a module into a session.
  init(_ module: any MemoryModule, in session: TransformerSession, isReadOnly: Bool) {
    attachment = ModuleAttachment([module], keys: [], to: session, isReadOnly: isReadOnly)
    guard !isReadOnly else { return }
    commits = session.hooks.onCommit { [weak attachment] event in
      attachment?.commit(event)
    }
  }

  /// Takes it out again.
  func remove() {
    commits?.remove()
    attachment.leave()
  }
}
