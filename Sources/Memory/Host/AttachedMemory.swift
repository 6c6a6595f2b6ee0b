public import Transformer

/// A memory attached to a session: the host of all its modules.
///
/// Reading (`AttachedMemory+Reading`): at each selected row of logits every non-empty associative module predicts the
/// next token, and its gate weights that prediction in the mixture (`SessionMixer`); other modules act inside the
/// forward pass. Writing (`AttachedMemory+Writing`): at a commit the modules receive the pairs (key at a position, next
/// token) and the activations of learnable tokens. These come from the plain model, so a memory never learns from its
/// own output.
public final class AttachedMemory {
  /// The memory.
  public let memory: DetachableMemory
  /// Whether commits are ignored.
  public let isReadOnly: Bool
  /// The readings that were mixed in since the last `clearContributions`, oldest first.
  public internal(set) var contributions: [MemoryContribution] = []

  let session: TransformerSession
  let modules: ModuleAttachment
  private var mixer: SessionMixer?
  private var commits: HookHandle?

  /// Attaches `memory` to `session`.
  ///
  /// - Throws: `MemoryError.wrongModel`, `.kinModel` for writing with kin, or `.alreadyAttached` when it is attached for writing elsewhere.
  init(
    _ memory: DetachableMemory, to session: TransformerSession, readOnly: Bool
  ) throws(MemoryError) {
    try memory.check(session.model, readOnly: readOnly)
    guard !memory.isAttached || readOnly else { throw .alreadyAttached(name: memory.name) }
    self.memory = memory
    self.session = session
    isReadOnly = readOnly
    if !readOnly { memory.isAttached = true }
    modules = ModuleAttachment(
      memory.modules, keys: memory.adapter.keys.points, to: session, isReadOnly: readOnly)
    mixer = SessionMixer.add(self, to: session)
    commits = session.hooks.onCommit { [weak self] event in self?.commit(event) }
  }

  deinit { detach() }

  /// Removes the hooks; the session's logits are then bit-identical to the plain model's.
  public func detach() {
    guard let commits else { return }
    commits.remove()
    self.commits = nil
    modules.leave()
    mixer?.remove(self, from: session)
    mixer = nil
    if !isReadOnly { memory.isAttached = false }
  }

  /// A copy of the memory's state.
  public func snapshot() -> MemorySnapshot { memory.snapshot() }

  /// Returns the memory to a snapshot, exactly.
  public func restore(_ snapshot: MemorySnapshot) { memory.restore(snapshot) }

  /// What memories of rows showed the attention of the last answer.
  public var shown: [ShownContents] { modules.shown }

  /// Drops the contributions at positions that are read again.
  func dropContributions(from position: Int) {
    guard let last = contributions.last, last.position >= position else { return }
    contributions.removeAll { $0.position >= position }
  }

  /// Empties `contributions`.
  public func clearContributions() { contributions.removeAll() }
}

extension DetachableMemory {
  /// Attaches the memory to a session.
  ///
  /// - Parameters:
  ///   - readOnly: whether commits are ignored; a memory may be attached read-only any number of times.
  /// - Throws: `MemoryError.wrongModel`, `.kinModel`, `.alreadyAttached`.
  public func attach(
    to session: TransformerSession, readOnly: Bool = false
  ) throws(MemoryError) -> AttachedMemory {
    try AttachedMemory(self, to: session, readOnly: readOnly)
  }
}
