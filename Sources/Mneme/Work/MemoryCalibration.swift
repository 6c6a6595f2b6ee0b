public import Memory
import MemoryModules
import Tokenization

/// Refits the gate of a memory file to held-out texts; the file then contains its own gate.
public struct MemoryCalibration: Sendable {
  let model: LanguageModel
  let contextLength: Int
  let path: String
  let limit: Int?
  let passphrase: Passphrase?

  /// A calibration.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - contextLength: tokens per window.
  ///   - path: the memory file.
  ///   - limit: the largest number of tokens used of each text.
  ///   - passphrase: of an encrypted file.
  public init(
    model: LanguageModel, contextLength: Int? = nil, path: String, limit: Int? = nil,
    passphrase: Passphrase? = nil
  ) {
    self.model = model
    self.contextLength = contextLength ?? model.contextLength
    self.path = path
    self.limit = limit
    self.passphrase = passphrase
  }

  /// The names `run` takes as read-outs.
  public static var readouts: [String] {
    ModuleRegistry.standard.refitReadouts
  }

  /// Refits the gate and saves the memory with it.
  ///
  /// - Parameters:
  ///   - texts: texts the memory has not read.
  ///   - target: where it is saved; over the file itself when nil.
  ///   - readout: the read-out, one of `readouts`; the first when nil.
  ///   - progress: called with the share that is done.
  /// - Throws: `MemoryError`; `.calibrationFailed` for a memory without a module whose gate can be refitted.
  public func run(
    _ texts: [String], savingTo target: String? = nil, readout: String? = nil,
    progress: (Double) -> Void = { _ in }
  ) throws -> RefitReport {
    let memory = try model.loadMemory(
      path, forWriting: target == nil, passphrase: passphrase)
    let tokens = texts.map { text -> [Int32] in
      let all = model.tokenizer.encode(text, addBOS: false, parseSpecial: false)
      return limit.map { Array(all.prefix($0)) } ?? all
    }
    guard
      let type = memory.modules.lazy.compactMap({ type(of: $0) as? any Refittable.Type }).first
    else {
      throw MemoryError.calibrationFailed(
        reason: "it holds no module whose gate can be fitted to texts")
    }
    let (parameters, report) = try type.refit(
      memory, texts: tokens, model: model.transformer, tokenizer: model.tokenizer,
      window: contextLength, readout: readout ?? type.refitReadouts.first ?? "",
      progress: progress)
    let changed = try memory.replacing(
      [type.kind: parameters], model: model.transformer, registry: .standard)
    if target == nil { changed.takeOver(memory) }
    try Task.checkCancellation()
    try changed.save(to: target ?? path)
    return report
  }
}
