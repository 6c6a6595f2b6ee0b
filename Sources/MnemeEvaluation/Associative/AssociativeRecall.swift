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
    func subject() throws -> any PairMemory {
      switch type {
      case is NTMMemory.Type: try SlotPairs<NTMSlots>(parameters, context)
      case is DNCMemory.Type: try SlotPairs<DNCSlots>(parameters, context)
      default: ModulePairs(module: try Module(context: context, parameters: parameters), context)
      }
    }
    let written = settings.map { "\($0.path.joined(separator: "."))=\($0.value)" }
    let name = ([Module.kind.rawValue] + written).joined(separator: " ")
    return try plan.pairs.map { pairs in
      var row = Row(
        name: name, pairs: pairs, right: [], updated: [], stale: [], stateBytes: 0,
        writeMicroseconds: .infinity, readMicroseconds: .infinity)
      for seed in 0..<plan.seeds {
        let drawn = RandomPairs(pairs, seed: seed, context: context)
        var memory = try subject()
        let clock = ContinuousClock()
        let began = clock.now
        memory.write(drawn.keys(0..<pairs), drawn.values)
        let wrote = clock.now
        let first = memory.read(drawn.keys)
        let read = clock.now
        let scale = 1e3 / Double(pairs)
        row.writeMicroseconds = min(
          row.writeMicroseconds, (wrote - began).milliseconds * scale)
        row.readMicroseconds = min(row.readMicroseconds, (read - wrote).milliseconds * scale)
        row.stateBytes = memory.stateBytes
        row.right.append(Self.share(zip(first, drawn.values).map { $0 == $1 }))
        let changed = Array(stride(from: 0, to: pairs, by: 2))
        var values = drawn.values
        for index in changed { values[index] = drawn.newValues[index] }
        memory.write(drawn.keys(changed), changed.map { values[$0] })
        let second = memory.read(drawn.keys)
        row.updated.append(Self.share(zip(second, values).map { $0 == $1 }))
        row.stale.append(Self.share(changed.map { second[$0] == drawn.values[$0] }))
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
