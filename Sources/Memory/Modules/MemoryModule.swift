public import Foundation
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

  /// An empty memory.
  init(context: ModuleContext, parameters: ModuleParameters) throws(MemoryError)

  /// Whether a read would find nothing; the model is then left alone, bit for bit.
  var isEmpty: Bool { get }
  /// Pairs written.
  var entries: Int { get }
  /// Bytes of learned state.
  var stateBytes: Int { get }
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

  /// Adds the state to a file as tensors named `<kind>.<tensor>`.
  func save(into writer: inout SafetensorsWriter)
  /// Replaces the state by what a file holds, every length and value checked.
  func load(from file: SafetensorsFile) throws(MemoryError)
}

/// What a module may know of the model.
public struct ModuleContext: Sendable {
  /// The model, for its output matrix.
  public let model: TransformerModel
  /// Values per key.
  public let keyColumns: Int

  /// Creates a context.
  public init(model: TransformerModel, keyColumns: Int) {
    self.model = model
    self.keyColumns = keyColumns
  }

  /// Values per hidden state.
  public var width: Int { model.configuration.width }
  /// Tokens in the vocabulary.
  public var vocabularySize: Int { model.configuration.vocabularySize }
}

/// What calibration found for a module: its configuration as JSON, and its gate.
public struct ModuleParameters: Sendable, Equatable {
  /// The module's own configuration, JSON with sorted keys.
  public var configuration: Data
  /// When the module speaks up.
  public var gate: ReadoutGate

  /// Creates parameters.
  public init(configuration: Data, gate: ReadoutGate) {
    self.configuration = configuration
    self.gate = gate
  }

  /// Encodes a configuration.
  public init(_ configuration: some Encodable, gate: ReadoutGate) throws(MemoryError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    guard let json = try? encoder.encode(configuration) else {
      throw .calibrationFailed(reason: "a value is not finite")
    }
    self.init(configuration: json, gate: gate)
  }

  /// Decodes the configuration.
  public func decode<T: Decodable>(_ type: T.Type) throws(MemoryError) -> T {
    do {
      return try JSONDecoder().decode(type, from: configuration)
    } catch {
      throw .malformed(
        path: "the module's configuration", what: "a module's configuration cannot be read",
        expected: nil)
    }
  }
}

/// Pairs to learn, in order.
public struct WriteBatch: Sendable {
  /// Keys, [count, key columns].
  public var keys: [Float]
  /// Final hidden states after the norm, before any memory was mixed in, [count, width].
  public var hidden: [Float]
  /// The tokens that followed, [count].
  public var targets: [Int32]
  /// Log-probability the plain model gave each target, nats, [count].
  public var logProbabilities: [Float]
  /// Index of each target in the journal, [count].
  public var journal: [Int]

  /// Creates a batch.
  public init(
    keys: [Float], hidden: [Float], targets: [Int32], logProbabilities: [Float], journal: [Int]
  ) {
    self.keys = keys
    self.hidden = hidden
    self.targets = targets
    self.logProbabilities = logProbabilities
    self.journal = journal
  }

  /// The number of pairs.
  public var count: Int { targets.count }
}

/// Rows to read for.
public struct ReadInput: Sendable {
  /// The number of rows.
  public let rows: Int
  /// Keys, [rows, key columns].
  public let keys: [Float]
  /// Final hidden states after the norm, [rows, width].
  public let hidden: [Float]

  /// Creates an input.
  public init(rows: Int, keys: [Float], hidden: [Float]) {
    self.rows = rows
    self.keys = keys
    self.hidden = hidden
  }
}

/// A next-token distribution from memory.
public struct Reading: Sendable {
  /// The distribution.
  public enum Distribution: Sendable {
    /// Tokens without repetition and their probabilities, which sum to 1.
    case sparse(tokens: [Int32], probabilities: [Float])
    /// Log-probabilities of every token, [vocabulary].
    case dense(logProbabilities: [Float])
  }

  /// An entry that had a say.
  public struct Vote: Sendable, Equatable {
    /// The entry's index in the journal.
    public let journal: Int
    /// The token it stands for.
    public let token: Int32
    /// Its share of the reading, 0...1.
    public let weight: Float

    /// Creates a vote.
    public init(journal: Int, token: Int32, weight: Float) {
      self.journal = journal
      self.token = token
      self.weight = weight
    }
  }

  /// What the memory expects next.
  public var distribution: Distribution
  /// The module's own features for the gate.
  public var features: [Float]
  /// The entries behind it, strongest first; empty for memories without entries.
  public var votes: [Vote]

  /// Creates a reading.
  public init(distribution: Distribution, features: [Float], votes: [Vote] = []) {
    self.distribution = distribution
    self.features = features
    self.votes = votes
  }

  /// The most probable token and its log-probability; the lower id wins a tie.
  public var top: (token: Int32, logProbability: Float)? {
    switch distribution {
    case .sparse(let tokens, let probabilities):
      var best: (token: Int32, logProbability: Float)?
      for (token, probability) in zip(tokens, probabilities) {
        let logProbability = Foundation.log(max(probability, 1e-30))
        if let current = best,
          (current.logProbability, -current.token) >= (logProbability, -token)
        {
          continue
        }
        best = (token, logProbability)
      }
      return best
    case .dense(let values):
      guard var best = values.indices.first else { return nil }
      for index in values.indices where values[index] > values[best] { best = index }
      return (Int32(best), values[best])
    }
  }

  /// The log-probability of one token; -infinity when a sparse reading does not hold it.
  public func logProbability(of token: Int32) -> Float {
    switch distribution {
    case .sparse(let tokens, let probabilities):
      guard let index = tokens.firstIndex(of: token), probabilities[index] > 0 else {
        return -.infinity
      }
      return Foundation.log(probabilities[index])
    case .dense(let values):
      return token >= 0 && Int(token) < values.count ? values[Int(token)] : -.infinity
    }
  }
}
