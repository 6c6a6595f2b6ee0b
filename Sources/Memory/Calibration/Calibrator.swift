import Foundation
public import Generation
import ModelFiles
public import Tokenization
public import Transformer

/// Finds an adapter for a model without back-propagation through it: whitening statistics, key points, and each module's
/// configuration and gate.
///
/// Material: invented people who tell facts in one conversation and are asked in another (with questions about things
/// they never told, and small talk, on which a memory must stay silent), and texts, read in windows with learning. When
/// no texts are given the model samples some itself; they then serve for statistics and for silence only.
public struct Calibrator {
  /// What is calibrated.
  public let model: TransformerModel
  private let tokenizer: any Tokenizer
  private let template: ChatTemplate
  private let texts: [String]
  private let registry: ModuleRegistry

  /// Tokens of one window of a text.
  private static let window = 256
  /// Tokens taken of each text.
  private static let textLength = 3072

  /// Prepares a calibration.
  ///
  /// - Parameter texts: held-out texts of the kind the memory will read; may be empty.
  public init(
    model: TransformerModel, tokenizer: any Tokenizer, template: ChatTemplate,
    texts: [String] = [], registry: ModuleRegistry
  ) {
    self.model = model
    self.tokenizer = tokenizer
    self.template = template
    self.texts = texts
    self.registry = registry
  }

  /// Runs the calibration.
  ///
  /// - Parameter progress: share done, and what is being done.
  /// - Throws: `MemoryError.calibrationFailed` when the model's activations do not vary or are not finite.
  public func run(
    progress: (Double, String) -> Void = { _, _ in }
  ) throws(MemoryError) -> Adapter {
    progress(0, "reading")
    let points = Self.candidatePoints(model.configuration)
    let recorder = ActivationRecorder(
      model: model, points: points + [.lnFinal],
      contextLength: min(512, model.configuration.contextLength))
    var material = CalibrationMaterial(
      recorder: recorder, tokenizer: tokenizer, template: template, window: Self.window)
    do throws(TransformerError) {
      try material.collect(texts: texts, textLength: Self.textLength) { share in
        progress(0.3 * share, "reading")
      }
    } catch {
      throw .calibrationFailed(reason: error.explanation.what)
    }
    let parts = try whiten(material, points: points)
    progress(0.35, "choosing keys")
    let (keys, data) = try chooseKeys(parts, material)
    let context = ModuleContext(
      model: model, keyColumns: keys.columns, tokenizer: tokenizer)
    var modules: [ModuleKind: ModuleParameters] = [:]
    let kinds = registry.kinds
    for (index, kind) in kinds.enumerated() {
      let share = 0.5 / Double(kinds.count)
      let start = 0.5 + share * Double(index)
      modules[kind] = try registry.type(of: kind).calibrate(data, context: context) { done in
        progress(start + share * done, "fitting the \(kind) memory")
      }
    }
    progress(1, "done")
    let identity = ModelIdentity(of: model)
    return Adapter(
      fingerprint: identity.fingerprint, keys: keys, modules: modules, identity: identity)
  }

  /// Inputs of the feed-forward, after its norm: a few early ones, and the last (kNN-LM's choice) at the end.
  static func candidatePoints(_ configuration: TransformerConfiguration) -> [HookPoint] {
    let count = configuration.layerCount
    let early = [1, count / 4, count / 3, count / 2].filter { $0 > 0 && $0 < count - 1 }
    return Set(early).sorted().map { .block($0, .ln2) } + [.block(count - 1, .ln2)]
  }

  private func whiten(
    _ material: CalibrationMaterial, points: [HookPoint]
  ) throws(MemoryError) -> [KeyTransform.Part] {
    var parts: [KeyTransform.Part] = []
    for (index, point) in points.enumerated() {
      var statistics = WhiteningStatistics(columns: point.columns(in: model.configuration))
      for episode in material.episodes {
        for segment in episode { statistics.add(segment.raw[index]) }
      }
      guard let whitening = statistics.transform(),
        let part = KeyTransform.Part(point: point, mean: statistics.mean, whitening: whitening)
      else {
        throw .calibrationFailed(reason: "its activations do not vary or are not finite")
      }
      parts.append(part)
    }
    return parts
  }

  /// The last point alone, or together with an early one: whichever lets neighbors predict best.
  private func chooseKeys(
    _ parts: [KeyTransform.Part], _ material: CalibrationMaterial
  ) throws(MemoryError) -> (KeyTransform, CalibrationData) {
    guard let last = parts.last else {
      throw .calibrationFailed(reason: "it has no blocks")
    }
    var best: (loss: Double, keys: KeyTransform, data: CalibrationData)?
    let choices = [[last]] + parts.dropLast().map { [$0, last] }
    // Any module can judge keys; the first that keeps entries is the most direct judge.
    let judge = try registry.type(
      of: registry.kinds.contains(.neighbor) ? .neighbor : registry.kinds[0])
    let plain = material.data(model: model)
    for choice in choices {
      let keys = KeyTransform(parts: choice)
      let data = material.data(plain, keys: keys, parts: parts)
      if choices.count == 1 { return (keys, data) }
      let context = ModuleContext(
        model: model, keyColumns: keys.columns, tokenizer: tokenizer)
      let parameters = try judge.uncalibrated(context)
      let examples = try data.examples(context: context) { () throws(MemoryError) in
        try judge.init(context: context, parameters: parameters)
      }
      let loss = ReadoutGate.heldOutLoss(
        examples, names: ReadoutGate.commonFeatureNames + judge.featureNames)
      if best.map({ loss < $0.loss }) ?? true { best = (loss, keys, data) }
    }
    guard let best else { throw .calibrationFailed(reason: "no keys could be tried") }
    return (best.keys, best.data)
  }
}
