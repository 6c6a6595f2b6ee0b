import Foundation
public import Memory
import MemoryModules
import Tokenization
import Transformer

/// Fits an adapter for a model on the machine it runs on: everything that needs no back-propagation through the model.
///
/// Whitening statistics and key points, the read-out gates, sharpness, learning rates, the scope gate. Slow weights of
/// the replaced adapter that were trained elsewhere (`Tools/train`) are kept.
public struct AdapterTraining: Sendable {
  let model: LanguageModel
  private let window: Int

  /// Share of each text that is held out of the fit and measured on.
  static let heldOutShare = 0.2
  /// The largest number of tokens measured of each held-out part.
  static let heldOutLimit = 8192

  /// A training.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - contextLength: tokens per window of the measurement at most. Windows are short, so that a memory holds
  ///     something that is not in the context.
  public init(model: LanguageModel, contextLength: Int? = nil) {
    self.model = model
    window = min(256, contextLength ?? model.contextLength)
  }

  /// Fits an adapter and measures it on the last fifth of every text, read once and learned after it was scored.
  ///
  /// - Parameters:
  ///   - texts: of the kind a memory will read; may be empty, then nothing is measured.
  ///   - previous: the adapter that is to be replaced; measured as well, and the source of trained weights.
  ///   - progress: share done and what is being done.
  /// - Throws: `MemoryError.calibrationFailed`; `EvaluationError`.
  public func run(
    _ texts: [String], replacing previous: Adapter? = nil,
    progress: @escaping @Sendable (Double, String) -> Void = { _, _ in }
  ) throws -> (adapter: Adapter, report: AdapterReport) {
    let parts = texts.map(Self.split)
    let heldOut = parts.map(\.heldOut).filter { !$0.isEmpty }
    // Without a held-out text nothing is measured.
    let fittingShare = heldOut.isEmpty ? 1.0 : 0.7
    let fitted = try model.calibrate(texts: parts.map(\.fit)) { progress(fittingShare * $0, $1) }
    try Task.checkCancellation()
    let adapter = try fitted.keepingTrainedWeights(of: previous, registry: .standard)
    var report = AdapterReport(modules: [])
    guard !heldOut.isEmpty else { return (adapter, report) }
    let kinds = adapter.modules.keys.sorted { $0.rawValue < $1.rawValue }
    report.detached = try nll(heldOut, kind: nil, adapter: adapter)
    for (index, kind) in kinds.enumerated() {
      progress(
        fittingShare + (1 - fittingShare) * Double(index) / Double(kinds.count),
        "measuring the \(kind) memory")
      let isOld = previous?.modules[kind] != nil
      report.modules.append(
        .init(
          kind: kind.rawValue,
          before: isOld ? try nll(heldOut, kind: kind, adapter: previous) : nil,
          after: try nll(heldOut, kind: kind, adapter: adapter)))
    }
    progress(1, "done")
    return (adapter, report)
  }

  /// Mean nats per token over texts, with a new memory of one kind that learns each window after it was scored.
  private func nll(_ texts: [String], kind: ModuleKind?, adapter: Adapter?) throws -> Double {
    var total = 0.0
    var tokens = 0
    for text in texts {
      let session = TransformerSession(model: model.transformer, contextLength: window)
      var attachment: AttachedMemory?
      if let kind, let adapter {
        let memory = try DetachableMemory.create(
          kinds: [kind], model: model.transformer, tokenizer: model.tokenizer, adapter: adapter)
        attachment = try memory.attach(to: session)
      }
      defer { attachment?.detach() }
      let found = try Perplexity.measure(
        model.tokenizer.encode(text, addBOS: false, parseSpecial: false), session: session,
        tokenizer: model.tokenizer,
        provenance: Provenance(
          conversation: "adapter", turn: 0, role: .document, source: "held out", time: 0),
        options: .init(window: window, learns: kind != nil, limit: Self.heldOutLimit))
      total += found.nll * Double(found.tokens)
      tokens += found.tokens
    }
    return tokens > 0 ? total / Double(tokens) : 0
  }

  /// The part a text is fitted on and the part it is measured on, cut between words.
  static func split(_ text: String) -> (fit: String, heldOut: String) {
    let target = text.utf8.index(
      text.startIndex, offsetBy: Int(Double(text.utf8.count) * (1 - heldOutShare)))
    guard let cut = text[..<target].lastIndex(where: \.isWhitespace) else { return (text, "") }
    return (String(text[..<cut]), String(text[text.index(after: cut)...]))
  }
}

/// The effect of an adapter on texts it was not fitted on, nats per token.
public struct AdapterReport: Sendable, Equatable, Codable {
  /// One kind of memory.
  public struct Module: Sendable, Equatable, Codable {
    /// The kind.
    public var kind: String
    /// With the adapter that was replaced; nil when there was none.
    public var before: Double?
    /// With the new one.
    public var after: Double
  }

  /// Without a memory; nil when there was no text to measure on.
  public var detached: Double?
  /// With a memory that learned while it read, one kind each.
  public var modules: [Module]
}
