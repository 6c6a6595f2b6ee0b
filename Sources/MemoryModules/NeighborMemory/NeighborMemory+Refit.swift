public import Memory
public import Tokenization
public import Transformer

extension NeighborMemory {
  /// Refits the sharpness and the gate of a memory's neighbors to held-out texts, read as `perplexity --learn` reads them.
  ///
  /// Each text begins with the memory as it is and goes on learning; the memory itself is left alone.
  ///
  /// - Parameters:
  ///   - texts: tokens the memory has not read; with five or more, whole texts are kept apart for selection and report.
  ///   - window: tokens of a window.
  /// - Returns: the parameters, and what they bring on tokens that were not used to find them.
  /// - Throws: `MemoryError.calibrationFailed` when the memory has no neighbors or the texts are too short.
  public static func refit(
    _ memory: DetachableMemory, texts: [[Int32]], model: TransformerModel,
    tokenizer: any Tokenizer, window: Int, progress: (Double) -> Void = { _ in }
  ) throws(MemoryError) -> (parameters: ModuleParameters, report: NeighborFitReport) {
    guard let module = memory.modules.compactMap({ $0 as? NeighborMemory }).first,
      let old = memory.adapter.modules[kind]
    else {
      throw .calibrationFailed(reason: "it has no neighbor module")
    }
    let context = module.context
    let data = try CalibrationData.streams(
      texts, model: model, tokenizer: tokenizer, keys: memory.adapter.keys, window: window
    ) { progress(0.4 * $0) }
    let state = module.snapshot()
    let examples = try NeighborExamples(
      data, context: context, progress: { progress(0.4 + 0.3 * $0) }
    ) { () throws(MemoryError) in
      let copy = try NeighborMemory(context: context, parameters: old)
      copy.restore(state)
      return copy
    }
    guard examples.rows.count >= 500 else {
      throw .calibrationFailed(
        reason: "the texts are too short: \(examples.rows.count) usable tokens, 500 are needed")
    }
    let fitting = NeighborFitting(module: module, context: context)
    var (sharpness, gate, skipBelow, report) = fitting.fit(examples) {
      progress(0.7 + 0.3 * $0)
    }
    var configuration = module.configuration
    configuration.sharpness = sharpness
    configuration.skipBelow = skipBelow
    report.before = fitting.loss(
      of: old, examples.split().report, sharpness: module.configuration.sharpness)
    return (
      try ModuleParameters(configuration, gate: old.gate, tensors: gate.tensors), report
    )
  }
}
