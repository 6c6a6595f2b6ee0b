import Generation
public import Memory
import ModelFiles
public import Tokenization
public import Transformer

/// Options for the creation of a memory.
public struct MemoryOptions: Sendable, Codable, Equatable {
  /// Whether tokens and provenance are kept for `/why`, replay and forgetting.
  public var keepsJournal: Bool
  /// Options of modules' configurations that differ from the adapter's.
  public var settings: [ModuleSetting]

  /// The defaults.
  public init(keepsJournal: Bool = true, settings: [ModuleSetting] = []) {
    self.keepsJournal = keepsJournal
    self.settings = settings
  }
}

extension DetachableMemory {
  /// Creates an empty memory of standard modules.
  ///
  /// - Parameters:
  ///   - adapter: calibrated for the model; when nil, the one beside the model is taken, and failing that one is made by
  ///     a first meeting, which takes some seconds.
  ///   - progress: share done, and what is being done.
  /// - Throws: `MemoryError`.
  public static func create(
    kinds: [ModuleKind], model: TransformerModel, tokenizer: any Tokenizer, adapter: Adapter?,
    options: MemoryOptions = MemoryOptions(), name: String = "memory",
    progress: ((Double, String) -> Void)? = nil
  ) throws(MemoryError) -> DetachableMemory {
    let own = if let adapter { adapter } else { try Adapter.find(for: model) }
    let chosen = try complete(
      own, for: kinds, model: model, tokenizer: tokenizer,
      progress: progress)
    let changed = try chosen.applying(
      options.settings, model: model, registry: .standard)
    do {
      return try create(
        kinds: kinds, model: model, adapter: changed, registry: .standard, tokenizer: tokenizer,
        keepsJournal: options.keepsJournal, name: name)
    } catch .malformed(_, let reason, let expected) where !options.settings.isEmpty {
      throw .refusedSetting(
        name: options.settings.map(\.name).joined(separator: ", "),
        value: options.settings.map(\.value).joined(separator: ", "), reason: reason,
        expected: expected)
    }
  }

  /// An adapter with parameters for each of some kinds: missing ones are calibrated now.
  ///
  /// - Parameters:
  ///   - adapter: nil where there is none; the model is then met for the first time (`FirstMeeting`).
  ///   - projection: one that was trained for the model, for a first meeting.
  /// - Throws: `MemoryError.unknownModule`, `.calibrationFailed`.
  package static func complete(
    _ adapter: Adapter?, for kinds: [ModuleKind], model: TransformerModel,
    tokenizer: any Tokenizer, projection: SentenceProjection? = nil,
    progress: ((Double, String) -> Void)? = nil
  ) throws(MemoryError) -> Adapter {
    for kind in kinds { _ = try ModuleRegistry.standard.type(of: kind) }
    if let adapter, kinds.allSatisfy({ adapter.modules[$0] != nil }) { return adapter }
    let template = ChatTemplate(of: model.file.metadata, tokenizer: tokenizer)
    guard let adapter else {
      let meeting = FirstMeeting(
        model: model, tokenizer: tokenizer, template: template, registry: .standard,
        projection: projection)
      return try meeting.run { progress?($0, $1) }
    }
    let calibrator = Calibrator(
      model: model, tokenizer: tokenizer, template: template, registry: .standard)
    return try calibrator.completing(adapter, for: kinds) { progress?($0, $1) }
  }

  /// Loads a memory file of standard modules for a model.
  ///
  /// - Parameters:
  ///   - tokenizer: for the excerpts `/why` shows.
  ///   - passphrase: of an encrypted file.
  ///   - kin: whether a memory of a variant of the model, such as another quantisation, is also loaded, for reading
  ///     only.
  /// - Throws: `MemoryError` for a file that is damaged, of a newer format, or of another model.
  public static func load(
    _ path: String, model: TransformerModel, tokenizer: any Tokenizer,
    passphrase: Passphrase? = nil, kin: KinLoading = .refuse
  ) throws(MemoryError) -> DetachableMemory {
    try load(
      path, model: model, registry: .standard, tokenizer: tokenizer, passphrase: passphrase,
      kin: kin)
  }

  /// Loads a memory file of standard modules to read it, or to change it while no other process can.
  ///
  /// - Throws: `MemoryError.file(.locked)` when another process or memory has it open for writing; what loading throws.
  public static func open(
    _ path: String, forWriting: Bool, model: TransformerModel, tokenizer: any Tokenizer,
    passphrase: Passphrase? = nil, kin: KinLoading = .refuse
  ) throws(MemoryError) -> DetachableMemory {
    try open(
      path, forWriting: forWriting, model: model, registry: .standard, tokenizer: tokenizer,
      passphrase: passphrase, kin: kin)
  }

  /// Checks a memory file; with a model, also that it loads.
  public static func verify(
    _ path: String, model: TransformerModel?, passphrase: Passphrase? = nil
  ) throws(MemoryError) -> MemoryFileInfo {
    try verify(path, model: model, registry: .standard, passphrase: passphrase)
  }
}
