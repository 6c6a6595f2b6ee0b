import Foundation
public import Memory
import MemoryModules
import ModelFiles
import Transformer

extension ChatSession {
  /// The kinds that a new memory file contains by default.
  public static let standardModules: [ModuleKind] = ModuleRegistry.standard.standardKinds

  /// The kinds that a memory file can contain in this version.
  public static var availableModules: [ModuleKind] { ModuleRegistry.standard.kinds }

  /// The kinds of a new memory file that keep facts which can be listed, replaced and forgotten.
  public static var factModules: [ModuleKind] {
    ModuleRegistry.standard.factKinds.filter(standardModules.contains)
  }

  /// Attaches the memory in a file; creates it if there is no such file.
  ///
  /// A created memory is calibrated to the model first, which takes some seconds unless an adapter
  /// lies beside the model. It is written to disk at the first save. No other process, and no other
  /// session, can write to the file until it is detached, unless it is attached read-only.
  ///
  /// - Parameters:
  ///   - path: the memory file.
  ///   - readOnly: read but never write; the file must exist.
  ///   - modules: the kinds a new memory contains.
  ///   - adapter: slow weights; those beside the model when `nil`.
  ///   - keepsJournal: whether a new memory keeps a journal of what it reads.
  ///   - passphrase: of an encrypted file; a memory that is created is encrypted with it.
  ///   - progress: share done and what is being done, while a memory is created.
  /// - Throws: what loading throws (for another model's memory, or a file that another process has open for writing),
  ///   `ChatError.alreadyAttached`.
  @discardableResult
  public func attach(
    _ path: String, readOnly: Bool = false, modules: [ModuleKind] = standardModules,
    adapter: String? = nil, keepsJournal: Bool = true, passphrase: Passphrase? = nil,
    progress: (@Sendable (Double, String) -> Void)? = nil
  ) throws -> MemoryStatus {
    let place = Self.standardized(path)
    guard !slots.contains(where: { $0.path.map(Self.standardized) == place }) else {
      throw ChatError.alreadyAttached(path: path)
    }
    let (memory, isNew) = try model.openOrCreateMemory(
      at: path, readOnly: readOnly, forWriting: !readOnly, creates: !readOnly, modules,
      adapter: adapter, keepsJournal: keepsJournal, passphrase: passphrase, progress: progress)
    return try attach(memory, path: path, readOnly: readOnly, isNew: isNew)
  }

  /// Detaches a memory, saving it first if it has unsaved changes.
  ///
  /// - Returns: its last status.
  /// - Throws: `ChatError.noSuchMemory`; what saving throws; the memory then stays attached.
  @discardableResult
  public func detach(_ name: String) throws -> MemoryStatus {
    guard let index = slots.firstIndex(where: { $0.isNamed(name) || $0.isAt(name) }) else {
      throw ChatError.noSuchMemory(attached: slots.map(\.name))
    }
    try save(slots[index])
    let slot = slots.remove(at: index)
    slot.attachment.detach()
    slot.memory.closeForWriting()
    return status(of: slot)
  }

  /// Makes what the attached memories learned durable at little cost: each adds it to a log beside its file where it can
  /// (`DetachableMemory.keep`). `saveMemories` and `detach` write the files themselves and remove the logs.
  ///
  /// - Returns: the names of those that had something to keep.
  /// - Throws: the error of the first that failed, after all others have been tried.
  @discardableResult
  public func keepMemories() throws -> [String] {
    try forEachMemory { slot in
      guard let path = slot.path, !slot.isReadOnly else { return false }
      return try slot.memory.keep(at: path)
    }
  }

  /// Writes every attached memory with unsaved changes to its file.
  ///
  /// - Returns: the names of those that were written.
  /// - Throws: the error of the first failed save, after all others have been tried.
  @discardableResult
  public func saveMemories() throws -> [String] { try forEachMemory(save) }

  /// The names of the memories for which `body` did something.
  private func forEachMemory(_ body: (MemorySlot) throws -> Bool) throws -> [String] {
    var saved: [String] = []
    var failure: (any Error)?
    for slot in slots {
      do {
        if try body(slot) { saved.append(slot.name) }
      } catch {
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
    return saved
  }

  /// Saves a memory to a new file, to which it is bound from then on.
  ///
  /// - Throws: `ChatError.noSuchMemory`, `MemoryError.fileExists`, what saving throws.
  public func saveMemory(_ name: String, to path: String) throws -> MemoryStatus {
    guard let index = slots.firstIndex(where: { $0.isNamed(name) || $0.isAt(name) }) else {
      throw ChatError.noSuchMemory(attached: slots.map(\.name))
    }
    guard !slots[index].isReadOnly else { throw MemoryError.readOnly(name: slots[index].name) }
    try slots[index].memory.move(to: path)
    slots[index].path = path
    slots[index].name = ""
    slots[index].name = uniqueName(slots[index].memory.name)
    return status(of: slots[index])
  }

  /// The attached memories, in order of attachment.
  public var memories: [MemoryStatus] { slots.map(status) }

  /// Their names alone: a status counts what each memory holds.
  package var memoryNames: [String] { slots.map(\.name) }

  /// The memories' contributions to the last reply, token by token.
  public var recollections: [Recollection] { lastRecollections }

  /// What memories of rows showed the attention of the last reply.
  public var shown: [ShownMemory] { lastShown }

  /// The facts the last reply rests on, or may rest on; see `Response.citations`.
  public var citations: [Citation] { lastCitations }

  /// Streams a statement into the attached memories without replying to it.
  ///
  /// It is learned like a user's message, but outside the conversation: it does not enter the model's context. `undo()`
  /// removes it.
  ///
  /// - Throws: `ChatError.noWritableMemory`, `ChatError.emptyText`.
  @discardableResult
  public func remember(_ text: String, source: String = "remember") throws -> LearningReport {
    guard slots.contains(where: { !$0.isReadOnly }) else { throw ChatError.noWritableMemory }
    var exchange = Exchange(prompt: Transcript.Entry(role: .prompt, content: text))
    exchange.snapshots = snapshots()
    let scratch = makeScratchSession()
    do {
      let report = try visiting(scratch) {
        var learner = TextLearner(
          session: scratch, model: model, conversation: conversation, source: source)
        return try learner.learnFact(
          text, answer: nil, into: slots.filter { !$0.isReadOnly }.map(\.memory),
          turn: exchanges.count + 1)
      }
      exchanges.append(exchange)
      return report
    } catch {
      restore(exchange.snapshots)
      throw error
    }
  }
}

extension ChatSession {
  func attach(
    _ memory: DetachableMemory, path: String?, readOnly: Bool, isNew: Bool
  ) throws -> MemoryStatus {
    let attachment = try memory.attach(to: engine, readOnly: readOnly)
    let slot = MemorySlot(
      id: nextSlot, name: uniqueName(memory.name), path: path,
      isReadOnly: readOnly, isNew: isNew, memory: memory, attachment: attachment)
    nextSlot += 1
    slots.append(slot)
    return status(of: slot)
  }

  /// A separate session of the same context length, for learning statements.
  private func makeScratchSession() -> TransformerSession {
    TransformerSession(model: model.transformer, contextLength: engine.contextLength)
  }

  private func uniqueName(_ base: String) -> String {
    var name = base
    var number = 2
    while slots.contains(where: { $0.isNamed(name) }) {
      name = "\(base)-\(number)"
      number += 1
    }
    return name
  }

  private static func standardized(_ path: String) -> ByteString {
    ByteString(URL(fileURLWithPath: path).standardizedFileURL.path)
  }

  @discardableResult
  private func save(_ slot: MemorySlot) throws -> Bool {
    guard let path = slot.path, !slot.isReadOnly, !slot.memory.isWhole else {
      return false
    }
    try slot.memory.save(to: path)
    return true
  }

  /// The states of the writable memories.
  func snapshots() -> [Int: MemorySnapshot] {
    var result: [Int: MemorySnapshot] = [:]
    for slot in slots where !slot.isReadOnly { result[slot.id] = slot.memory.snapshot() }
    return result
  }

  /// Restores memories to earlier states; those detached since are skipped.
  func restore(_ snapshots: [Int: MemorySnapshot]) {
    for slot in slots {
      if let snapshot = snapshots[slot.id] { slot.memory.restore(snapshot) }
    }
  }

  /// Runs `body` with nothing attached, then attaches everything again in the same order.
  func withoutMemories<T>(_ body: () throws -> T) throws -> T {
    for slot in slots { slot.attachment.detach() }
    let result = Result { try body() }
    for index in slots.indices {
      slots[index].attachment = try slots[index].memory.attach(
        to: engine, readOnly: slots[index].isReadOnly)
    }
    return try result.get()
  }

  /// Runs `body` with the memories attached to another session instead.
  private func visiting<T>(_ other: TransformerSession, _ body: () throws -> T) throws -> T {
    try withoutMemories {
      let guests = try slots.map { try $0.memory.attach(to: other, readOnly: $0.isReadOnly) }
      defer { for guest in guests { guest.detach() } }
      return try body()
    }
  }
}
