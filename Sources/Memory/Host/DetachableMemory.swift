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
  /// What the modules know of the model; what is forgotten by replay is passed through it again.
  let context: ModuleContext
  /// What was read; nil when the memory keeps none.
  public internal(set) var journal: Journal?
  /// States of the modules that cannot subtract, from which a replay may begin, oldest first.
  package internal(set) var checkpoints: [MemoryCheckpoint] = []
  /// The first record of the journal after something that was replaced and not yet taken out of the modules that cannot
  /// subtract; nil when the modules hold what the journal says and nothing else.
  package internal(set) var staleFrom: Int?
  /// Tokens of the stream between two checkpoints.
  package var checkpointInterval = MemoryCheckpoint.standardInterval
  /// Tokens committed to it, learned or not.
  public internal(set) var tokensSeen: Int
  /// Seconds since 1970.
  public internal(set) var created: Double
  /// Seconds since 1970; moves when something is learned.
  public internal(set) var updated: Double
  /// Whether something was learned since the last save.
  public internal(set) var hasUnsavedChanges: Bool {
    get { revision != savedRevision || isResealed }
    set {
      if newValue {
        lastRevision += 1
        revision = lastRevision
      } else {
        savedRevision = revision
        isResealed = false
      }
    }
  }

  /// Which state this is: changes get numbers that are never given twice, and going back brings a number back.
  private var revision = 0
  private var lastRevision = 0
  private var savedRevision = 0

  /// Turns journal tokens into the excerpts of `/why`; without one they are empty.
  public var tokenizer: (any Tokenizer)?

  /// Who the model is that it belongs to; nil only in files of earlier versions that were loaded with kin.
  public internal(set) var identity: ModelIdentity?
  /// What that model is to the one it was loaded for: `.same`, or `.kin`, and then it can only be read.
  public internal(set) var kinship = Kinship.same
  /// The fingerprint of the model it was loaded for, when that is kin.
  var reader: ModelFingerprint?
  /// What a user should know of it, a sentence.
  public internal(set) var remark: String?

  var carried: CarriedRow?
  /// How it is encrypted when it is saved; nil when it is not.
  var sealing: Sealing?
  /// Whether that is another way than its file is.
  var isResealed = false
  /// The file it is read from and saved to, and who may have it meanwhile.
  var hold: FileHold?
  var isAttached = false

  init(
    name: String, path: String?, fingerprint: ModelFingerprint, adapter: Adapter,
    modules: [any MemoryModule], context: ModuleContext, journal: Journal?, tokensSeen: Int,
    created: Double, updated: Double, hasUnsavedChanges: Bool
  ) {
    self.context = context
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
  ///   - adapter: calibrated for this model, or for kin of it; `remark` then says so.
  ///   - keepsJournal: whether tokens and provenance are kept for `/why`, replay and forgetting.
  /// - Throws: `MemoryError.noModules`, `.unknownModule`, `.wrongModel`, `.calibrationFailed` when the adapter lacks a
  ///   module.
  public static func create(
    kinds: [ModuleKind], model: TransformerModel, adapter: Adapter, registry: ModuleRegistry,
    tokenizer: (any Tokenizer)? = nil, keepsJournal: Bool = true, name: String = "memory"
  ) throws(MemoryError) -> DetachableMemory {
    let identity = ModelIdentity(of: model)
    let (adapter, remark) = try adapter.adopted(by: identity)
    let context = ModuleContext(
      model: model, keyColumns: adapter.keys.columns, tokenizer: tokenizer)
    let modules = try makeModules(kinds, context: context, adapter: adapter, registry: registry)
    let now = Date().timeIntervalSince1970
    let memory = DetachableMemory(
      name: name, path: nil, fingerprint: identity.fingerprint, adapter: adapter,
      modules: modules, context: context, journal: keepsJournal ? Journal() : nil, tokensSeen: 0,
      created: now,
      updated: now,
      hasUnsavedChanges: true)
    memory.identity = identity
    memory.remark = remark
    memory.tokenizer = tokenizer
    return memory
  }

  static func makeModules(
    _ kinds: [ModuleKind], context: ModuleContext, adapter: Adapter, registry: ModuleRegistry
  ) throws(MemoryError) -> [any MemoryModule] {
    guard !kinds.isEmpty else {
      throw .noModules(available: registry.kinds.map(\.rawValue))
    }
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
      updated: updated, checkpoints: checkpoints, staleFrom: staleFrom)
  }

  /// Returns to a snapshot of this memory.
  ///
  /// It counts as changed unless its file holds just that state.
  public func restore(_ snapshot: MemorySnapshot) {
    precondition(snapshot.modules.count == modules.count, "a snapshot of another memory")
    for (module, state) in zip(modules, snapshot.modules) { module.restore(state) }
    journal = snapshot.journal
    carried = snapshot.carried
    checkpoints = snapshot.checkpoints
    staleFrom = snapshot.staleFrom
    revision = snapshot.revision
    // Tokens that were only counted make no revision, but a file may have been written with their count.
    if tokensSeen != snapshot.tokensSeen, !hasUnsavedChanges { hasUnsavedChanges = true }
    tokensSeen = snapshot.tokensSeen
    updated = snapshot.updated
  }
}
