import Foundation
import ModelFiles
public import Tokenization
public import Transformer

extension DetachableMemory {
  /// Writes the memory to a file: safetensors, to a temporary file that is synced and renamed. A new file has mode 0600.
  ///
  /// The same state gives the same bytes. A memory that is open for writing stays bound to its file: saving it under
  /// another name makes a copy and changes nothing else.
  ///
  /// A memory that was opened with a passphrase, or was given one with `seal(with:)`, is written encrypted; its bytes
  /// then differ at every save.
  ///
  /// - Parameter keepsPrevious: whether what the file holds now stays for `undo` (see `FileHistory`). Otherwise every
  ///   version kept earlier is removed, since it could restore what was forgotten.
  /// - Throws: `MemoryError.file` naming the step that failed, that another process has the file, or that the file is not
  ///   the one that was loaded or saved last; the old file is then untouched, and the memory can be saved again.
  public func save(to path: String, keepsPrevious: Bool = false) throws(MemoryError) {
    let writer = try sealed(makeWriter())
    // A resealed memory's previous version is in plain text or under another passphrase, so it is not kept.
    guard
      try write(
        writer.serialized(), to: path, keepsPrevious: keepsPrevious && !place.isResealed)
    else { return }
    place.path = path
    // The file holds everything. A log that a crash leaves here counts for nothing: it names another version.
    do throws(ModelFileError) { try FileLog.remove(path) } catch { throw .file(error) }
    place.log = nil
    hasUnsavedChanges = false
    place.base = base(of: writer.metadata)
  }

  /// The result of `info` for the memory's present state.
  public var info: MemoryFileInfo {
    header(sha256: MemoryFileHeader.checksum(makeWriter().dataSection()))
      .info(journalTokens: journal?.count ?? 0).sealed(place.sealing)
  }

  /// What the file holds now, for a log.
  private func base(of metadata: [String: String]) -> LogBase? {
    metadata[MemoryFileHeader.headerChecksumKey].map {
      LogBase(checksum: $0, journal: journal, carried: state.carried, epoch: state.epoch)
    }
  }

  private func makeWriter() -> SafetensorsWriter {
    var writer = SafetensorsWriter()
    adapter.save(into: &writer)
    for module in modules { module.save(into: &writer) }
    journal?.save(into: &writer)
    MemoryCheckpoint.save(checkpoints, into: &writer)
    let checksum = MemoryFileHeader.checksum(writer.dataSection())
    header(sha256: checksum).write(to: &writer)
    return writer
  }

  private func header(sha256: String) -> MemoryFileHeader {
    MemoryFileHeader(
      fingerprint: fingerprint, adapterFingerprint: adapterFingerprint,
      modules: modules.map {
        .init(
          kind: $0.kind, state_bytes: $0.stateBytes, entries: $0.entries,
          rejected_updates: $0.rejectedUpdates)
      }, tokensSeen: tokensSeen, staleFrom: staleFrom, created: created, updated: updated,
      sha256: sha256, identity: identity)
  }

  private var adapterFingerprint: String {
    var writer = SafetensorsWriter()
    adapter.save(into: &writer)
    return MemoryFileHeader.checksum(writer.serialized())
  }

  /// Reads a memory file for a model.
  ///
  /// - Parameters:
  ///   - passphrase: of an encrypted file; the memory stays encrypted with it when it is saved.
  ///   - kin: whether a memory of a variant of the model, such as another quantisation, is also loaded, for reading
  ///     only.
  /// - Throws: `MemoryError` for a file that is damaged, of a newer format, or of another model, and for a passphrase
  ///   that is wrong, missing or not needed. Every length and value of the file is checked.
  public static func load(
    _ path: String, model: TransformerModel, registry: ModuleRegistry,
    tokenizer: (any Tokenizer)? = nil, passphrase: Passphrase? = nil, kin: KinLoading = .refuse
  ) throws(MemoryError) -> DetachableMemory {
    let hold = look(at: path)
    let (file, sealing, outer) = try open(path, passphrase: passphrase)
    let header = try MemoryFileHeader(file: file)
    let owner = try ModelOwner(of: header, path: path, model: model, kin: kin)
    var adapter = try Adapter(file: file)
    if header.identity?.fingerprint == adapter.fingerprint { adapter.identity = header.identity }
    try adapter.check(header.fingerprint, path: path)
    try adapter.check(shape: model.configuration, path: path)
    try checkFinite(file)
    let context = ModuleContext(
      model: model, keyColumns: adapter.keys.columns, tokenizer: tokenizer)
    let modules = try makeModules(
      header.modules.map(\.kind), context: context, adapter: adapter, registry: registry)
    guard modules.count == header.modules.count else {
      throw .malformed(path: path, what: "a module is listed twice", expected: nil)
    }
    for module in modules { try module.load(from: file) }
    let journal = try Journal.load(
      from: file, vocabularySize: model.configuration.vocabularySize)
    let memory = DetachableMemory(
      name: name(of: path), owner: owner, adapter: adapter, modules: modules, context: context,
      state: MemoryState(
        journal: journal, tokensSeen: header.tokensSeen,
        checkpoints: try MemoryCheckpoint.load(from: file, journal: journal),
        staleFrom: try header.staleFrom(journal: journal, path: path),
        created: header.created, updated: header.updated),
      place: MemoryPlace(path: path, hold: hold, sealing: sealing))
    memory.place.base = memory.base(of: outer)
    // Another form of the model would read it to other bits.
    if memory.kinship == .same, let log = try log(path, outer, sealing) {
      try memory.takeUp(log, path: path)
    }
    return memory
  }

  /// The log beside a file; nil when there is none that continues it.
  static func log(
    _ path: String, _ metadata: [String: String], _ sealing: Sealing?
  ) throws(MemoryError) -> MemoryLog? {
    let bytes: Data?
    do throws(ModelFileError) { bytes = try FileLog.read(path) } catch { throw .file(error) }
    guard let bytes, let base = metadata[MemoryFileHeader.headerChecksumKey],
      let log = try MemoryLog(bytes, base: base, sealing: sealing, path: path + "-log"),
      !log.entries.isEmpty
    else { return nil }
    return log
  }

  /// Refuses a file whose newest state is partly in a log, which only the model can read.
  ///
  /// Opens nothing where there is no log; beside a file that cannot be opened, which an undo may replace, a log counts
  /// for nothing.
  static func checkWhole(_ path: String, passphrase: Passphrase?) throws(MemoryError) {
    guard FileLog.exists(path), let (_, sealing, outer) = try? open(path, passphrase: passphrase),
      let log = try log(path, outer, sealing)
    else { return }
    throw .unfinished(path: path, commits: log.entries.count)
  }

  /// The metadata of a memory file; the checksum is verified, no model is needed.
  public static func info(
    _ path: String, passphrase: Passphrase? = nil
  ) throws(MemoryError) -> MemoryFileInfo {
    let (file, sealing, outer) = try open(path, passphrase: passphrase)
    let header = try MemoryFileHeader(file: file)
    let journal = try Journal.load(from: file, vocabularySize: nil)
    var info = header.info(journalTokens: journal?.count ?? 0).sealed(sealing)
    info.log_commits = try log(path, outer, sealing)?.entries.count
    return info
  }

  /// Checks everything about a memory file that can be checked: checksum, finite values, the adapter, the journal, and,
  /// with a model, that it loads.
  public static func verify(
    _ path: String, model: TransformerModel?, registry: ModuleRegistry,
    passphrase: Passphrase? = nil
  ) throws(MemoryError) -> MemoryFileInfo {
    let (file, sealing, _) = try open(path, passphrase: passphrase)
    let header = try MemoryFileHeader(file: file)
    _ = try Adapter(file: file)
    try checkFinite(file)
    let journal = try Journal.load(
      from: file, vocabularySize: model?.configuration.vocabularySize)
    if let model {
      _ = try load(path, model: model, registry: registry, passphrase: passphrase)
    }
    return header.info(journalTokens: journal?.count ?? 0).sealed(sealing)
  }

  private static func checkFinite(_ file: SafetensorsFile) throws(MemoryError) {
    for tensor in file.tensors where !tensor.isFinite {
      throw .notFinite(path: file.path, tensor: tensor.name)
    }
  }

  /// The file's name without folder and extension.
  public static func name(of path: String) -> String {
    let file = (path as NSString).lastPathComponent
    let stem = (file as NSString).deletingPathExtension
    return stem.isEmpty ? file : stem
  }
}
