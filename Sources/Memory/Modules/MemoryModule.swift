public import ModelFiles
public import Transformer

/// A kind of memory in the associative socket: key vector to what followed.
///
/// A module sees keys, final hidden states and next tokens; the host attends to hooks, gates, provenance and files.
/// Reads see what was written up to the last `endSegment`; reading never changes state. Conformances are tested by one
/// suite over the registry, which states the rules.
public protocol MemoryModule: AnyObject, SendableMetatype {
  /// The name of the kind.
  static var kind: ModuleKind { get }
  /// The names of the features its readings carry beside the common ones.
  static var featureNames: [String] { get }
  /// Values worth trying for calibration, chosen by held-out likelihood.
  static func calibrate(
    _ data: CalibrationData, context: ModuleContext, progress: (Double) -> Void
  ) throws(MemoryError) -> ModuleParameters

  /// Sensible parameters with a closed gate, before any calibration.
  static func uncalibrated(_ context: ModuleContext) throws(MemoryError) -> ModuleParameters

  /// What calibration found anew, joined with the slow weights of an older adapter that it cannot make: those that were
  /// trained by back-propagation.
  static func keepingTrained(
    of old: ModuleParameters, in new: ModuleParameters
  ) throws(MemoryError) -> ModuleParameters

  /// An empty memory.
  init(context: ModuleContext, parameters: ModuleParameters) throws(MemoryError)

  /// Whether a read would find nothing; the model is then left alone, bit for bit.
  var isEmpty: Bool { get }
  /// Pairs written.
  var entries: Int { get }
  /// Bytes of learned state.
  var stateBytes: Int { get }
  /// The most entries a growing memory keeps before its retention policy drops some; nil for a memory of constant size.
  var budget: Int? { get }
  /// Updates that were rejected because they were not finite.
  var rejectedUpdates: Int { get }

  /// Learns pairs of key and next token, in order.
  func write(_ batch: WriteBatch)
  /// Makes what was written readable.
  func endSegment()
  /// Reads for each row of keys.
  func read(_ input: ReadInput) -> [Reading]

  /// A copy of the state for exact restoration.
  func snapshot() -> any Sendable
  /// Returns to a snapshot of this module.
  func restore(_ snapshot: any Sendable)

  /// Attaches to the forward pass, for modules that do more than be read: residual edits, extra key/value rows.
  ///
  /// Called when the memory is attached; the handles are removed when it is detached.
  func install(in host: ModuleHost) -> [HookHandle]

  /// Reads several memories of this kind that are attached to one session as if they were one.
  ///
  /// - Parameters:
  ///   - modules: memories that hold something, of this kind, with an input each for the same rows.
  ///   - gates: the common gate of each one's adapter.
  /// - Returns: one reading per row; nil when each is to be read and heard by itself.
  static func readTogether(
    _ modules: [any MemoryModule], _ inputs: [ReadInput], gates: [ReadoutGate]
  ) -> [PooledReading]?

  /// A module whose reading of a row depends on the rows before it asks for their keys, back to the last position that is
  /// a multiple of this number; 1 when every row is read by itself.
  ///
  /// - Parameter isAnswer: whether the rows belong to an answer, or to a text that is only read.
  func lookback(isAnswer: Bool) -> Int

  /// Whether what was learned from a token can always be taken back by itself, exactly. Otherwise the host makes the state
  /// again from the journal (`JournalReplay`).
  static var forgetsBySubtraction: Bool { get }
  /// Removes what was learned from some tokens of the journal, as if they had never been written.
  func forget(_ journal: Set<Int>) -> Forgetting
  /// Takes back everything that was learned from a place of the journal on, where a segment began.
  ///
  /// - Returns: false, and nothing needs to be as it was, when the memory as it was then cannot be had: something older was
  ///   dropped since.
  func rewind(to place: Int) -> Bool
  /// Takes in what another memory of this kind and configuration learned, without the model.
  ///
  /// - Parameters:
  ///   - other: is not changed.
  ///   - place: what is to be added to its places in the journal; nil when they mean nothing here.
  /// - Returns: how well that can be done.
  func unite(with other: any MemoryModule, journal place: Int?) -> Union
  /// The journal was compacted: `newIndex` gives the place of each token that stayed, nil for those that went.
  func remapJournal(_ newIndex: (Int) -> Int?)

  /// Adds the state to a file as tensors named `<kind>.<tensor>`.
  func save(into writer: inout SafetensorsWriter)
  /// Replaces the state by what a file holds, every length and value checked.
  func load(from file: SafetensorsFile) throws(MemoryError)
}

extension MemoryModule {
  public static func readTogether(
    _ modules: [any MemoryModule], _ inputs: [ReadInput], gates: [ReadoutGate]
  ) -> [PooledReading]? { nil }
  public static func keepingTrained(
    of old: ModuleParameters, in new: ModuleParameters
  ) throws(MemoryError) -> ModuleParameters { new }
  public func lookback(isAnswer: Bool) -> Int { 1 }
  public var budget: Int? { nil }
  public func install(in host: ModuleHost) -> [HookHandle] { [] }
  public static var forgetsBySubtraction: Bool { false }
  public func forget(_ journal: Set<Int>) -> Forgetting { .unsupported }
  public func rewind(to place: Int) -> Bool { false }
  public func unite(with other: any MemoryModule, journal place: Int?) -> Union { .unsupported }
  public func remapJournal(_ newIndex: (Int) -> Int?) {}
}
