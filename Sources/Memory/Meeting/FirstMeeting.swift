import Foundation
public import Generation
public import Tokenization
public import Transformer

/// Makes the adapter a memory begins with when there is none for a model: in seconds, where `Calibrator` takes minutes.
///
/// Everyday sentences pass through the model for the statistics of its keys and sentence vectors, and the form of
/// recalled text is chosen by the model's own answers. All else begins with values that were found on other models.
public struct FirstMeeting {
  private let model: TransformerModel
  private let tokenizer: any Tokenizer
  private let template: ChatTemplate
  private let registry: ModuleRegistry
  private let projection: SentenceProjection?

  /// Prepares a meeting.
  ///
  /// - Parameter projection: one that was trained for the model; nil where there is none.
  public init(
    model: TransformerModel, tokenizer: any Tokenizer, template: ChatTemplate,
    registry: ModuleRegistry, projection: SentenceProjection? = nil
  ) {
    self.projection = projection
    self.model = model
    self.tokenizer = tokenizer
    self.template = template
    self.registry = registry
  }

  /// Meets the model.
  ///
  /// - Parameter progress: share done, and what is being done.
  /// - Throws: `MemoryError.calibrationFailed` when the model's activations do not vary or are not finite.
  public func run(
    progress: (Double, String) -> Void = { _, _ in }
  ) throws(MemoryError) -> Adapter {
    let (keys, meaning) = try statistics { progress(0.5 * $0, "meeting the model") }
    let trial = FormTrial(model: model, tokenizer: tokenizer, template: template)
    let form = trial.best { progress(0.5 + 0.5 * $0, "trying forms of recalled text") }
    let impression = FirstImpression(
      keys: keys, meaning: meaning, isMeaningTrained: projection != nil, form: form)
    let context = ModuleContext(model: model, keyColumns: keys.columns, tokenizer: tokenizer)
    var modules: [ModuleKind: ModuleParameters] = [:]
    for kind in registry.kinds {
      let type = try registry.type(of: kind)
      modules[kind] =
        if let meetable = type as? any Meetable.Type {
          try meetable.parameters(from: impression, context: context)
        } else {
          try type.uncalibrated(context)
        }
    }
    progress(1, "done")
    let identity = ModelIdentity(of: model)
    return Adapter(
      fingerprint: identity.fingerprint, keys: keys, modules: modules, identity: identity)
  }

  /// The block after which sentence vectors are taken: four fifths of the way up.
  static func meaningPoint(_ configuration: TransformerConfiguration) -> HookPoint {
    .block(max(0, configuration.layerCount * 4 / 5 - 1), .residPost)
  }

  private func statistics(
    progress: (Double) -> Void
  ) throws(MemoryError) -> (KeyTransform, SentenceProjection) {
    let configuration = model.configuration
    let layers = configuration.layerCount
    // An early block shows which word was asked about, the last what is about to be said.
    let keyPoints = Set([max(0, layers / 4), layers - 1]).sorted().map { HookPoint.block($0, .ln2) }
    let points = keyPoints + [Self.meaningPoint(configuration)]
    let recorder = ActivationRecorder(
      model: model, points: points, contextLength: min(128, configuration.contextLength))
    // Every third finds facts as well as all of them.
    let step = model.isLarge ? 6 : 3
    let sentences = stride(from: 0, to: TalkSentences.all.count, by: step)
      .map { TalkSentences.all[$0] }
    var rows = [[Float]](repeating: [], count: keyPoints.count)
    var means: [Float] = []
    for (number, sentence) in sentences.enumerated() {
      guard
        let read = SentenceMean.read(
          sentence, recorder: recorder, tokenizer: tokenizer, limit: 128)
      else { continue }
      for index in rows.indices { rows[index] += read.rows[index] }
      means += SentenceMean.mean(read.rows[keyPoints.count], tokens: read.tokens)
      if number % 16 == 0 { progress(Double(number) / Double(sentences.count)) }
    }
    var parts: [KeyTransform.Part] = []
    for (point, rows) in zip(keyPoints, rows) { parts.append(try part(point, rows)) }
    let keys = KeyTransform(parts: parts)
    if let projection { return (keys, projection) }
    guard let meaning = SentenceProjection(try part(points[keyPoints.count], means)) else {
      throw .calibrationFailed(reason: "the model's sentence vectors are not finite")
    }
    return (keys, meaning)
  }

  private func part(
    _ point: HookPoint, _ rows: [Float]
  ) throws(MemoryError) -> KeyTransform.Part {
    var statistics = WhiteningStatistics(columns: point.columns(in: model.configuration))
    statistics.add(rows)
    return try statistics.part(at: point)
  }
}

extension TransformerModel {
  /// Whether meeting it with fewer sentences and questions is needed, so that it takes seconds.
  package var isLarge: Bool { weightCount > 400_000_000 }
}
