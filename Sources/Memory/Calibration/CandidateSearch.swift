/// Tries configurations of an associative module and keeps the one under which held-out tokens are predicted best.
///
/// Each candidate starts empty and learns all episodes; a gate is fitted to half of the predicted tokens and evaluated
/// on the other half, and vice versa (`ReadoutGate.heldOutLoss`). A class, so that callers can read the progress during
/// the search.
public final class CandidateSearch<Module: AssociativeModule> {
  /// The best configuration so far, its gate examples at the predicted tokens, and its loss in nats per unit of weight.
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
  ///   - prepare: applied to each example before a gate is fitted.
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

  /// Tries the best configuration so far with a change; returns whether that is better.
  @discardableResult
  public func consider(
    changing change: (inout Module.Configuration) -> Void
  ) throws(MemoryError) -> Bool {
    guard let current = best?.configuration else { return false }
    var candidate = current
    change(&candidate)
    return candidate == current ? false : try consider(candidate)
  }

  /// The best configuration, with a gate fitted to all of its examples.
  ///
  /// - Throws: `MemoryError.calibrationFailed` when nothing was tried.
  public func parameters() throws(MemoryError) -> ModuleParameters {
    guard let best else { throw .calibrationFailed(reason: "no candidate could be tried") }
    return try ModuleParameters(
      best.configuration, gate: .fit(best.examples, names: Module.gateFeatureNames),
      tensors: tensors)
  }
}
