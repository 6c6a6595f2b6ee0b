import Foundation
public import Memory
public import Tokenization
public import Transformer

extension NeighborMemory: Refittable {
  public static var refitReadouts: [String] { NeighborReadout.allCases.map(\.rawValue) }

  /// Refits the sharpness and the gate of a memory's neighbors to held-out texts, read as `perplexity --learn` reads them.
  ///
  /// Each text starts from a copy of the memory and continues learning; the memory itself is not changed.
  ///
  /// - Parameters:
  ///   - texts: tokens the memory has not read; with five or more, whole texts are held out for selection and report.
  ///   - window: tokens of a window.
  ///   - readout: the read-out to use from now on.
  /// - Returns: the parameters, and their losses on tokens that were not used to find them.
  /// - Throws: `MemoryError.calibrationFailed` when the memory has no neighbors or the texts are too short, `.badSetting` for
  ///   another read-out.
  public static func refit(
    _ memory: DetachableMemory, texts: [[Int32]], model: TransformerModel,
    tokenizer: any Tokenizer, window: Int, readout: String, progress: (Double) -> Void
  ) throws(MemoryError) -> (parameters: ModuleParameters, report: RefitReport) {
    guard let readout = NeighborReadout(rawValue: readout) else {
      throw .badSetting(
        name: "the read-out", value: readout, expected: refitReadouts.joined(separator: ", "))
    }
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
    configuration.readout = readout
    var tensors = gate.tensors
    if readout == .spalm {
      let found = fitting.fitVectorGate(examples)
      report.spalm = found.loss
      tensors.merge(found.gate.tensors) { $1 }
    }
    let parameters = try ModuleParameters(configuration, gate: old.gate, tensors: tensors)
    try time(&report, data, parameters, context: context, state: state)
    try tryPointers(&report, data, parameters, context: context, state: state)
    return (parameters, report)
  }

  /// Streams the last text with and without pointers.
  private static func tryPointers(
    _ report: inout RefitReport, _ data: CalibrationData, _ parameters: ModuleParameters,
    context: ModuleContext, state: any Sendable
  ) throws(MemoryError) {
    guard let episode = data.episodes.last else { return }
    var configuration = try parameters.decode(NeighborConfiguration.self)
    configuration.readout = .mixing
    for pointers in [0, 1, 8] {
      configuration.pointers = pointers
      let module = try NeighborMemory(
        context: context,
        parameters: ModuleParameters(
          configuration, gate: parameters.gate, tensors: parameters.tensors))
      module.restore(state)
      var (loss, tokens) = (0.0, 0)
      for segment in episode {
        let rows = Array(segment.targets.indices)
        let (keys, hidden) = data.select(rows, of: segment, context: context)
        let readings = module.read(
          ReadInput(
            rows: rows.count, keys: keys, hidden: hidden,
            text: TextWindow(tokens: segment.tokens, positions: rows, mode: .text),
            base: segment.base))
        for row in rows {
          let reading = readings[row]
          let g = Double(reading?.opening ?? 0)
          let base = exp(Double(segment.logProbabilities[row]))
          let memory =
            g > 0
            ? exp(Double(reading?.logProbability(of: segment.targets[row]) ?? -.infinity)) : 0
          loss -= log(max(1e-30, (1 - g) * base + g * memory))
          tokens += 1
        }
        data.write(segment, to: module, context: context)
        module.endSegment()
      }
      let counts = module.lookups
      let looked = counts.searches + counts.pointed
      report.pointers.append(
        .init(
          pointers: pointers, loss: loss / Double(max(1, tokens)),
          saved: Double(counts.pointed) / Double(max(1, looked))))
    }
  }

  /// Times reads of single rows, as generation makes them, from a memory that has read the longest text.
  private static func time(
    _ report: inout RefitReport, _ data: CalibrationData, _ parameters: ModuleParameters,
    context: ModuleContext, state: any Sendable
  ) throws(MemoryError) {
    let module = try NeighborMemory(context: context, parameters: parameters)
    module.restore(state)
    guard let episode = data.episodes.max(by: { $0.count < $1.count }), let last = episode.last
    else { return }
    for segment in episode.dropLast() { data.write(segment, to: module, context: context) }
    module.endSegment()
    var times: [Double] = []
    for row in last.targets.indices.prefix(200) {
      let (key, hidden) = data.select([row], of: last, context: context)
      let input = ReadInput(
        rows: 1, keys: key, hidden: hidden,
        text: TextWindow(tokens: last.tokens, positions: [row], mode: .text),
        base: [last.base[row]])
      let start = ContinuousClock.now
      _ = module.read(input)
      times.append((ContinuousClock.now - start) / .milliseconds(1))
    }
    times.sort()
    guard !times.isEmpty else { return }
    report.readMilliseconds = times[times.count / 2]
    report.slowReadMilliseconds = times[times.count * 19 / 20]
  }
}
