import Foundation
public import Generation
import ModelFiles
public import Tokenization
public import Transformer

/// Finds an adapter for a model without back-propagation through it: whitening statistics, key points, and each module's
/// configuration and gate.
///
/// Material: invented people who state facts in one conversation and ask about them in another (with questions about
/// things they never stated, and small talk, on which a memory's gate must stay closed), and texts, read in windows
/// with learning. When no texts are given the model samples some itself; those serve only for the whitening statistics
/// and as examples for a closed gate.
public struct Calibrator {
  /// The model to calibrate for.
  public let model: TransformerModel
  private let tokenizer: any Tokenizer
  private let template: ChatTemplate
  private let texts: [String]
  private let registry: ModuleRegistry

  /// Tokens of one window of a text.
  private static let window = 256
  /// Tokens used of each text.
  package static let textLength = 3072
  /// How long choosing the keys takes, in readings of the material; as the modules' own figures measured on models of 11
  /// and 135 million parameters.
  private static let choosingWork = 0.5

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
    let points = Self.candidatePoints(model.configuration)
    let fitting = try work(of: registry.kinds).reduce(0, +)
    // In the order of the steps below, as shares of the time all of it takes.
    let total = 1 + Self.choosingWork + fitting
    let material = try collect(points) { progress($0 / total, "reading") }
    let parts = try whiten(material, points: points)
    let (keys, data) = try chooseKeys(parts, material) {
      progress((1 + Self.choosingWork * $0) / total, "choosing keys")
    }
    let context = ModuleContext(
      model: model, keyColumns: keys.columns, tokenizer: tokenizer)
    let modules = try fit(registry.kinds, data, context: context) { share, what in
      progress((total - fitting * (1 - share)) / total, what)
    }
    progress(1, "done")
    let identity = ModelIdentity(of: model)
    return Adapter(
      fingerprint: identity.fingerprint, keys: keys, modules: modules, identity: identity)
  }

  /// An adapter with parameters for kinds it holds nothing for, fitted under the keys it has; the rest stays as it is.
  ///
  /// - Throws: `MemoryError.calibrationFailed`.
  public func completing(
    _ adapter: Adapter, for kinds: [ModuleKind],
    progress: (Double, String) -> Void = { _, _ in }
  ) throws(MemoryError) -> Adapter {
    let missing = kinds.filter { adapter.modules[$0] == nil }
    guard !missing.isEmpty else { return adapter }
    let fitting = try work(of: missing).reduce(0, +)
    let total = 1 + fitting
    let material = try collect(adapter.keys.points) { progress($0 / total, "reading") }
    let data = material.data(
      material.data(model: model), keys: adapter.keys, parts: adapter.keys.parts)
    let context = ModuleContext(
      model: model, keyColumns: adapter.keys.columns, tokenizer: tokenizer)
    let found = try fit(missing, data, context: context) { share, what in
      progress((1 + fitting * share) / total, what)
    }
    return Adapter(
      fingerprint: adapter.fingerprint, keys: adapter.keys,
      modules: adapter.modules.merging(found) { old, _ in old }, identity: adapter.identity)
  }

  /// Reads the material with the activations at some points and the final norm.
  private func collect(
    _ points: [HookPoint], progress: (Double) -> Void
  ) throws(MemoryError) -> CalibrationMaterial {
    progress(0)
    let recorder = ActivationRecorder(
      model: model, points: points + [.lnFinal],
      contextLength: min(512, model.configuration.contextLength))
    var material = CalibrationMaterial(
      recorder: recorder, tokenizer: tokenizer, template: template, window: Self.window)
    do throws(TransformerError) {
      try material.collect(texts: texts, textLength: Self.textLength, progress: progress)
    } catch {
      throw .calibrationFailed(reason: error.explanation.what)
    }
    return material
  }

  /// Parameters of some kinds, one after the other.
  private func fit(
    _ kinds: [ModuleKind], _ data: CalibrationData, context: ModuleContext,
    progress: (Double, String) -> Void
  ) throws(MemoryError) -> [ModuleKind: ModuleParameters] {
    var modules: [ModuleKind: ModuleParameters] = [:]
    let works = try work(of: kinds)
    let total = works.reduce(0, +)
    var finished = 0.0
    for (kind, work) in zip(kinds, works) {
      modules[kind] = try Self.fit(registry.type(of: kind), data, context: context) { done in
        progress((finished + work * done) / total, "fitting the \(kind) memory")
      }
      finished += work
    }
    return modules
  }

  /// How long fitting each of some kinds takes, in readings of the material.
  private func work(of kinds: [ModuleKind]) throws(MemoryError) -> [Double] {
    var found: [Double] = []
    for kind in kinds {
      let type = try registry.type(of: kind) as? any Calibratable.Type
      found.append(type?.calibrationWork(on: model.configuration) ?? 0.06)
    }
    return found
  }

  /// The parameters of a module: from its own calibration if it is `Calibratable`, else its defaults with a fitted
  /// gate.
  package static func fit(
    _ type: any MemoryModule.Type, _ data: CalibrationData, context: ModuleContext,
    progress: (Double) -> Void
  ) throws(MemoryError) -> ModuleParameters {
    if let calibratable = type as? any Calibratable.Type {
      return try calibratable.calibrate(data, context: context, progress: progress)
    }
    guard let associative = type as? any AssociativeModule.Type else {
      return try type.uncalibrated(context)
    }
    return try fitGate(associative, data, context: context, progress: progress)
  }

  private static func fitGate<Module: AssociativeModule>(
    _ type: Module.Type, _ data: CalibrationData, context: ModuleContext,
    progress: (Double) -> Void
  ) throws(MemoryError) -> ModuleParameters {
    let search = CandidateSearch<Module>(data, context: context)
    try search.consider(Module.Configuration(for: context))
    progress(1)
    return try search.parameters()
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
      parts.append(try statistics.part(at: point))
    }
    return parts
  }

  /// The last point alone, or together with an early one: whichever gives the registry's key judge the lowest held-out
  /// loss.
  private func chooseKeys(
    _ parts: [KeyTransform.Part], _ material: CalibrationMaterial, progress: (Double) -> Void
  ) throws(MemoryError) -> (KeyTransform, CalibrationData) {
    guard let last = parts.last else {
      throw .calibrationFailed(reason: "it has no blocks")
    }
    var best: (loss: Double, keys: KeyTransform, data: CalibrationData)?
    let choices = [[last]] + parts.dropLast().map { [$0, last] }
    let judge = try registry.keyJudge()
    let plain = material.data(model: model)
    for (index, choice) in choices.enumerated() {
      progress(Double(index) / Double(choices.count))
      let keys = KeyTransform(parts: choice)
      let data = material.data(plain, keys: keys, parts: parts)
      if choices.count == 1 { return (keys, data) }
      let context = ModuleContext(
        model: model, keyColumns: keys.columns, tokenizer: tokenizer)
      let parameters = try judge.uncalibrated(context)
      let examples = try data.examples(context: context) { () throws(MemoryError) in
        try judge.init(context: context, parameters: parameters)
      }
      let loss = ReadoutGate.heldOutLoss(examples, names: judge.gateFeatureNames)
      if best.map({ loss < $0.loss }) ?? true { best = (loss, keys, data) }
    }
    guard let best else { throw .calibrationFailed(reason: "no keys could be tried") }
    return (best.keys, best.data)
  }
}
