import Foundation
import Memory
import MemoryModules
public import Mneme
import Tensors
import Transformer

/// Multi-query associative recall on vectors, of every kind of the associative socket: pairs of a random key and a token are
/// written, then every key is read, and a reading is right when its most probable token is the key's.
///
/// Arora et al. 2023 (arXiv 2312.04927), and its forgetting form, where half of the keys are given another value before they are
/// asked for. Keys are drawn on the unit sphere, so that the memory alone is measured: no model, no gate.
public struct AssociativeRecall: Sendable {
  /// What is measured.
  public struct Plan: Sendable, Equatable {
    /// Values per key.
    public var columns: Int
    /// Numbers of pairs.
    public var pairs: [Int]
    /// Repetitions with other keys.
    public var seeds: Int

    /// A plan.
    public init(columns: Int = 64, pairs: [Int] = [32, 64, 128], seeds: Int = 5) {
      self.columns = columns
      self.pairs = pairs
      self.seeds = seeds
    }
  }

  /// Figures of a kind at some number of pairs.
  public struct Row: Sendable, Codable, Equatable {
    /// The kind, with the settings that differ from its defaults.
    public var name: String
    public var pairs: Int
    /// The share of right answers, of each repetition.
    public var right: [Double]
    /// The same after half of the keys were given another value.
    public var updated: [Double]
    /// The share of those keys for which the old value is still read.
    public var stale: [Double]
    public var stateBytes: Int
    public var writeMicroseconds: Double
    public var readMicroseconds: Double
    /// What a memory of this algorithm is expected to reach; nil where nothing is known.
    public var expected: Double?
    public var expectedUpdated: Double?

    private enum CodingKeys: String, CodingKey {
      case name, pairs, right, updated, stale, expected
      case stateBytes = "state_bytes"
      case writeMicroseconds = "write_microseconds"
      case readMicroseconds = "read_microseconds"
      case expectedUpdated = "expected_updated"
    }
  }

  private let model: LanguageModel
  private let plan: Plan

  /// Prepares a measurement.
  ///
  /// - Parameter model: whose vocabulary the values are drawn from; nothing passes through it.
  public init(model: LanguageModel, plan: Plan = Plan()) {
    self.model = model
    self.plan = plan
  }

  /// The kinds that are measured: those that read keys.
  public static var kinds: [ModuleKind] {
    ModuleRegistry.standard.descriptions.filter { $0.socket == .associative }.map(\.kind)
      .filter { ![.neural, .episodic].contains($0) }
  }

  /// Measures a kind.
  ///
  /// - Parameter settings: of that kind.
  /// - Throws: `MemoryError` for a kind that is not associative, or a setting that does not fit.
  public func run(_ kind: ModuleKind, settings: [ModuleSetting] = []) throws -> [Row] {
    let type = try ModuleRegistry.standard.type(of: kind)
    guard let type = type as? any AssociativeModule.Type, Self.kinds.contains(kind) else {
      throw MemoryError.unknownModule(
        kind: kind.rawValue, available: Self.kinds.map(\.rawValue))
    }
    return try measure(type, settings)
  }

  private func measure<Module: AssociativeModule>(
    _ type: Module.Type, _ settings: [ModuleSetting]
  ) throws -> [Row] {
    let context = ModuleContext(model: model.transformer, keyColumns: plan.columns)
    let parameters = try Module.Configuration.applying(
      settings, to: Module.uncalibrated(context), context: context)
    let written = settings.map { "\($0.path.joined(separator: "."))=\($0.value)" }
    let name = ([Module.kind.rawValue] + written).joined(separator: " ")
    return try plan.pairs.map { pairs in
      var row = Row(
        name: name, pairs: pairs, right: [], updated: [], stale: [], stateBytes: 0,
        writeMicroseconds: .infinity, readMicroseconds: .infinity)
      for seed in 0..<plan.seeds {
        let life = Life(pairs: pairs, seed: seed, context: context)
        let module = try Module(context: context, parameters: parameters)
        let clock = ContinuousClock()
        let began = clock.now
        life.write(Array(0..<pairs), life.values, into: module)
        let wrote = clock.now
        let first = life.read(from: module)
        let read = clock.now
        let scale = 1e3 / Double(pairs)
        row.writeMicroseconds = min(
          row.writeMicroseconds, (wrote - began).milliseconds * scale)
        row.readMicroseconds = min(row.readMicroseconds, (read - wrote).milliseconds * scale)
        row.stateBytes = module.stateBytes
        row.right.append(Self.share(zip(first, life.values).map { $0 == $1 }))
        let changed = Array(stride(from: 0, to: pairs, by: 2))
        var values = life.values
        for index in changed { values[index] = life.newValues[index] }
        life.write(changed, values, into: module)
        let second = life.read(from: module)
        row.updated.append(Self.share(zip(second, values).map { $0 == $1 }))
        row.stale.append(Self.share(changed.map { second[$0] == life.values[$0] }))
      }
      let ceiling = RecallCeiling.of(
        name, load: Double(pairs) / Double(plan.columns), columns: plan.columns)
      row.expected = ceiling?.right
      row.expectedUpdated = ceiling?.updated
      return row
    }
  }

  private static func share(_ hits: [Bool]) -> Double {
    Double(hits.count { $0 }) / Double(max(1, hits.count))
  }
}

/// Keys and values of one repetition.
private struct Life {
  let columns: Int
  let width: Int
  /// [pairs, columns], of length 1.
  let keys: [Float]
  /// The token of each, all different.
  let values: [Int32]
  /// Other tokens.
  let newValues: [Int32]

  init(pairs: Int, seed: Int, context: ModuleContext) {
    columns = context.keyColumns
    width = context.width
    var random = SuiteRandom(UInt64(seed), "associative recall", "\(pairs)")
    var keys: [Float] = []
    for _ in 0..<pairs {
      var key = (0..<columns).map { _ in Self.normal(&random) }
      LinearAlgebra.normalize(&key, count: columns)
      keys += key
    }
    self.keys = keys
    var tokens: Set<Int32> = []
    var drawn: [Int32] = []
    while drawn.count < min(2 * pairs, context.vocabularySize) {
      let token = Int32(random.within(0...context.vocabularySize - 1))
      if tokens.insert(token).inserted { drawn.append(token) }
    }
    values = Array(drawn.prefix(pairs))
    newValues = Array(drawn.suffix(pairs))
  }

  /// A standard normal number (Box and Muller 1958).
  private static func normal(_ random: inout SuiteRandom) -> Float {
    let radius = (-2 * log(max(1e-300, 1 - random.unit()))).squareRoot()
    return Float(radius * cos(2 * .pi * random.unit()))
  }

  func write(_ rows: [Int], _ values: [Int32], into module: any AssociativeModule) {
    module.write(
      WriteBatch(
        keys: rows.flatMap { keys[$0 * columns..<($0 + 1) * columns] },
        hidden: [Float](repeating: 0, count: rows.count * width),
        targets: rows.map { values[$0] },
        logProbabilities: [Float](repeating: -10, count: rows.count),
        journal: rows.map { _ in -1 },
        provenance: Provenance(
          conversation: "recall", turn: 0, role: .document, source: "recall", time: 0)))
    module.endSegment()
  }

  /// The most probable token for each key; -1 where nothing is said.
  func read(from module: any AssociativeModule) -> [Int32] {
    let count = values.count
    return module.read(
      ReadInput(
        rows: count, keys: keys, hidden: [Float](repeating: 0, count: count * width))
    ).map { $0?.top?.token ?? -1 }
  }
}

/// What memories reach on keys without structure, from simulations in NumPy: 64 columns, 32, 64 and 128 pairs, and 32 pairs of which half
/// were given another value.
enum RecallCeiling {
  static func of(_ name: String, load: Double, columns: Int) -> (right: Double?, updated: Double?)?
  {
    guard columns == 64, let place = [0.5, 1, 2].firstIndex(of: load) else { return nil }
    let updated = { (value: Double) in place == 0 ? value : nil }
    switch name {
    case "delta": return ([1, 0.92, 0.53][place], updated(1))
    case "delta rule=sum": return ([1, 1, 0.97][place], updated(0.76))
    case "memory-network", "dnc": return (1, updated(1))
    // The nearest of two equal keys is either.
    case "hopfield", "neighbor": return (1, updated(0.74))
    default: return nil
    }
  }
}
