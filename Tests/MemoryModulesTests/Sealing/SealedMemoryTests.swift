import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Transformer

/// Memories that are written encrypted.
@Suite("Encrypted memories")
struct SealedMemoryTests {
  let bench: Workbench
  let folder: TemporaryFolder
  let path: String
  let passphrase: Passphrase
  /// The cheapest that is allowed.
  static let rounds = 1 << 15

  init() throws {
    bench = try Workbench.shared.get()
    folder = try TemporaryFolder()
    path = folder.path("a.mneme")
    passphrase = try Passphrase("correct horse")
  }

  private func bytes(_ path: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path))
  }

  private func load(_ passphrase: Passphrase?) throws -> DetachableMemory {
    try DetachableMemory.load(
      path, model: bench.model, registry: .standard, passphrase: passphrase)
  }

  /// A memory of every kind that has read something, sealed and saved.
  private func sealed() throws -> DetachableMemory {
    let memory = try bench.filled(ModuleRegistry.standard.kinds)
    try memory.seal(with: passphrase, rounds: Self.rounds)
    try memory.save(to: path)
    return memory
  }

  @Test("Saved, loaded, saved: the same memory, other bytes, the passphrase derived once")
  func roundTrip() throws {
    let memory = try sealed()
    let first = try bytes(path)
    let loaded = try load(passphrase)
    #expect(loaded.isSealed && !loaded.hasUnsavedChanges)
    #expect(loaded.info == memory.info)
    #expect(try bench.logits(with: loaded) == bench.logits(with: memory))
    try loaded.save(to: path)
    let second = try bytes(path)
    #expect(first != second)
    #expect(first.count == second.count)
    // Nothing but the header is alike: two random strings share one byte in 256.
    let tails = zip(first.suffix(100_000), second.suffix(100_000))
    #expect(tails.count { $0 == $1 } < 800)
    loaded.unseal()
    try loaded.save(to: path)
    #expect(try Workbench.state(of: load(nil)) == SafetensorsFile.open(path).data)
    memory.unseal()
    #expect(try Workbench.bytes(of: memory) == bytes(path))
  }

  @Test("Any reader of safetensors opens it, and sees one tensor of bytes")
  func container() throws {
    _ = try sealed()
    let file = try SafetensorsFile.open(path)
    #expect(file.layout == ["mneme.sealed U8 [\(file.data.count)]"])
    #expect(
      file.metadata.keys.sorted() == [
        "mneme.encryption", "mneme.format", "mneme.header_sha256", "mneme.sha256",
      ])
    let chunks = (file.data.count + (1 << 20) + 15) / ((1 << 20) + 16)
    #expect((file.data.count - 16 * chunks).isMultiple(of: 4096))
  }

  @Test("Nothing of the plain file can be found in the encrypted one")
  func leaks() throws {
    let memory = try sealed()
    let sealed = try bytes(path)
    memory.unseal()
    let plain = try Workbench.bytes(of: memory)
    // As the names of tensors begin: three letters alone are somewhere in a megabyte of anything.
    let words =
      ModuleRegistry.standard.kinds.map { "\"\($0.rawValue)." }
      + [
        "adapter", "journal", "test", "fingerprint", "entries", "tokens_seen", "created",
        ModelFingerprint(of: bench.model).hex, ModelFingerprint(of: bench.model).short,
      ]
    for word in words {
      #expect(plain.range(of: Data(word.utf8)) != nil, "\(word) is in the plain file")
      #expect(sealed.range(of: Data(word.utf8)) == nil, "\(word)")
    }
    let hidden = try SafetensorsFile.open(path).data
    var generator = TinyLlama.Generator(seed: 8)
    var looked = 0
    while looked < 150 {
      let start = Int.random(in: 0..<plain.count - 12, using: &generator)
      let window = plain[start..<start + 12]
      guard Set(window).count > 4 else { continue }
      looked += 1
      #expect(hidden.range(of: window) == nil, "byte \(start)")
    }
  }

  @Test("Its size does not tell what was learned last")
  func size() throws {
    var sizes: Set<Int> = []
    // One boundary of the padding may lie among them.
    for count in 20..<28 {
      let memory = try bench.filled([.neural], tokens: TinyLlama.tokens(count, seed: 5))
      try memory.seal(with: passphrase, rounds: Self.rounds)
      try memory.save(to: path)
      sizes.insert(try bytes(path).count)
    }
    #expect(sizes.count <= 2)
  }

  @Test("A wrong, a missing and a needless passphrase: one sentence each, nothing lost")
  func refusals() throws {
    _ = try sealed()
    let before = try bytes(path)
    let wrong = try Passphrase("correct horze")
    for attempt in [
      { _ = try self.load(wrong) }, { _ = try DetachableMemory.info(self.path, passphrase: wrong) },
      { try DetachableMemory.decrypt(self.path, passphrase: wrong) },
      { try DetachableMemory.changePassphrase(of: self.path, from: wrong, to: self.passphrase) },
    ] as [() throws -> Void] {
      #expect(throws: MemoryError.sealing(.wrongPassphrase(path: path)), performing: attempt)
    }
    #expect(throws: MemoryError.sealing(.passphraseNeeded(path: path))) { _ = try load(nil) }
    #expect(throws: MemoryError.sealing(.alreadySealed(path: path))) {
      try DetachableMemory.encrypt(path, with: passphrase)
    }
    #expect(throws: MemoryError.self) { _ = try Adapter.load(path) }
    #expect(try bytes(path) == before)
    try DetachableMemory.decrypt(path, passphrase: passphrase)
    #expect(throws: MemoryError.sealing(.notSealed(path: path))) { _ = try load(passphrase) }
    #expect(throws: MemoryError.sealing(.notSealed(path: path))) {
      try DetachableMemory.changePassphrase(of: path, from: passphrase, to: wrong)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["a.mneme"])
  }

  @Test("Encrypting and decrypting a file gives back its bytes and leaves no history")
  func inPlace() throws {
    let memory = try bench.filled([.neural, .episodic])
    try memory.save(to: path)
    try memory.save(to: path, keepsPrevious: true)
    let plain = try bytes(path)
    #expect(FileManager.default.fileExists(atPath: path + ".undo"))
    try DetachableMemory.encrypt(path, with: passphrase)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["a.mneme"])
    #expect(DetachableMemory.isSealed(path))
    let info = try DetachableMemory.verify(
      path, model: bench.model, registry: .standard, passphrase: passphrase)
    #expect(info.sha256 == memory.info.sha256)
    let new = try Passphrase("battery staple")
    let salt = try SafetensorsFile.open(path).metadata["mneme.encryption"]
    try DetachableMemory.changePassphrase(of: path, from: passphrase, to: new)
    #expect(try SafetensorsFile.open(path).metadata["mneme.encryption"] != salt)
    #expect(throws: MemoryError.sealing(.wrongPassphrase(path: path))) {
      _ = try load(passphrase)
    }
    try DetachableMemory.decrypt(path, passphrase: new)
    #expect(try bytes(path) == plain)
  }

  @Test("The version kept for undo is encrypted, and comes back with the passphrase")
  func undo() throws {
    let memory = try sealed()
    let before = memory.info
    let session = bench.session()
    let attached = try memory.attach(to: session)
    try Workbench.feed(TinyLlama.tokens(9, seed: 6), to: session, conversation: "b")
    attached.detach()
    try memory.save(to: path, keepsPrevious: true)
    #expect(DetachableMemory.isSealed(path + ".undo"))
    #expect(throws: MemoryError.self) { _ = try DetachableMemory.undo(path) }
    #expect(try DetachableMemory.info(path, passphrase: passphrase) == memory.info)
    #expect(try DetachableMemory.undo(path, passphrase: passphrase).info == before)
    #expect(try load(passphrase).info == before)
  }

  @Test("The save that encrypts keeps no plain version, and going back does not take it away")
  func firstSave() throws {
    let memory = try bench.filled([.neural])
    try memory.save(to: path)
    let before = memory.snapshot()
    try memory.seal(with: passphrase, rounds: Self.rounds)
    memory.restore(before)
    #expect(memory.hasUnsavedChanges && memory.isSealed)
    try memory.save(to: path, keepsPrevious: true)
    #expect(!memory.hasUnsavedChanges)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["a.mneme"])
    try memory.save(to: path, keepsPrevious: true)
    #expect(DetachableMemory.isSealed(path + ".undo"))
    memory.unseal()
    #expect(memory.hasUnsavedChanges)
    try memory.save(to: path, keepsPrevious: true)
    #expect(!FileManager.default.fileExists(atPath: path + ".undo"))
    _ = try load(nil)
  }

  @Test(
    "A memory under another adapter stays encrypted; one that was given a new passphrase has it")
  func kept() throws {
    let memory = try sealed()
    let parameters = try #require(memory.adapter.modules[.neighbor])
    let changed = try memory.replacing(
      [.neighbor: parameters], model: bench.model, registry: .standard)
    #expect(changed.isSealed)
    try changed.save(to: path)
    _ = try load(passphrase)
    let new = try Passphrase("battery staple")
    try changed.seal(with: new, rounds: Self.rounds)
    #expect(changed.hasUnsavedChanges)
    try changed.save(to: path)
    #expect(throws: MemoryError.sealing(.wrongPassphrase(path: path))) {
      _ = try load(passphrase)
    }
    _ = try load(new)
  }

  @Test("What is no memory is not taken for an encrypted one, nor encrypted")
  func strangers() throws {
    let files = [
      folder.path("absent"), folder.url.path, bench.model.file.path,
      try folder.write(Data(), as: "empty"), try folder.write(Data("{}".utf8), as: "short"),
      try folder.write(Data(repeating: 0xff, count: 100), as: "ff"),
      try folder.write(Data([4, 0, 0, 0, 0, 0, 0, 0]) + Data("null".utf8), as: "null"),
    ]
    for file in files {
      #expect(!DetachableMemory.isSealed(file))
      let before = try? bytes(file)
      #expect(throws: MemoryError.self) { try DetachableMemory.encrypt(file, with: passphrase) }
      #expect((try? bytes(file)) == before)
    }
  }
}
