/// What became of a wish to forget.
public enum Forgetting: Sendable, Equatable {
  /// So many entries are gone, and nothing of them is left.
  case exact(entries: Int)
  /// The state was made again from the journal without it: so many tokens passed through the model once more.
  case replayed(tokens: Int)
  /// None of it was there.
  case nothingToForget
  /// The module has no way to take back what it learned.
  case unsupported
}

/// A module that can take back what it learned from single tokens.
public protocol Subtractable: MemoryModule {
  /// Removes what was learned from some tokens of the journal, as if they had never been written.
  func forget(_ journal: Set<Int>) -> Forgetting
}

/// A module of which every token can always be taken back by itself, exactly. The state of all others is made again from the
/// journal (`JournalReplay`).
public protocol Rewindable: Subtractable {
  /// Takes back everything that was learned from a place of the journal on, where a segment began.
  ///
  /// - Returns: false, and nothing needs to be as it was, when the memory as it was then cannot be had: something older was
  ///   dropped since.
  func rewind(to place: Int) -> Bool
}

/// A module that can take in what another memory of its kind learned, without the model.
public protocol Unitable: MemoryModule {
  /// Takes it in.
  ///
  /// - Parameters:
  ///   - other: of the same configuration; it is not changed.
  ///   - place: what is to be added to its places in the journal; nil when they mean nothing here.
  /// - Returns: how well that can be done.
  func unite(with other: any MemoryModule, journal place: Int?) -> Union
}

/// A module whose configuration and slow weights are found on held-out texts. All others keep their defaults, and the common
/// gate is fitted to them (`Calibrator`).
public protocol Calibratable: MemoryModule {
  /// Values worth having, chosen by held-out likelihood.
  static func calibrate(
    _ data: CalibrationData, context: ModuleContext, progress: (Double) -> Void
  ) throws(MemoryError) -> ModuleParameters

  /// What calibration found anew, joined with the slow weights of an older adapter that it cannot make: those that were
  /// trained by back-propagation.
  static func keepingTrained(
    of old: ModuleParameters, in new: ModuleParameters
  ) throws(MemoryError) -> ModuleParameters
}

extension Calibratable {
  public static func keepingTrained(
    of old: ModuleParameters, in new: ModuleParameters
  ) throws(MemoryError) -> ModuleParameters { new }
}

extension MemoryModule {
  /// Takes tokens out where it can.
  func subtract(_ journal: Set<Int>) -> Forgetting {
    (self as? any Subtractable)?.forget(journal) ?? .unsupported
  }
}
