import Foundation
import ModelFiles
public import Tokenization
public import Transformer

extension DetachableMemory {
  /// Writes the memory to a file: safetensors, to a temporary file that is synced and renamed. A new file has mode 0600.
  ///
  /// The same state gives the same bytes. A memory that is open for writing stays with its file: saved under another name
  /// it makes a copy, and goes on as it was.
  ///
  /// - Parameter keepsPrevious: whether what the file holds now stays for `undo` (see `FileHistory`). Otherwise every
  ///   version kept earlier is removed: it could bring back what was forgotten.
  /// - Throws: `MemoryError.file` naming the step that failed, that another process has the file, or that the file is not
  ///   the one that was loaded or saved last; the old file is then untouched, and the memory can be saved again.
  public func save(to path: String, keepsPrevious: Bool = false) throws(MemoryError) {
    if try write(makeWriter().serialized(), to: path, keepsPrevious: keepsPrevious) {
      self.path = path
      hasUnsavedChanges = false
    }
  }

  /// What `info` would say of the memory as it is now.
  public var info: MemoryFileInfo {
    header(sha256: MemoryFileHeader.checksum(makeWriter().dataSection()))
      .info(journalTokens: journal?.count ?? 0)
  }

  private func makeWriter() -> SafetensorsWriter {
    var writer = SafetensorsWriter()
    adapter.save(into: &writer)
    for module in modules { module.save(into: &writer) }
    journal?.save(into: &writer)
    let checksum = MemoryFileHeader.checksum(writer.dataSection())
    header(sha256: checksum).write(to: &writer)
    return writer
  }

  private func header(sha256: String) -> MemoryFileHeader {
    MemoryFileHeader(
      fingerprint: fingerprint, adapterFingerprint: adapterFingerprint,
      modules: modules.map {
        .init(
          kind: type(of: $0).kind, state_bytes: $0.stateBytes, entries: $0.entries,
          rejected_updates: $0.rejectedUpdates)
      }, tokensSeen: tokensSeen, created: created, updated: updated, sha256: sha256)
  }

  private var adapterFingerprint: String {
    var writer = SafetensorsWriter()
    adapter.save(into: &writer)
    return MemoryFileHeader.checksum(writer.serialized())
  }

  /// Reads a memory file for a model.
  ///
  /// - Throws: `MemoryError` for a file that is damaged, of a newer format, or of another model; nothing is trusted.
  public static func load(
    _ path: String, model: TransformerModel, registry: ModuleRegistry,
    tokenizer: (any Tokenizer)? = nil
  ) throws(MemoryError) -> DetachableMemory {
    let hold = look(at: path)
    let file = try open(path)
    let header = try MemoryFileHeader(file: file)
    let current = ModelFingerprint(of: model)
    guard header.fingerprint == current else {
      throw .wrongModel(path: path, memory: header.fingerprint.short, model: current.short)
    }
    let adapter = try Adapter(file: file)
    try adapter.check(current, path: path)
    try adapter.check(shape: model.configuration, path: path)
    try checkFinite(file)
    let modules = try makeModules(
      header.modules.map(\.kind), model: model, adapter: adapter, registry: registry,
      tokenizer: tokenizer)
    guard modules.count == header.modules.count else {
      throw .malformed(path: path, what: "a module is listed twice", expected: nil)
    }
    for module in modules { try module.load(from: file) }
    let journal = try Journal.load(
      from: file, vocabularySize: model.configuration.vocabularySize)
    let memory = DetachableMemory(
      name: name(of: path), path: path, fingerprint: current, adapter: adapter, modules: modules,
      journal: journal, tokensSeen: header.tokensSeen, created: header.created,
      updated: header.updated, hasUnsavedChanges: false)
    memory.tokenizer = tokenizer
    memory.hold = hold
    return memory
  }

  /// What a memory file says about itself; the checksum is verified, no model is needed.
  public static func info(_ path: String) throws(MemoryError) -> MemoryFileInfo {
    let file = try open(path)
    let header = try MemoryFileHeader(file: file)
    let journal = try Journal.load(from: file, vocabularySize: nil)
    return header.info(journalTokens: journal?.count ?? 0)
  }

  /// Checks everything about a memory file that can be checked: checksum, finite values, the adapter, the journal, and,
  /// with a model, that it loads.
  public static func verify(
    _ path: String, model: TransformerModel?, registry: ModuleRegistry
  ) throws(MemoryError) -> MemoryFileInfo {
    let file = try open(path)
    let header = try MemoryFileHeader(file: file)
    _ = try Adapter(file: file)
    try checkFinite(file)
    let journal = try Journal.load(
      from: file, vocabularySize: model?.configuration.vocabularySize)
    if let model { _ = try load(path, model: model, registry: registry) }
    return header.info(journalTokens: journal?.count ?? 0)
  }

  private static func open(_ path: String) throws(MemoryError) -> SafetensorsFile {
    do throws(ModelFileError) { return try SafetensorsFile.open(path) } catch {
      throw .file(error)
    }
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
