import Foundation
public import Memory
import Tensors
import Transformer

extension EpisodicMemory: Calibratable {
  /// Estimates the context-free prior of tokens, fits the scope gate to questions about told and untold facts, then
  /// chooses the voting parameters and fits the read-out gate, both by held-out likelihood.
  public static func calibrate(
    _ data: CalibrationData, context: ModuleContext, progress: (Double) -> Void
  ) throws(MemoryError) -> ModuleParameters {
    let prior = prior(of: data, context: context)
    var tensors: [String: ParameterTensor] = [:]
    tensors["prior"] = ParameterTensor(shape: [prior.count], values: prior)
    var configuration = EpisodicConfiguration()
    configuration.scope = try scope(data, context: context, configuration, tensors: tensors)
    progress(0.3)
    let search = CandidateSearch<EpisodicMemory>(data, context: context, tensors: tensors)
    let candidates: [(Float, Float)] = [(16, 1), (24, 2), (24, 4), (36, 3), (54, 4)]
    for (number, (sharpness, bonus)) in candidates.enumerated() {
      configuration.sharpness = sharpness
      configuration.matchBonus = bonus
      try search.consider(configuration)
      progress(0.3 + 0.7 * Double(number + 1) / Double(candidates.count))
    }
    var found = try search.parameters()
    found.gate = trusting(found.gate)
    return found
  }

  public static func keepingTrained(
    of old: ModuleParameters, in new: ModuleParameters
  ) throws(MemoryError) -> ModuleParameters {
    let trained = old.tensors.filter { $0.key.hasPrefix("rows.") }
    guard !trained.isEmpty else { return new }
    let before = try old.decode(Trained.self)
    var configuration = try new.decode(EpisodicConfiguration.self)
    if let slots = before.rowSlots { configuration.rowSlots = slots }
    if let readout = before.readout { configuration.readout = readout }
    return try ModuleParameters(
      configuration, gate: new.gate, tensors: new.tensors.merging(trained) { $1 })
  }

  /// The options that belong to trained rows.
  private struct Trained: Decodable {
    var rowSlots: Int?
    var readout: EpisodicReadout?
  }

  /// A gate that always opens for an answer that was given with its fact: the user stated the answer, so its likelihood
  /// does not matter. All other features together cannot outweigh this one.
  static func trusting(_ gate: ReadoutGate) -> ReadoutGate {
    var gate = gate
    guard let given = gate.names.firstIndex(of: Feature.givenAnswer.rawValue) else { return gate }
    let others = gate.weights.indices.filter { $0 != given }
      .reduce(Float(0)) { $0 + 4 * abs(gate.weights[$1]) }
    gate.mean[given] = 0
    gate.scale[given] = 1
    gate.weights[given] = others + abs(gate.bias) + 6
    return gate
  }

  /// The context-free prior: log of each token's probability averaged over many positions, [vocabulary].
  private static func prior(of data: CalibrationData, context: ModuleContext) -> [Float] {
    let (vocabulary, width) = (context.vocabularySize, context.width)
    var total = [Double](repeating: 0, count: vocabulary)
    let segments = data.episodes.joined()
    let rows = segments.reduce(0) { $0 + $1.targets.count }
    let step = max(1, rows / 2048)
    var logits = [Float](repeating: 0, count: vocabulary)
    var number = 0
    for segment in segments {
      for row in segment.targets.indices {
        defer { number += 1 }
        guard number % step == 0 else { continue }
        segment.hidden.withUnsafeBufferPointer { hidden in
          guard let start = hidden.baseAddress else { return }
          context.model.unembed(start + row * width, rows: 1, into: &logits)
        }
        _ = LinearAlgebra.softmax(&logits, count: vocabulary)
        for token in 0..<vocabulary { total[token] += Double(logits[token]) }
      }
    }
    let sum = max(total.reduce(0, +), 1e-30)
    // A floor of a hundredth of an even share: no token is impossible.
    let floor = 0.01 / Double(vocabulary)
    return total.map { Float(log($0 / sum * 0.99 + floor)) }
  }

  /// The scope gate: positives are questions with the fact that contains the most informative word of their answer,
  /// negatives questions and remarks with the best fact that does not contain it.
  private static func scope(
    _ data: CalibrationData, context: ModuleContext, _ configuration: EpisodicConfiguration,
    tensors: [String: ParameterTensor]
  ) throws(MemoryError) -> ScopeGate {
    let closed = ReadoutGate.closed(gateFeatureNames)
    var examples: [ScopeGate.Example] = []
    for episode in data.episodes {
      let memory = try EpisodicMemory(
        context: context,
        parameters: try ModuleParameters(configuration, gate: closed, tensors: tensors))
      for segment in episode {
        if let start = segment.mode.answerStart, start < segment.tokens.count {
          examples += memory.scopeExamples(
            segment.mode.question(in: segment.tokens), answer: segment.tokens[start...])
        }
        data.write(segment, to: memory, context: context)
        memory.endSegment()
      }
    }
    return ScopeGate.fit(examples)
  }

  private func scopeExamples(
    _ question: ArraySlice<Int32>, answer said: ArraySlice<Int32>
  ) -> [ScopeGate.Example] {
    let question = Self.tail(of: question)
    let asked = Set(state.ledger.splitter.words(question).map(\.stem))
    let told = state.ledger.splitter.words(said)
      .filter { !asked.contains($0.stem) }
    // The most informative word that is not in the question is taken as the answer.
    guard let answer = told.max(by: { $0.weight < $1.weight }) else { return [] }
    var examples: [ScopeGate.Example] = []
    for match in candidates(for: question, limit: 4) {
      guard let index = state.ledger.index(of: match.id) else { continue }
      let isAbout = state.ledger.profiles[index].words[answer.stem] != nil
      if !isAbout, examples.contains(where: { !$0.isAbout }) { continue }
      examples.append(.init(match, isAbout: isAbout))
    }
    return examples
  }
}
