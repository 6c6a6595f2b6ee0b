import Foundation
import Generation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Tokenization
import Transformer

/// A memory for a model that comes with nothing: what is found out at its creation, and what a calibration finds.
@Suite("Calibration")
struct CalibratorTests {
  @Test("A model without an adapter is met, the same way every time")
  func calibrates() throws {
    let tiny = try TinyLlama(layers: 3)
    let tokenizer = try loadTokenizer(from: tiny.model.file)
    let steps = Steps()
    let memory = try DetachableMemory.create(
      kinds: ModuleRegistry.standard.kinds, model: tiny.model, tokenizer: tokenizer, adapter: nil
    ) { share, what in
      steps.shares.append(share)
      steps.texts.insert(what)
    }
    #expect(memory.isEmpty)
    let adapter = memory.adapter
    #expect(adapter.fingerprint == ModelFingerprint(of: tiny.model))
    #expect(Set(adapter.modules.keys) == Set(ModuleRegistry.standard.kinds))
    for parameters in adapter.modules.values {
      #expect(parameters.gate.isSound(features: parameters.gate.names.count))
    }
    // The last feed-forward's input is always part of the key.
    #expect(adapter.keys.points.last == .block(2, .ln2))
    #expect(steps.shares == steps.shares.sorted())
    #expect(steps.shares.last == 1)
    #expect(steps.texts.count > 2)
    let again = try FirstMeeting(
      model: tiny.model, tokenizer: tokenizer,
      template: ChatTemplate(detecting: nil, tokenizer: tokenizer), registry: .standard
    ).run()
    #expect(again == adapter)
    // Nothing but texts is predicted by mixing; facts reach answers as text.
    for kind in adapter.modules.keys
    where try ModuleRegistry.standard.type(of: kind).about.readouts.contains(.mixing) {
      let gate = adapter.modules[kind]?.gate
      #expect(gate?.opensInAnswers == false || gate?.bias ?? 0 <= -30, "\(kind)")
    }
    // It lies in the memory file, so that the file is complete by itself.
    let folder = try TemporaryFolder()
    try memory.save(to: folder.path("a.mneme"))
    let loaded = try DetachableMemory.load(
      folder.path("a.mneme"), model: tiny.model, tokenizer: tokenizer)
    #expect(loaded.adapter == adapter)
  }

  @Test("A calibration finds the same every time, and keys that end with the last feed-forward")
  func deterministic() throws {
    let tiny = try TinyLlama(layers: 3)
    let tokenizer = try loadTokenizer(from: tiny.model.file)
    func run() throws -> Adapter {
      try Calibrator(
        model: tiny.model, tokenizer: tokenizer,
        template: ChatTemplate(detecting: nil, tokenizer: tokenizer), registry: .standard
      ).run()
    }
    let adapter = try run()
    #expect(adapter.keys.points.last == .block(tiny.model.configuration.layerCount - 1, .ln2))
    #expect(Set(adapter.modules.keys) == Set(ModuleRegistry.standard.kinds))
    #expect(try run() == adapter)
  }

  @Test("A kind that is not there is refused before any calibration")
  func refusesFirst() throws {
    let tiny = try TinyLlama()
    let tokenizer = try loadTokenizer(from: tiny.model.file)
    let error = #expect(throws: MemoryError.self) {
      _ = try DetachableMemory.create(
        kinds: [.neural, ModuleKind(rawValue: "oracle")], model: tiny.model,
        tokenizer: tokenizer, adapter: nil
      ) { _, _ in Issue.record("nothing is worked on for a wrong name") }
    }
    #expect(
      error
        == .unknownModule(
          kind: "oracle", available: ModuleRegistry.standard.kinds.map(\.rawValue)))
    #expect(error?.explanation.expected?.contains("neighbor") == true)
  }

  private final class Steps {
    var shares: [Double] = []
    var texts: Set<String> = []
  }
}
