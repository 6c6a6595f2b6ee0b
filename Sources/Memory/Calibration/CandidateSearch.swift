/// Tries configurations of an associative module and keeps the one under which held-out tokens are predicted best.
///
/// Each candidate learns through all episodes from nothing; a gate is fitted to half of the predicted tokens and judged on
/// the others, both ways round (`ReadoutGate.heldOutLoss`). A class, because progress is asked for while it searches.
public final class CandidateSearch<Module: AssociativeModule> {
  /// The best configuration so far, what it said at the predicted tokens, and its loss in nats per unit of weight.
  public private(set) var best:
    (configuration: Module.Configuration, examples: [GateExample], loss: Double)?
  /// Configurations tried.
  public private(set) var tried = 0

  private let data: CalibrationData
  private let context: ModuleContext
  private let tensors: [String: ParameterTensor]
  private let prepare: (GateExample) -> GateExample

  /// Prepares a search.
  ///
  /// - Parameters:
  ///   - tensors: slow weights all candidates share.
  ///   - prepare: what is done to an example before a gate sees it.
  public init(
    _ data: CalibrationData, context: ModuleContext, tensors: [String: ParameterTensor] = [:],
    prepare: @escaping (GateExample) -> GateExample = { $0 }
  ) {
    self.data = data
    self.context = context
    self.tensors = tensors
    self.prepare = prepare
  }

  /// Tries a configuration; returns whether it is the best so far.
  @discardableResult
  public func consider(_ configuration: Module.Configuration) throws(MemoryError) -> Bool {
    let names = Module.gateFeatureNames
    let parameters = try ModuleParameters(configuration, gate: .closed(names), tensors: tensors)
    let context = context
    let examples = try data.examples(context: context) { () throws(MemoryError) in
      try Module(context: context, parameters: parameters)
    }.map(prepare)
    tried += 1
    let loss = ReadoutGate.heldOutLoss(examples, names: names)
    if let best, loss >= best.loss { return false }
    best = (configuration, examples, loss)
    return true
  }

  /// Tries the best so far with a change; returns whether it is better.
  @discardableResult
  public func consider(
    changing change: (inout Module.Configuration) -> Void
  ) throws(MemoryError) -> Bool {
    guard let current = best?.configuration else { return false }
    var candidate = current
    change(&candidate)
    return candidate == current ? false : try consider(candidate)
  }

  /// What was found, with a gate fitted to its examples.
  ///
  /// - Throws: `MemoryError.calibrationFailed` when nothing was tried.
  public func parameters() throws(MemoryError) -> ModuleParameters {
    guard let best else { throw .calibrationFailed(reason: "no candidate could be tried") }
    return try ModuleParameters(
      best.configuration, gate: .fit(best.examples, names: Module.gateFeatureNames),
      tensors: tensors)
  }
}
