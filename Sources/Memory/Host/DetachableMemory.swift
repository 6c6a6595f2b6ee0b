import Foundation
import ModelFiles
public import Tokenization
public import Transformer

/// One memory file in working memory: the states of one or more modules, their adapter, journal and identity.
///
/// At most one session at a time writes to it (`AttachedMemory`). Not thread-safe.
public final class DetachableMemory {
  /// The name users see: the file's name without its extension.
  public var name: String
  /// Keys, gates and configurations of its modules.
  public let adapter: Adapter
  /// The modules, in the order their readings are mixed.
  public let modules: [any MemoryModule]
  /// The modules' view of the model, which replays also run on.
  let context: ModuleContext
  /// The journal, counters and checkpoints; the modules own the rest of the state.
  var state: MemoryState
  /// The model it belongs to.
  var owner: ModelOwner
  /// The file it is stored in.
  var place: MemoryPlace
  /// Tokens of the stream between two checkpoints.
  package var checkpointInterval = MemoryCheckpoint.standardInterval
  /// Whether a session is attached for writing.
  var isAttached = false

  /// Whether something was learned that neither the file nor the log beside it (`keep(at:)`) holds.
  public internal(set) var hasUnsavedChanges: Bool {
    get { revision != place.log?.revision ?? savedRevision || place.isResealed }
    set {
      if newValue {
        lastRevision += 1
        revision = lastRevision
      } else {
        savedRevision = revision
        place.isResealed = false
      }
    }
  }

  /// Whether the file alone, without a log, holds everything.
  public var isWhole: Bool { revision == savedRevision && place.log == nil && !place.isResealed }

  /// The number of the present state.
  var currentRevision: Int { revision }

  /// The file holds the present state again, as after an undo.
  func markSaved() { savedRevision = revision }

  /// Notes a change that the journal alone does not tell: what was forgotten, merged or built anew. The next save writes
  /// the whole file.
  func changeOtherwise() {
    lastEpoch += 1
    state.epoch = lastEpoch
    hasUnsavedChanges = true
  }

  /// Turns that an interrupted chat had kept in the log beside the file, and that were read again when it was loaded.
  public internal(set) var recovered = 0

  /// The number of this state: each change gets a new number, and restoring a snapshot restores its number.
  private var revision = 0
  private var lastRevision = 0
  private var savedRevision = 0
  private var lastEpoch = 0

  init(
    name: String, owner: ModelOwner, adapter: Adapter, modules: [any MemoryModule],
    context: ModuleContext, state: MemoryState, place: MemoryPlace = MemoryPlace(),
    hasUnsavedChanges: Bool = false
  ) {
    self.name = name
    self.owner = owner
    self.adapter = adapter
    self.modules = modules
    self.context = context
    self.state = state
    self.place = place
    if hasUnsavedChanges { self.hasUnsavedChanges = true }
  }

  /// Creates an empty memory.
  ///
  /// - Parameters:
  ///   - kinds: its modules; duplicates count once.
  ///   - adapter: calibrated for this model, or for a variant of it, which `remark` then states.
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
    return DetachableMemory(
      name: name, owner: ModelOwner(of: identity, remark: remark), adapter: adapter,
      modules: modules, context: context,
      state: MemoryState(
        journal: keepsJournal ? Journal() : nil, created: now, updated: now),
      hasUnsavedChanges: true)
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

  /// A copy of the state.
  public func snapshot() -> MemorySnapshot {
    MemorySnapshot(modules: modules.map { $0.snapshot() }, state: state, revision: revision)
  }

  /// Returns to a snapshot of this memory.
  ///
  /// It counts as changed unless its file holds exactly that state.
  public func restore(_ snapshot: MemorySnapshot) {
    precondition(snapshot.modules.count == modules.count, "a snapshot of another memory")
    for (module, state) in zip(modules, snapshot.modules) { module.restore(state) }
    let tokensSeen = state.tokensSeen
    state = snapshot.state
    revision = snapshot.revision
    // Counting tokens does not change the revision number, but a file may have been written with another count.
    if tokensSeen != state.tokensSeen, !hasUnsavedChanges { hasUnsavedChanges = true }
  }
}

extension DetachableMemory {
  /// Whether every module is empty.
  public var isEmpty: Bool { modules.allSatisfy(\.isEmpty) }
  /// The journal of everything that was read; nil when the memory keeps none.
  public var journal: Journal? { state.journal }
  /// Tokens committed to it, learned or not.
  public var tokensSeen: Int { state.tokensSeen }
  /// Seconds since 1970.
  public var created: Double { state.created }
  /// Seconds since 1970; moves when something is learned.
  public var updated: Double { state.updated }
  /// States from which a replay may begin, oldest first.
  package var checkpoints: [MemoryCheckpoint] { state.checkpoints }
  /// The first record of the journal that some modules are not up to date with (`MemoryState.staleFrom`).
  package var staleFrom: Int? { state.staleFrom }

  /// The file it was loaded from or saved to last.
  public var path: String? { place.path }
  /// Decodes journal tokens for the excerpts of `/why`; without a tokenizer they are empty.
  public var tokenizer: (any Tokenizer)? { context.tokenizer }

  /// The fingerprint of the model it belongs to.
  public var fingerprint: ModelFingerprint { owner.fingerprint }
  /// The identity of the model it belongs to; nil only for files of earlier versions that were loaded with a variant of
  /// their model.
  public var identity: ModelIdentity? { owner.identity }
  /// How that model relates to the loaded one: `.same`, or `.kin`, and then the memory can only be read.
  public var kinship: Kinship { owner.kinship }
  /// A notice for the user, one sentence; nil when there is none.
  public var remark: String? {
    guard owner.remark == nil, recovered > 0 else { return owner.remark }
    return "what an interrupted chat had learned last (\(recovered) "
      + "\(recovered == 1 ? "message" : "messages")) was read again"
  }
}
