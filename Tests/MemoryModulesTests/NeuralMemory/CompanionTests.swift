import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Transformer

/// A neural memory of two parts: one read through logit mixing, one wired into the model.
@Suite("Neural memory: a text part and a wired part")
struct CompanionTests {
  let bench: WiringBench

  init() throws { bench = try WiringBench() }

  private func adapter(
    _ change: (inout NeuralConfiguration) -> Void = { _ in }
  ) throws -> Adapter {
    var mixing = NeuralConfiguration(hiddenWidth: 16)
    mixing.chunkLength = 4
    mixing.companion = [try bench.memory(.gate).configuration]
    change(&mixing)
    let width = bench.model.configuration.width
    let identity = (0..<width * width).map { Float($0 % (width + 1) == 0 ? 1 : 0) }
    // Behind the wired layer, so that what it changes would show in the keys.
    let part = try #require(
      KeyTransform.Part(
        point: .block(2, .ln2), mean: [Float](repeating: 0, count: width), whitening: identity))
    var gate = ReadoutGate.closed(NeuralMemory.gateFeatureNames)
    gate.bias = -1
    return Adapter(
      fingerprint: ModelFingerprint(of: bench.model), keys: KeyTransform(parts: [part]),
      modules: [.neural: try ModuleParameters(mixing, gate: gate, tensors: bench.tensors)])
  }

  private func memory(_ adapter: Adapter) throws -> DetachableMemory {
    try DetachableMemory.create(
      kinds: [.neural], model: bench.model, adapter: adapter, registry: .standard)
  }

  private func logits(_ memory: DetachableMemory?) throws -> [Float] {
    let session = TransformerSession(model: bench.model)
    let attached = try memory?.attach(to: session, readOnly: true)
    defer { attached?.detach() }
    return try session.forward(bench.tokens, logits: .all).values
  }

  private func teach(_ memory: DetachableMemory) throws {
    let session = TransformerSession(model: bench.model)
    let attached = try memory.attach(to: session)
    defer { attached.detach() }
    for seed: UInt64 in [4, 5, 6] {
      session.reset()
      let tokens = TinyLlama.tokens(20, seed: seed)
      _ = try session.forward(tokens, logits: .none)
      try session.commit(
        through: tokens.count, provenance: Workbench.provenance(),
        learnable: tokens.map { _ in true }, endsSegment: true)
    }
  }

  /// The last activations at the key point that hooks see of a text.
  private func keys(_ memory: DetachableMemory, commits: Bool) throws -> [Float] {
    let session = TransformerSession(model: bench.model)
    let attached = try memory.attach(to: session, readOnly: true)
    defer { attached.detach() }
    var seen: [Float] = []
    let handle = session.hooks.read([.block(2, .ln2)]) { _, values in
      seen = (0..<values.count).map { values[$0] }
    }
    defer { handle.remove() }
    _ = try session.forward(bench.tokens, logits: .none)
    if commits {
      try session.commit(
        through: bench.tokens.count, provenance: Workbench.provenance(),
        learnable: bench.tokens.map { _ in false }, endsSegment: true)
    }
    return seen
  }

  private func parts(_ memory: DetachableMemory) throws -> (
    module: NeuralMemory, text: NeuralTextMemory, wired: WiredNeuralMemory
  ) {
    let module = try #require(memory.modules[0] as? NeuralMemory)
    return (module, try #require(module.text), try #require(module.wired))
  }

  @Test("Both parts learn, both are heard, and a file brings both back")
  func file() throws {
    let memory = try memory(adapter())
    let plain = try logits(nil)
    #expect(try logits(memory) == plain)
    try teach(memory)
    let (module, text, wired) = try parts(memory)
    #expect(text.trainer.configuration.wiring == nil)
    #expect(!module.isEmpty && module.entries == 59)
    #expect(text.trainer.written == 59 && wired.trainer.written == 59)
    #expect(text.trainer.readable != nil && wired.trainer.readable != nil)
    #expect(module.stateBytes > wired.stateBytes)
    let learned = try logits(memory)
    #expect(learned != plain)
    let folder = try TemporaryFolder()
    try memory.save(to: folder.path("both.mneme"))
    let loaded = try DetachableMemory.load(
      folder.path("both.mneme"), model: bench.model, registry: .standard)
    #expect(try logits(loaded) == learned)
    let again = try parts(loaded)
    #expect(again.text.trainer.learner == text.trainer.learner)
    #expect(again.wired.trainer.learner == wired.trainer.learner)
    #expect(again.wired.tail == wired.tail)
    #expect(memory.hasUnsavedChanges == false)
  }

  @Test("A snapshot goes back in both parts")
  func snapshots() throws {
    let memory = try memory(adapter())
    try teach(memory)
    let (before, said) = (memory.snapshot(), try logits(memory))
    try teach(memory)
    #expect(try logits(memory) != said)
    memory.restore(before)
    #expect(try logits(memory) == said)
    #expect(try parts(memory).wired.trainer.written == 59)
  }

  @Test("What one part changes in the model the other part does not learn")
  func neverFeedsOnItself() throws {
    // The same text with a companion whose gate is shut.
    let silent = try adapter()
    var tensors = try #require(silent.modules[.neural]).tensors
    tensors["wiring.gate"] = nil
    tensors["wiring.gate.bias"] = ParameterTensor(
      shape: [64], values: [Float](repeating: -30, count: 64))
    let parameters = try #require(silent.modules[.neural])
    let shut = Adapter(
      fingerprint: silent.fingerprint, keys: silent.keys,
      modules: [
        .neural: ModuleParameters(
          configuration: parameters.configuration, gate: parameters.gate, tensors: tensors)
      ])
    let (loud, quiet) = (try memory(adapter()), try memory(shut))
    try teach(loud)
    try teach(quiet)
    #expect(
      try parts(loud).text.trainer.learner == parts(quiet).text.trainer.learner)
    #expect(try parts(loud).wired.trainer.learner == parts(quiet).wired.trainer.learner)
    // Without the second pass that a commit makes it would: while a text is read, what is learned from it is changed.
    #expect(try keys(loud, commits: false) != keys(quiet, commits: false))
    #expect(try keys(loud, commits: true) == keys(quiet, commits: true))
  }

  @Test(
    "A prompt is read as the plain model reads it: the wired part speaks from its last token on")
  func prompt() throws {
    let memory = try memory(adapter { $0.companion[0].chunkLength = 8 })
    try teach(memory)
    let attachedAll = try wiredOnly(memory, mode: .text)
    let answering = try wiredOnly(memory, mode: .answer(from: 9, question: 0..<9))
    let plain = try logits(nil)
    let width = bench.model.configuration.vocabularySize
    #expect(answering[..<(8 * width)] == plain[..<(8 * width)])
    #expect(answering[(8 * width)..<(9 * width)] != plain[(8 * width)..<(9 * width)])
    #expect(attachedAll[..<width] != plain[..<width])
  }

  /// Logits with what the module does inside the forward pass alone: nothing is mixed in.
  private func wiredOnly(_ memory: DetachableMemory, mode: ReadingMode) throws -> [Float] {
    let session = TransformerSession(model: bench.model)
    let handles = [
      Seat(try parts(memory).module, in: session, isReadOnly: true)
    ]
    defer { for handle in handles { handle.remove() } }
    session.read(as: mode)
    return try session.forward(bench.tokens, logits: .all).values
  }

  @Test("Only one companion, wired, beside a part that is not: the rest is refused")
  func refused() throws {
    let wired = try bench.memory(.gate).configuration
    for change: (inout NeuralConfiguration) -> Void in [
      { $0.companion = [wired, wired] }, { $0.companion = [NeuralConfiguration(hiddenWidth: 4)] },
      {
        $0.loss = .associative
        $0.wiring = NeuralWiringPlan(.gate, layer: 1)
      },
      { $0.companion[0].chunkLength = 0 },
    ] {
      #expect(throws: MemoryError.self) { _ = try memory(adapter(change)) }
    }
  }

  @Test("A new fit keeps the companion an older adapter was given")
  func keepsTrained() throws {
    let old = try adapter()
    let fresh = Adapter(
      fingerprint: old.fingerprint, keys: old.keys,
      modules: [
        .neural: try ModuleParameters(
          NeuralConfiguration(hiddenWidth: 24),
          gate: .closed(NeuralMemory.gateFeatureNames))
      ])
    let joined = try fresh.keepingTrainedWeights(of: old, registry: .standard)
    let found = try #require(joined.modules[.neural])
    let configuration = try found.decode(NeuralConfiguration.self)
    #expect(configuration.hiddenWidth == 24)
    #expect(configuration.companion == [try bench.memory(.gate).configuration])
    #expect(found.tensors == bench.tensors)
    #expect(try fresh.keepingTrainedWeights(of: nil, registry: .standard) == fresh)
    #expect(try fresh.keepingTrainedWeights(of: fresh, registry: .standard) == fresh)
  }
}
