#if os(Linux)
  import Foundation
  import Memory
  import MemoryModules
  import ModelFiles
  import TestSupport
  import Testing
  import Transformer

  /// What one processor learned, another one would have learned, and can forget: to the bit.
  ///
  /// The other processor is another process whose kernels are held to less than this one can do, or that does without OpenBLAS.
  @Suite("The same on every processor")
  struct ProcessorConformanceTests {
    static let variable = "MNEME_TEST_OTHER_PROCESSOR"
    static let settings = [
      ["MNEME_KERNELS": "portable"], ["MNEME_KERNELS": "avx2"], ["MNEME_KERNELS": "avx512"],
      ["MNEME_BLAS": "off"],
      // The C library's exponentials and logarithms as a processor without these instructions has them.
      ["GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX2,-FMA", "MNEME_KERNELS": "portable"],
    ]
    private static let kinds = ModuleRegistry.standard.kinds

    @Test(
      "The other process",
      .enabled(if: ProcessInfo.processInfo.environment[variable] != nil))
    func other() throws {
      let folder = try #require(ProcessInfo.processInfo.environment[Self.variable])
      let model = try TinyLlama(seed: 1).model
      for kind in Self.kinds {
        try Self.live(kind, model, in: folder, as: "other")
        try Self.forget(kind, model, in: folder, as: "other")
      }
    }

    @Test(
      "States, logits and what is left after forgetting",
      .enabled(
        if: ProcessInfo.processInfo.environment[variable] == nil), arguments: settings)
    func same(setting: [String: String]) throws {
      let folder = try TemporaryFolder()
      let path = folder.path("")
      let bench = try Workbench.shared.get()
      for kind in Self.kinds {
        try bench.memory([kind]).save(to: Self.file("empty", kind, in: path))
        try Self.live(kind, bench.model, in: path, as: "own")
        try Self.forget(kind, bench.model, in: path, as: "own")
      }
      let process = try OtherProcess.start(
        "ProcessorConformanceTests/other", Self.variable, path, settings: setting)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      for kind in Self.kinds {
        for part in ["", "-forgotten"] {
          let own = try SafetensorsFile.open(Self.file("own" + part, kind, in: path)).data
          let other = try SafetensorsFile.open(Self.file("other" + part, kind, in: path)).data
          #expect(!own.isEmpty)
          #expect(own == other, "\(kind)\(part), \(setting)")
          let ownLogits = try Self.logits("own" + part, kind, in: path)
          #expect(!ownLogits.isEmpty)
          #expect(
            try ownLogits == Self.logits("other" + part, kind, in: path),
            "\(kind)\(part), \(setting)")
        }
        #expect(
          try Self.logits("own", kind, in: path) != Self.logits("own-forgotten", kind, in: path))
      }
    }

    // MARK: - What both do

    /// Learns three sources with a memory that one process made, and keeps it and the logits after it.
    private static func live(
      _ kind: ModuleKind, _ model: TransformerModel, in folder: String, as name: String
    ) throws {
      let memory = try DetachableMemory.load(
        file("empty", kind, in: folder), model: model, registry: .standard)
      for (number, source) in ["a", "b", "c"].enumerated() {
        let session = TransformerSession(model: model)
        let attached = try memory.attach(to: session)
        let tokens = TinyLlama.tokens(53 + number, seed: UInt64(61 + number))
        _ = try session.forward(tokens, logits: .none)
        try session.commit(
          through: tokens.count,
          provenance: Provenance(
            conversation: source, turn: 0, role: .document, source: source, time: 1_000),
          learnable: [Bool](repeating: true, count: tokens.count), endsSegment: true)
        attached.detach()
      }
      try keep(memory, kind, model, in: folder, as: name)
    }

    /// Forgets one of the sources in the file that the first process wrote.
    private static func forget(
      _ kind: ModuleKind, _ model: TransformerModel, in folder: String, as name: String
    ) throws {
      let memory = try DetachableMemory.load(
        file("own", kind, in: folder), model: model, registry: .standard)
      _ = try memory.forget(.source("b"))
      try keep(memory, kind, model, in: folder, as: name + "-forgotten")
    }

    private static func keep(
      _ memory: DetachableMemory, _ kind: ModuleKind, _ model: TransformerModel,
      in folder: String, as name: String
    ) throws {
      try memory.save(to: file(name, kind, in: folder))
      let session = TransformerSession(model: model)
      let attached = try memory.attach(to: session, readOnly: true)
      defer { attached.detach() }
      let values = try session.forward(TinyLlama.tokens(24, seed: 9), logits: .all).values
      let data = values.withUnsafeBytes { Data($0) }
      try data.write(to: URL(fileURLWithPath: file(name, kind, in: folder) + ".logits"))
    }

    private static func file(_ name: String, _ kind: ModuleKind, in folder: String) -> String {
      "\(folder)/\(name)-\(kind.rawValue).mneme"
    }

    private static func logits(
      _ name: String, _ kind: ModuleKind, in folder: String
    ) throws -> Data {
      try Data(contentsOf: URL(fileURLWithPath: file(name, kind, in: folder) + ".logits"))
    }
  }
#endif
