import Foundation
public import Memory
import MemoryModules

extension LanguageModel {
  /// Makes an empty memory for this model.
  ///
  /// The slow weights come from `adapter`, or else from the file beside the model; without one they are calibrated now,
  /// which takes some seconds.
  ///
  /// - Parameters:
  ///   - modules: the kinds it holds.
  ///   - adapter: a file of slow weights made for this model.
  ///   - settings: options of the modules' configurations that differ from the adapter's.
  ///   - keepsJournal: whether a journal of what is read is kept, for `/why`, replay and forgetting.
  ///   - name: of the memory.
  ///   - progress: share done and what is being done.
  /// - Throws: `MemoryError`.
  public func createMemory(
    _ modules: [ModuleKind], adapter: String? = nil, settings: [ModuleSetting] = [],
    keepsJournal: Bool = true, name: String = "memory",
    progress: (@Sendable (Double, String) -> Void)? = nil
  ) throws -> DetachableMemory {
    try DetachableMemory.create(
      kinds: modules, model: transformer, tokenizer: tokenizer,
      adapter: adapters.adapter(at: adapter, for: modules, model: self, progress: progress),
      options: MemoryOptions(keepsJournal: keepsJournal, settings: settings), name: name,
      progress: progress)
  }

  /// The slow weights that new memories of these kinds begin with where none are named.
  ///
  /// - Throws: `MemoryError`.
  package func standardAdapter(for kinds: [ModuleKind]) throws -> Adapter {
    try adapters.adapter(at: nil, for: kinds, model: self, progress: nil)
  }

  /// The kinds of memory that can be made at once: where the model has no adapter, and was not met before, none.
  ///
  /// - Parameter adapter: a file of slow weights; the one beside the model, or of an earlier meeting, when nil.
  /// - Throws: `MemoryError` for a file that is damaged.
  public func readyKinds(adapter: String? = nil) throws -> Set<ModuleKind> {
    try adapters.readyKinds(at: adapter, model: self)
  }

  /// Makes an empty memory for the file at a path, encrypted where there is a passphrase; the first save writes it.
  ///
  /// - Parameters:
  ///   - path: also gives the memory its name.
  ///   - modules: the kinds it holds.
  ///   - adapter: a file of slow weights; the one beside the model when nil.
  ///   - settings: options of the modules' configurations that differ from the adapter's.
  ///   - keepsJournal: whether a journal of what is read is kept.
  ///   - holds: prevents other processes from writing to the file until the memory is released or `closeForWriting()`
  ///     is called.
  ///   - replacing: whether a file that is there may be replaced.
  ///   - passphrase: of the file; nil for one in plain text.
  ///   - progress: share done and what is being done.
  /// - Throws: as `createMemory`; `MemoryError.noFolder`; `.fileExists` and `.file(.locked)` where it is to be held.
  public func createMemory(
    at path: String, _ modules: [ModuleKind], adapter: String? = nil,
    settings: [ModuleSetting] = [], keepsJournal: Bool = true, passphrase: Passphrase? = nil,
    holds: Bool = true, replacing: Bool = false,
    progress: (@Sendable (Double, String) -> Void)? = nil
  ) throws -> DetachableMemory {
    // Before the model is met, which takes seconds.
    let folder = URL(filePath: path).deletingLastPathComponent().path
    guard FileManager.default.isWritableFile(atPath: folder) else {
      throw MemoryError.noFolder(path: folder)
    }
    let memory = try createMemory(
      modules, adapter: adapter, settings: settings, keepsJournal: keepsJournal,
      name: DetachableMemory.name(of: path), progress: progress)
    if let passphrase { try memory.seal(with: passphrase) }
    if holds { try memory.openForWriting(path, replacing: replacing) }
    return memory
  }

  /// Loads the memory in a file, or creates an empty one when there is no such file.
  ///
  /// - Parameters:
  ///   - path: the memory file.
  ///   - readOnly: as of `loadMemory`.
  ///   - forWriting: prevents other processes from writing to the file, be it the existing one or the one that the
  ///     first save creates.
  ///   - creates: whether a missing file is created; otherwise it is an error.
  ///   - modules: the kinds a new memory contains; `adapter` and `keepsJournal` also apply to new memories only.
  ///   - adapter: a file of slow weights; the one beside the model when nil.
  ///   - keepsJournal: whether a new file keeps a journal.
  ///   - passphrase: of an encrypted file; a new memory is encrypted with it.
  ///   - progress: called with the share that is done.
  /// - Returns: the memory, and whether it is new.
  /// - Throws: as `loadMemory` and `createMemory(at:)`.
  public func openOrCreateMemory(
    at path: String, readOnly: Bool = false, forWriting: Bool, creates: Bool = true,
    _ modules: [ModuleKind], adapter: String? = nil, keepsJournal: Bool = true,
    passphrase: Passphrase? = nil, progress: (@Sendable (Double, String) -> Void)? = nil
  ) throws -> (memory: DetachableMemory, isNew: Bool) {
    guard creates, !FileManager.default.fileExists(atPath: path) else {
      let memory = try loadMemory(
        path, readOnly: readOnly, forWriting: forWriting, passphrase: passphrase)
      return (memory, false)
    }
    let memory = try createMemory(
      at: path, modules, adapter: adapter, keepsJournal: keepsJournal, passphrase: passphrase,
      holds: forWriting, progress: progress)
    return (memory, true)
  }

  /// Loads a memory file, which must have been made for this model.
  ///
  /// - Parameters:
  ///   - path: the memory file.
  ///   - readOnly: whether it will only be read; then a memory of a variant of this model, such as another
  ///     quantisation, is also loaded, and its `remark` says so.
  ///   - forWriting: prevents other processes from writing to the file until the memory is released or
  ///     `closeForWriting()` is called. Reading needs no lock and always sees a complete file.
  ///   - passphrase: of an encrypted file, which is saved encrypted again.
  /// - Throws: `MemoryError` for a file that is damaged, belongs to another model, or is open for writing elsewhere, or for
  ///   a passphrase that is wrong, missing or not needed.
  public func loadMemory(
    _ path: String, readOnly: Bool = false, forWriting: Bool = false,
    passphrase: Passphrase? = nil
  ) throws -> DetachableMemory {
    try DetachableMemory.open(
      path, forWriting: forWriting, model: transformer, tokenizer: tokenizer,
      passphrase: passphrase, kin: readOnly ? .read : .refuse)
  }

  /// The adapter in a file, if there is such a file and it was made for this model or a variant of it.
  ///
  /// - Throws: `MemoryError` for a file that is damaged.
  public func adapter(at path: String) throws -> Adapter? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let adapter = try Adapter.load(path)
    do throws(MemoryError) {
      return try adapter.adopted(by: ModelIdentity(of: transformer), path: path).adapter
    } catch .wrongModel {
      return nil
    }
  }

  /// Calibrates slow weights for this model; saved at `Adapter.path(beside:)`, it spares later memories the
  /// calibration.
  ///
  /// - Parameters:
  ///   - texts: held-out texts of the kind a memory will read; may be empty.
  ///   - progress: share done and what is being done.
  /// - Throws: `MemoryError.calibrationFailed`.
  public func calibrate(
    texts: [String] = [], progress: (@Sendable (Double, String) -> Void)? = nil
  ) throws -> Adapter {
    let calibrator = Calibrator(
      model: transformer, tokenizer: tokenizer, template: template, texts: texts,
      registry: .standard)
    return try calibrator.run { share, what in progress?(share, what) }
  }
}
