#if os(Linux)
  import Foundation
  import Glibc
  import Memory
  import MemoryModules
  import ModelFiles
  import TestSupport
  import Testing
  import Transformer

  /// A memory that another process has open for writing.
  @Suite("Two processes and a memory", .serialized)
  struct TwoProcessTests {
    static let variable = "MNEME_TEST_HOLD_MEMORY"

    @Test(
      "The process that holds it",
      .enabled(if: ProcessInfo.processInfo.environment[variable] != nil))
    func holder() throws {
      let path = try #require(ProcessInfo.processInfo.environment[Self.variable])
      let memory = try DetachableMemory.open(
        path, forWriting: true, model: TinyLlama().model, registry: .standard)
      try memory.save(to: path)
      _ = FileManager.default.createFile(atPath: path + ".ready", contents: nil)
      _ = OtherProcess.wait { !FileManager.default.fileExists(atPath: path + ".ready") }
      withExtendedLifetime(memory) {}
    }

    @Test(
      "Writing is refused with its number, reading is not, and when it has gone all is free",
      .enabled(if: ProcessInfo.processInfo.environment[variable] == nil))
    func refused() throws {
      let folder = try TemporaryFolder()
      let path = folder.path("a.mneme")
      let bench = try Workbench()
      try bench.memory([.neighbor]).save(to: path)
      let process = try OtherProcess.start("TwoProcessTests/holder", Self.variable, path)
      defer { kill(process.processIdentifier, SIGKILL) }
      #expect(OtherProcess.wait { FileManager.default.fileExists(atPath: path + ".ready") })
      let error = #expect(throws: MemoryError.self) {
        _ = try DetachableMemory.open(
          path, forWriting: true, model: bench.model, registry: .standard)
      }
      guard case .file(.locked(_, let number))? = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(number == nil || number == process.processIdentifier)
      let reader = try DetachableMemory.load(path, model: bench.model, registry: .standard)
      #expect(throws: MemoryError.self) { try reader.save(to: path) }
      #expect(throws: MemoryError.self) { _ = try DetachableMemory.undo(path) }
      _ = try DetachableMemory.verify(path, model: bench.model, registry: .standard)
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      let writer = try DetachableMemory.open(
        path, forWriting: true, model: bench.model, registry: .standard)
      try writer.save(to: path)
    }
  }

  /// A process that saves without end is killed again and again; what it leaves always loads.
  @Suite("Killed while saving", .serialized)
  struct CrashTests {
    /// Set in the process that is to be killed: the file it saves to.
    static let variable = "MNEME_TEST_SAVE_UNTIL_KILLED"

    @Test(
      "The process that is killed",
      .enabled(if: ProcessInfo.processInfo.environment[variable] != nil))
    func victim() throws {
      let path = try #require(ProcessInfo.processInfo.environment[Self.variable])
      let bench = try Workbench()
      let memory = try bench.memory(ModuleRegistry.standard.kinds)
      let session = bench.session()
      let attached = try memory.attach(to: session)
      defer { attached.detach() }
      // Bounded, should nobody kill it.
      for round in 0..<20_000 {
        session.reset()
        try Workbench.feed(
          TinyLlama.tokens(20, seed: UInt64(round)), to: session, conversation: "\(round)")
        if round % 40 == 39 { memory.restore(memory.snapshot()) }
        try memory.save(to: path)
      }
    }

    @Test(
      "What it leaves always loads",
      .enabled(if: ProcessInfo.processInfo.environment[variable] == nil))
    func survives() throws {
      let folder = try TemporaryFolder()
      let path = folder.path("a.mneme")
      let model = try TinyLlama().model
      var generator = TinyLlama.Generator(seed: 4)
      var entries: [Int] = []
      for _ in 0..<12 {
        let process = try OtherProcess.start("CrashTests/victim", Self.variable, path)
        // Wait until it saves: a new process begins with a small file, so the entries of the last one are overwritten.
        let before =
          try? FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int
        let deadline = Date().addingTimeInterval(60)
        while Date() < deadline, process.isRunning {
          usleep(2_000)
          let now =
            try? FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int
          if let now, now != before { break }
        }
        usleep(UInt32.random(in: 0..<60_000, using: &generator))
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal, "it was killed, it did not end")
        let memory = try DetachableMemory.load(path, model: model, registry: .standard)
        entries += memory.modules.map(\.entries)
        #expect(Set(memory.modules.map(\.entries)).count == 1, "both modules are of one save")
        #expect(memory.journal?.count == memory.modules.first?.entries)
      }
      #expect(Set(entries).count > 1, "it was killed at different moments")
    }
  }
#endif
