import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Transformer

/// A tiny model, an adapter calibrated on it, and verbs for the tests of all modules.
struct Workbench: Sendable {
  let model: TransformerModel
  /// Keeps the model's file where there is one.
  private let tiny: TinyLlama?
  let keys: KeyTransform
  private(set) var parameters: [ModuleKind: ModuleParameters]

  /// Made once: every module of the standard registry is calibrated the way a user's would be.
  static let shared = Result { try Workbench() }

  /// The same for the recorded models of other architectures, by name.
  static let onArchitectures = Dictionary(
    uniqueKeysWithValues: PeerModel.names.map { name in
      (name, Result { try Workbench(model: PeerModel.load(name, in: TemporaryFolder())) })
    })

  init(seed: UInt64 = 1) throws {
    let tiny = try TinyLlama(seed: seed)
    try self.init(model: tiny.model, tiny: tiny)
  }

  init(model: TransformerModel, tiny: TinyLlama? = nil) throws {
    self.model = model
    self.tiny = tiny
    let points = ["blocks.0.ln2.hook_normalized", "blocks.1.ln2.hook_normalized"]
      .compactMap { HookPoint($0) }
    keys = try Self.keys(of: model, at: points)
    let context = ModuleContext(model: model, keyColumns: keys.columns)
    let data = try Self.calibrationData(model, keys)
    var parameters: [ModuleKind: ModuleParameters] = [:]
    for kind in ModuleRegistry.standard.kinds {
      let type = try ModuleRegistry.standard.type(of: kind)
      parameters[kind] = try Calibrator.fit(type, data, context: context) { _ in }
    }
    // Small ones, as tests write many thousands of files.
    let small = ["sdm.locations=192", "sdm.radius=116", "progressive.hidden=16"]
    self.parameters = try Adapter(
      fingerprint: ModelFingerprint(of: model), keys: keys, modules: parameters
    ).applying(
      small.compactMap { ModuleSetting(parsing: $0) }, model: model, registry: .standard
    ).modules
  }

  /// The same bench with other parameters of one kind.
  func replacing(_ kind: ModuleKind, by parameters: ModuleParameters) -> Workbench {
    var copy = self
    copy.parameters[kind] = parameters
    return copy
  }

  /// What a module's gate is in a test.
  enum Gate { case calibrated, open, closed }

  func adapter(_ gate: Gate) -> Adapter {
    let modules = parameters.mapValues { parameters in
      var parameters = parameters
      switch gate {
      case .calibrated: break
      case .open:
        parameters.gate.weights = parameters.gate.weights.map { _ in 0 }
        parameters.gate.bias = 0
      case .closed:
        parameters.gate = .closed(parameters.gate.names)
        // A wired memory's gate is among its slow weights.
        for (name, value) in [("wiring.gate", Float(0)), ("wiring.gate.bias", -100)] {
          guard let tensor = parameters.tensors[name] else { continue }
          parameters.tensors[name] = ParameterTensor(
            shape: tensor.shape, values: tensor.values.map { _ in value })
        }
      }
      return parameters
    }
    return Adapter(fingerprint: ModelFingerprint(of: model), keys: keys, modules: modules)
  }

  func memory(
    _ kinds: [ModuleKind], gate: Gate = .open, journal: Bool = true
  ) throws -> DetachableMemory {
    try DetachableMemory.create(
      kinds: kinds, model: model, adapter: adapter(gate), registry: .standard,
      keepsJournal: journal, name: "bench")
  }

  func session() -> TransformerSession { TransformerSession(model: model) }

  static func provenance(_ conversation: String = "a", turn: Int = 0) -> Provenance {
    Provenance(conversation: conversation, turn: turn, role: .document, source: "test", time: 1_000)
  }

  /// Forwards and commits tokens in pieces of the given sizes; the last piece ends the segment.
  static func feed(
    _ tokens: [Int32], to session: TransformerSession, pieces: [Int]? = nil, learn: Bool = true,
    conversation: String = "a", endsSegment: Bool = true
  ) throws {
    var start = 0
    for size in pieces ?? [tokens.count] {
      let end = min(tokens.count, start + size)
      _ = try session.forward(Array(tokens[start..<end]), logits: .none)
      try session.commit(
        through: session.tokens.count, provenance: provenance(conversation),
        learnable: [Bool](repeating: learn, count: end - start),
        endsSegment: endsSegment && end == tokens.count)
      start = end
    }
  }

  /// A memory that has learned some tokens through a session of its own.
  func filled(
    _ kinds: [ModuleKind], gate: Gate = .open, tokens: [Int32] = TinyLlama.tokens(70, seed: 5)
  ) throws -> DetachableMemory {
    let memory = try memory(kinds, gate: gate)
    let session = session()
    let attached = try memory.attach(to: session)
    try Self.feed(tokens, to: session)
    attached.detach()
    return memory
  }

  /// A memory that has learned 25 tokens of each source, which its name chooses, in conversations of their own.
  func filled(_ kinds: [ModuleKind], from sources: [String]) throws -> DetachableMemory {
    let memory = try memory(kinds)
    for source in sources {
      let session = session()
      let attached = try memory.attach(to: session)
      let tokens = TinyLlama.tokens(25, seed: UInt64(source.utf8.first ?? 0))
      _ = try session.forward(tokens, logits: .none)
      try session.commit(
        through: tokens.count,
        provenance: Provenance(
          conversation: source, turn: 0, role: .document, source: source, time: 1_000),
        learnable: tokens.map { _ in true }, endsSegment: true)
      attached.detach()
    }
    return memory
  }

  /// All logits of a prompt in a fresh session, with or without a memory.
  func logits(
    _ prompt: [Int32] = TinyLlama.tokens(24, seed: 9), with memory: DetachableMemory? = nil,
    asAnswer: Bool = false
  ) throws -> [Float] {
    let session = session()
    if asAnswer { session.read(as: .answer(from: 0, question: 0..<0)) }
    let attached = try memory?.attach(to: session, readOnly: true)
    defer { attached?.detach() }
    return try session.forward(prompt, logits: .all).values
  }

  /// The bytes of a memory as a file.
  static func bytes(of memory: DetachableMemory) throws -> Data {
    let folder = try TemporaryFolder()
    let path = folder.path("state.mneme")
    try memory.save(to: path)
    return try Data(contentsOf: URL(fileURLWithPath: path))
  }

  /// What the modules of a memory hold, without its adapter.
  static func learned(by memory: DetachableMemory) -> Data {
    var writer = SafetensorsWriter()
    for module in memory.modules { module.save(into: &writer) }
    return writer.serialized()
  }

  /// What a memory has learned, as a file's data section: the file without its dates.
  static func state(of memory: DetachableMemory) throws -> Data {
    let folder = try TemporaryFolder()
    try memory.save(to: folder.path("state.mneme"))
    return try SafetensorsFile.open(folder.path("state.mneme")).data
  }

  // MARK: - Calibration

  private static func keys(of model: TransformerModel, at points: [HookPoint]) throws
    -> KeyTransform
  {
    let rows = try activations(model, points, tokens: TinyLlama.tokens(250, seed: 2))
    let parts = zip(points, rows).compactMap { point, values -> KeyTransform.Part? in
      var statistics = WhiteningStatistics(columns: point.columns(in: model.configuration))
      statistics.add(values)
      guard let whitening = statistics.transform() else { return nil }
      return KeyTransform.Part(point: point, mean: statistics.mean, whitening: whitening)
    }
    return KeyTransform(parts: parts)
  }

  static func activations(
    _ model: TransformerModel, _ points: [HookPoint], tokens: [Int32]
  ) throws -> [[Float]] {
    let session = TransformerSession(model: model)
    let taken = Taken(points.count)
    var handles: [HookHandle] = []
    for (index, point) in points.enumerated() {
      handles.append(
        session.hooks.read([point]) { _, values in
          for value in values.indices { taken.rows[index].append(values[value]) }
        })
    }
    // Models with a short context see the tokens piece by piece.
    for start in stride(from: 0, to: tokens.count, by: session.contextLength) {
      session.reset()
      let end = min(tokens.count, start + session.contextLength)
      _ = try session.forward(Array(tokens[start..<end]), logits: .none)
    }
    for handle in handles { handle.remove() }
    return taken.rows
  }

  private final class Taken {
    var rows: [[Float]]
    init(_ count: Int) { rows = [[Float]](repeating: [], count: count) }
  }

  /// A few short lives in which some tokens repeat, so that remembering pays.
  private static func calibrationData(
    _ model: TransformerModel, _ keys: KeyTransform
  ) throws -> CalibrationData {
    let episodes = try (0..<2).map { life in
      let story = TinyLlama.tokens(40, seed: UInt64(100 + life))
      return try [story, story].map { tokens -> CalibrationData.Segment in
        let rows = try activations(model, keys.points + [.lnFinal], tokens: tokens)
        let count = tokens.count - 1
        let raw = zip(rows.dropLast(), keys.parts).map { Array($0.prefix(count * $1.columns)) }
        return CalibrationData.Segment(
          keys: keys.keys(raw, rows: count),
          hidden: Array((rows.last ?? []).prefix(count * model.configuration.width)),
          targets: Array(tokens.dropFirst()), isLearned: tokens.dropFirst().map { _ in true },
          weights: tokens.dropFirst().map { _ in 1 })
      }
    }
    return CalibrationData(episodes: episodes, model: model)
  }
}

/// The largest difference between two lists of numbers, relative to the largest number of the first.
func difference(_ a: [Float], _ b: [Float]) -> Float {
  guard a.count == b.count else { return .infinity }
  let scale = a.reduce(Float(1e-9)) { max($0, abs($1)) }
  return zip(a, b).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) } / scale
}

/// Random sizes that sum to `count`.
func randomPieces(_ count: Int, seed: UInt64) -> [Int] {
  var generator = TinyLlama.Generator(seed: seed)
  var pieces: [Int] = []
  var rest = count
  while rest > 0 {
    let size = min(rest, Int.random(in: 1...19, using: &generator))
    pieces.append(size)
    rest -= size
  }
  return pieces
}

extension Float {
  /// e to the power of a number.
  static func exp(_ value: Float) -> Float { Foundation.exp(value) }
}
