public import ModelFiles

/// One kind of memory: its identity, its state, and its part of a memory file.
///
/// A module owns its state and its algorithm, nothing else. Hooks, commits, gates, provenance and files belong to the
/// host (`AttachedMemory`). How a module learns and is read is defined by the sockets, of which it adopts one or more:
/// `AssociativeModule`, `ForwardModule`, `WeightModule`, `ActivationLearner`. Optional abilities are further protocols: `Subtractable`,
/// `Rewindable`, `Unitable`, `Poolable`, `Calibratable`, `FactMemory`.
///
/// Only `write` changes what will be read, and only from the next `endSegment` on; reading never changes state. One
/// test suite checks these rules on every registered module.
public protocol MemoryModule: AnyObject, SendableMetatype {
  /// Its options, which an adapter stores.
  associatedtype Configuration: ModuleConfiguration

  /// Its description, for people and programs.
  static var about: ModuleDescription { get }
  /// Names of the features of its gate; associative modules add their own to the common ones.
  static var gateFeatureNames: [String] { get }

  /// An empty memory.
  ///
  /// - Throws: `MemoryError.malformed` for parameters that are out of range or inconsistent.
  init(context: ModuleContext, parameters: ModuleParameters) throws(MemoryError)

  /// Whether a read would find nothing; the logits are then bit-identical to the plain model's.
  var isEmpty: Bool { get }
  /// Tokens learned and still there.
  var entries: Int { get }
  /// Bytes of learned state.
  var stateBytes: Int { get }
  /// The most entries a growing memory keeps before its retention policy drops some; nil for a memory of constant size.
  var budget: Int? { get }
  /// Updates that were rejected because they were not finite.
  var rejectedUpdates: Int { get }

  /// Makes what was written readable.
  func endSegment()

  /// A copy of the state for exact restoration.
  func snapshot() -> any Sendable
  /// Returns to a snapshot of this module.
  func restore(_ snapshot: any Sendable)

  /// Updates journal places after the journal was compacted: `newIndex` gives the new place of each token, nil for
  /// removed ones.
  func remapJournal(_ newIndex: (Int) -> Int?)

  /// Adds the state to a file as tensors named `<kind>.<tensor>`.
  func save(into writer: inout SafetensorsWriter)
  /// Replaces the state by a file's contents; every length and value is checked.
  func load(from file: SafetensorsFile) throws(MemoryError)
}

extension MemoryModule {
  /// The name of the kind.
  public static var kind: ModuleKind { about.kind }
  /// The name of the kind.
  public var kind: ModuleKind { Self.kind }
  /// The type of its options.
  static var configurationType: any ModuleConfiguration.Type { Configuration.self }

  public static var gateFeatureNames: [String] { ReadoutGate.commonFeatureNames }
  public var budget: Int? { nil }
  public func remapJournal(_ newIndex: (Int) -> Int?) {}

  /// The module's defaults with a closed gate, before any calibration.
  public static func uncalibrated(
    _ context: ModuleContext
  ) throws(MemoryError) -> ModuleParameters {
    try ModuleParameters(Configuration(for: context), gate: .closed(gateFeatureNames))
  }

  /// The configuration in some parameters, merged into the defaults; checks that the gate has the module's features.
  ///
  /// - Throws: `MemoryError.malformed` when the configuration cannot be read or is out of range, or the gate has other
  ///   features; `.unknownChoice` for a word that this version does not know.
  public static func configuration(
    of parameters: ModuleParameters, context: ModuleContext
  ) throws(MemoryError) -> Configuration {
    let configuration: Configuration
    do throws(MemoryError) {
      configuration = try parameters.configuration(Configuration.self, context: context)
    } catch .unknownChoice(let setting, let word, let known) {
      throw .unknownChoice(setting: "\(kind).\(setting)", word: word, known: known)
    }
    guard configuration.isSound, parameters.gate.isSound(features: gateFeatureNames.count) else {
      throw .malformed(
        path: "the module's configuration", what: "the \(kind) memory's parameters are not sound",
        expected: Configuration.expectation)
    }
    return configuration
  }
}
