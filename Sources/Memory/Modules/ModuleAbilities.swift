public import Transformer

/// The result of forgetting in one module.
public enum Forgetting: Sendable, Equatable {
  /// This number of entries was removed without a trace.
  case exact(entries: Int)
  /// The state was rebuilt from the journal without them: this number of tokens passed through the model again.
  case replayed(tokens: Int)
  /// The module held nothing of the selection.
  case nothingToForget
  /// The module cannot remove what it learned.
  case unsupported
}

/// A module that can remove what it learned from single tokens.
public protocol Subtractable: MemoryModule {
  /// Removes what was learned from some tokens of the journal, as if they had never been written.
  func forget(_ journal: Set<Int>) -> Forgetting
}

/// A module from which every single token can always be removed exactly. The state of all others is rebuilt from the
/// journal (`JournalReplay`).
public protocol Rewindable: Subtractable {
  /// Removes everything that was learned from a journal place on, at which a segment began.
  ///
  /// - Returns: false when that state cannot be restored because older entries were dropped since; the state is then
  ///   undefined.
  func rewind(to place: Int) -> Bool
}

/// A module that is made of parts that do not depend on each other: what `forget` can take out exactly needs no replay.
public protocol Separable: Subtractable {}

/// A module whose `endSegment` may take much longer than the reading before it, and says how far it is.
public protocol SlowSegments: MemoryModule {
  /// Called during `endSegment` with the share that is done.
  var onWork: ((Double) -> Void)? { get set }
}

/// A module that can merge the state of another memory of its kind, without the model.
public protocol Unitable: MemoryModule {
  /// Merges another module's state into this one.
  ///
  /// - Parameters:
  ///   - other: of the same configuration; it is not changed.
  ///   - place: the offset to add to the other's journal places; nil when they have no meaning here.
  /// - Returns: how exact the merge is.
  func unite(with other: any MemoryModule, journal place: Int?) -> Union
}

/// A module whose configuration and slow weights are found on held-out texts. For all others, `Calibrator` fits only
/// the common gate, with the default configuration.
public protocol Calibratable: MemoryModule {
  /// The parameters with the best held-out likelihood.
  static func calibrate(
    _ data: CalibrationData, context: ModuleContext, progress: (Double) -> Void
  ) throws(MemoryError) -> ModuleParameters

  /// How long that takes, in readings of the material by the model, for progress; 0.06 unless a module says otherwise.
  static func calibrationWork(on configuration: TransformerConfiguration) -> Double

  /// New calibrated parameters, joined with the back-propagation-trained slow weights of an older adapter, which
  /// calibration cannot produce.
  static func keepingTrained(
    of old: ModuleParameters, in new: ModuleParameters
  ) throws(MemoryError) -> ModuleParameters
}

extension Calibratable {
  public static func calibrationWork(on configuration: TransformerConfiguration) -> Double { 0.06 }

  public static func keepingTrained(
    of old: ModuleParameters, in new: ModuleParameters
  ) throws(MemoryError) -> ModuleParameters { new }
}

extension MemoryModule {
  /// Forgets tokens if the module is `Subtractable`.
  func subtract(_ journal: Set<Int>) -> Forgetting {
    (self as? any Subtractable)?.forget(journal) ?? .unsupported
  }
}
