import Foundation
import ModelFiles
public import Tokenization
public import Transformer

/// One memory file in working memory: the states of one or more modules, their adapter, journal and identity.
///
/// It is attached to at most one session for writing; a session's hooks feed it (`AttachedMemory`). Not thread-safe.
public final class DetachableMemory {
  /// The name users see: the file's name without its extension.
  public var name: String
  /// The file it was loaded from or saved to last.
  public internal(set) var path: String?
  /// The fingerprint of the model it belongs to.
  public let fingerprint: ModelFingerprint
  /// Keys, gates and configurations of its modules.
  public let adapter: Adapter
  /// The modules, in the order their readings are mixed.
  public let modules: [any MemoryModule]
  /// What was read; nil when the memory keeps none.
  public internal(set) var journal: Journal?
  /// Tokens committed to it, learned or not.
  public internal(set) var tokensSeen: Int
  /// Seconds since 1970.
  public let created: Double
  /// Seconds since 1970; moves when something is learned.
  public internal(set) var updated: Double
  /// Whether something was learned since the last save.
  public internal(set) var hasUnsavedChanges: Bool {
    get { revision != savedRevision }
    set {
      if newValue {
        lastRevision += 1
        revision = lastRevision
      } else {
        savedRevision = revision
      }
    }
  }

  /// Which state this is: changes get numbers that are never given twice, and going back brings a number back.
  private var revision = 0
  private var lastRevision = 0
  private var savedRevision = 0

  /// Turns journal tokens into the excerpts of `/why`; without one they are empty.
  public var tokenizer: (any Tokenizer)?

  var carried: CarriedRow?
  /// The file it is read from and saved to, and who may have it meanwhile.
  var hold: FileHold?
  var isAttached = false

  init(
    name: String, path: String?, fingerprint: ModelFingerprint, adapter: Adapter,
    modules: [any MemoryModule], journal: Journal?, tokensSeen: Int, created: Double,
    updated: Double, hasUnsavedChanges: Bool
  ) {
    self.name = name
    self.path = path
    self.fingerprint = fingerprint
    self.adapter = adapter
    self.modules = modules
    self.journal = journal
    self.tokensSeen = tokensSeen
    self.created = created
    self.updated = updated
    if hasUnsavedChanges { self.hasUnsavedChanges = true }
  }

  /// Creates an empty memory.
  ///
  /// - Parameters:
  ///   - kinds: its modules; duplicates count once.
  ///   - adapter: calibrated for this model.
  ///   - keepsJournal: whether tokens and provenance are kept for `/why`, replay and forgetting.
  /// - Throws: `MemoryError.noModules`, `.unknownModule`, `.wrongModel`, `.calibrationFailed` when the adapter lacks a
  ///   module.
  public static func create(
    kinds: [ModuleKind], model: TransformerModel, adapter: Adapter, registry: ModuleRegistry,
    tokenizer: (any Tokenizer)? = nil, keepsJournal: Bool = true, name: String = "memory"
  ) throws(MemoryError) -> DetachableMemory {
    let fingerprint = ModelFingerprint(of: model)
    try adapter.check(fingerprint)
    let modules = try makeModules(
      kinds, model: model, adapter: adapter, registry: registry, tokenizer: tokenizer)
    let now = Date().timeIntervalSince1970
    let memory = DetachableMemory(
      name: name, path: nil, fingerprint: fingerprint, adapter: adapter, modules: modules,
      journal: keepsJournal ? Journal() : nil, tokensSeen: 0, created: now, updated: now,
      hasUnsavedChanges: true)
    memory.tokenizer = tokenizer
    return memory
  }

  static func makeModules(
    _ kinds: [ModuleKind], model: TransformerModel, adapter: Adapter, registry: ModuleRegistry,
    tokenizer: (any Tokenizer)?
  ) throws(MemoryError) -> [any MemoryModule] {
    guard !kinds.isEmpty else { throw .noModules }
    let context = ModuleContext(
      model: model, keyColumns: adapter.keys.columns, tokenizer: tokenizer)
    var modules: [any MemoryModule] = []
    var seen: Set<ModuleKind> = []
    for kind in kinds where seen.insert(kind).inserted {
      let type = try registry.type(of: kind)
      guard let parameters = adapter.modules[kind] else {
        throw .calibrationFailed(reason: "the adapter holds nothing for '\(kind)'")
      }
      modules.append(try type.init(context: context, parameters: parameters))
    }
    return modules
  }

  /// Whether no module holds anything.
  public var isEmpty: Bool { modules.allSatisfy(\.isEmpty) }

  /// A copy of the state.
  public func snapshot() -> MemorySnapshot {
    MemorySnapshot(
      modules: modules.map { $0.snapshot() }, journal: journal,
      tokensSeen: tokensSeen, carried: carried, revision: revision,
      updated: updated)
  }

  /// Returns to a snapshot of this memory.
  ///
  /// It counts as changed unless its file holds just that state.
  public func restore(_ snapshot: MemorySnapshot) {
    precondition(snapshot.modules.count == modules.count, "a snapshot of another memory")
    for (module, state) in zip(modules, snapshot.modules) { module.restore(state) }
    journal = snapshot.journal
    carried = snapshot.carried
    revision = snapshot.revision
    // Tokens that were only counted make no revision, but a file may have been written with their count.
    if tokensSeen != snapshot.tokensSeen, !hasUnsavedChanges { hasUnsavedChanges = true }
    tokensSeen = snapshot.tokensSeen
    updated = snapshot.updated
  }
}
