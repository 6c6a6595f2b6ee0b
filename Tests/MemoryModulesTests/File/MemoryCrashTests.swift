import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Transformer

/// Real memory files on a disk that loses its cache: what is left always loads.
@Suite("Crash points of a memory file")
struct MemoryCrashTests {
  private func tell(_ memory: DetachableMemory, _ seed: UInt64, _ bench: Workbench) throws {
    let session = bench.session()
    let attached = try memory.attach(to: session)
    try Workbench.feed(TinyLlama.tokens(8, seed: seed), to: session, conversation: "\(seed)")
    attached.detach()
  }

  @Test("After every call of every kind of save, whatever the cache lost")
  func everything() throws {
    let bench = try Workbench.shared.get()
    let kinds: [ModuleKind] = [.neighbor]
    typealias Work = (DetachableMemory, String) throws -> Void
    // What is done before, what may be interrupted.
    let cases: [(String, Work, Work)] = [
      ("first save", { _, _ in }, { try $0.save(to: $1) }),
      (
        "overwrite", { try $0.save(to: $1) },
        {
          try tell($0, 2, bench)
          try $0.save(to: $1)
        }
      ),
      (
        "overwrite keeping",
        {
          try $0.save(to: $1)
          try tell($0, 2, bench)
          try $0.save(to: $1, keepsPrevious: true)
        },
        {
          try tell($0, 3, bench)
          try $0.save(to: $1, keepsPrevious: true)
        }
      ),
      (
        "undo and redo",
        {
          for seed in 2..<6 {
            try $0.save(to: $1, keepsPrevious: true)
            try tell($0, UInt64(seed), bench)
          }
          try $0.save(to: $1, keepsPrevious: true)
        },
        { (_, path) throws in
          let back = try DetachableMemory.undo(path, steps: 3)
          let forth = try DetachableMemory.redo(path, steps: 2)
          #expect((back.steps, forth.steps, forth.earlier, forth.later) == (3, 2, 3, 1))
        }
      ),
      (
        "forgetting",
        {
          for seed in 2..<5 {
            try $0.save(to: $1, keepsPrevious: true)
            try tell($0, UInt64(seed), bench)
          }
          try $0.save(to: $1, keepsPrevious: true)
        },
        {
          _ = try $0.forget(.source("test"))
          try $0.save(to: $1)
        }
      ),
    ]
    var points = 0
    var loads = 0
    for (name, prepare, work) in cases {
      let folder = try TemporaryFolder()
      let path = folder.path("a.mneme")
      let memory = try bench.memory(kinds)
      try tell(memory, 1, bench)
      try prepare(memory, path)
      let disk = try SimulatedDisk(folder)
      try disk.record(longestWrite: 4096) { try work(memory, path) }
      let place = try TemporaryFolder()
      var sound: Set<Data> = []
      points += try disk.crashes(cuts: 40) { step, state in
        let wasThere = name != "first save"
        guard let bytes = state["a.mneme"] else {
          #expect(!wasThere, "\(name), after call \(step): the file is gone")
          return
        }
        // Each content is loaded from the disk once: the same bytes load the same way.
        for (file, data) in state
        where file == "a.mneme" || file.hasPrefix("a.mneme.undo") || file.hasPrefix("a.mneme.redo")
        {
          guard sound.insert(data).inserted else { continue }
          let copy = try place.write(data, as: "copy.mneme")
          let loaded = try DetachableMemory.load(copy, model: bench.model, registry: .standard)
          #expect(loaded.journal?.count == loaded.modules.first?.entries)
          loads += 1
        }
        #expect(!bytes.isEmpty)
      }
      #expect(!sound.isEmpty)
    }
    #expect(points >= 500, "\(points) crash points of memory files")
    print("crash points of memory files: \(points), loads: \(loads)")
  }

  @Test("A full disk at every call: one sentence, the old file loads, the memory stays dirty")
  func fullDisk() throws {
    let bench = try Workbench.shared.get()
    let folder = try TemporaryFolder()
    let path = folder.path("a.mneme")
    let memory = try bench.memory([.neighbor])
    try tell(memory, 1, bench)
    try memory.save(to: path)
    let old = try Data(contentsOf: URL(fileURLWithPath: path))
    try tell(memory, 2, bench)
    var failed = 0
    for number in 0..<40 {
      var operations = FileOperations()
      operations.longestWrite = 4096
      let calls = Calls()
      operations.before = { _ in calls.next() == number ? ENOSPC : 0 }
      do {
        try FileOperations.$current.withValue(operations) { try memory.save(to: path) }
        break
      } catch let error as MemoryError {
        failed += 1
        guard case .file(.unwritable(_, let operation, ENOSPC)) = error else {
          Issue.record("call \(number): \(error)")
          continue
        }
        #expect(memory.hasUnsavedChanges)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        #expect(names == ["a.mneme"])
        if operation != "sync the folder" {
          #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == old)
        }
        _ = try DetachableMemory.load(path, model: bench.model, registry: .standard)
      }
    }
    #expect(failed >= 7)
    try memory.save(to: path)
    #expect(!memory.hasUnsavedChanges)
    #expect(try DetachableMemory.info(path) == memory.info)
  }

  @Test("A copy elsewhere leaves an open memory with its file; moved, it stays with the new one")
  func places() throws {
    let bench = try Workbench.shared.get()
    let folder = try TemporaryFolder()
    let (path, other) = (folder.path("a.mneme"), folder.path("b.mneme"))
    try bench.memory([.neighbor]).save(to: path)
    let memory = try DetachableMemory.open(
      path, forWriting: true, model: bench.model, registry: .standard)
    #expect(memory.isOpenForWriting)
    try tell(memory, 1, bench)
    try memory.save(to: other)
    #expect(memory.hasUnsavedChanges && memory.path == path)
    #expect(throws: MemoryError.fileExists(path: other)) { try memory.move(to: other) }
    try memory.save(to: path)
    #expect(!memory.hasUnsavedChanges)
    // Somebody writes over it without asking: saving is refused, a new name helps.
    try Data("theirs".utf8).write(to: URL(fileURLWithPath: path))
    try tell(memory, 2, bench)
    #expect(throws: MemoryError.file(.changedOnDisk(path: path))) { try memory.save(to: path) }
    #expect(memory.hasUnsavedChanges)
    let third = folder.path("c.mneme")
    try memory.move(to: third)
    #expect(memory.path == third && memory.name == "c" && !memory.hasUnsavedChanges)
    #expect(try DetachableMemory.info(third) == memory.info)
    let error = #expect(throws: MemoryError.self) { _ = try DetachableMemory.undo(third) }
    guard case .file(.locked) = error else {
      Issue.record("undo while it is open: \(String(describing: error))")
      return
    }
    memory.closeForWriting()
    #expect(throws: MemoryError.nothingToUndo(path: third)) { _ = try DetachableMemory.undo(third) }
    #expect(throws: MemoryError.nothingToRedo(path: third)) { _ = try DetachableMemory.redo(third) }
  }

  @Test("A present version that is damaged is undone")
  func damagedPresent() throws {
    let bench = try Workbench.shared.get()
    let folder = try TemporaryFolder()
    let path = folder.path("a.mneme")
    let memory = try bench.memory([.neighbor])
    for seed in 1..<3 {
      try tell(memory, UInt64(seed), bench)
      try memory.save(to: path, keepsPrevious: true)
    }
    try Data("broken".utf8).write(to: URL(fileURLWithPath: path))
    #expect(try DetachableMemory.undo(path).later == 1)
    _ = try DetachableMemory.load(path, model: bench.model, registry: .standard)
  }

  @Test("An earlier version that is damaged is refused, and nothing changes")
  func damagedVersion() throws {
    let bench = try Workbench.shared.get()
    let folder = try TemporaryFolder()
    let path = folder.path("a.mneme")
    let memory = try bench.memory([.neighbor])
    for seed in 1..<4 {
      try tell(memory, UInt64(seed), bench)
      try memory.save(to: path, keepsPrevious: true)
    }
    let now = try Data(contentsOf: URL(fileURLWithPath: path))
    _ = try folder.write(Data("broken".utf8), as: "a.mneme.undo")
    #expect(throws: MemoryError.self) { _ = try DetachableMemory.undo(path, steps: 9) }
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == now)
    #expect(try DetachableMemory.undo(path).earlier == 1)
  }

  @Test(
    "A clock that jumps loses, refuses and reorders nothing",
    arguments: [
      [0, 4_102_444_800, 1_000], [4_102_444_800, 0, 1e300], [-1e300, 5, -62_135_596_801],
    ])
  func clock(times: [Double]) throws {
    let bench = try Workbench.shared.get()
    let folder = try TemporaryFolder()
    let path = folder.path("a.mneme")
    let memory = try bench.memory([.episodic, .neighbor])
    let session = bench.session()
    for (turn, time) in times.enumerated() {
      let attached = try memory.attach(to: session)
      session.reset()
      _ = try session.forward(TinyLlama.tokens(8, seed: UInt64(turn)), logits: .none)
      try session.commit(
        through: session.tokens.count,
        provenance: Provenance(
          conversation: "c", turn: turn, role: .user, source: "test", time: time),
        learnable: [Bool](repeating: true, count: 8), endsSegment: true)
      attached.detach()
      try memory.save(to: path, keepsPrevious: true)
      let loaded = try DetachableMemory.load(path, model: bench.model, registry: .standard)
      #expect(loaded.journal?.count == (turn + 1) * 8 - 1)
      #expect(loaded.updated >= loaded.created)
      let turns = (0..<(loaded.journal?.count ?? 0)).compactMap {
        loaded.journal?.provenance(of: $0)?.turn
      }
      #expect(turns == turns.sorted() && Set(turns).count == turn + 1)
      let info = try DetachableMemory.info(path)
      for text in [info.created, info.updated] {
        #expect(text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil, "\(text)")
      }
    }
    #expect(try DetachableMemory.undo(path, steps: 2).steps == 2)
    #expect(try DetachableMemory.redo(path, steps: 2).later == 0)
  }
}

/// Counts calls.
private final class Calls: @unchecked Sendable {
  private var count = -1

  func next() -> Int {
    count += 1
    return count
  }
}
