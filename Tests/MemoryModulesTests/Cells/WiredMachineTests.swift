import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Transformer

/// What trained wires learn and say, from the first commit to another process.
@Suite("Wired machines")
struct WiredMachineTests {
  private let bench: Workbench

  init() throws {
    bench = try MemoryShape(kind: "ntm", isWired: true).bench()
  }

  /// All logits of a prompt whose question is tokens 2 to 8, and of three tokens of an answer.
  private func answer(_ memory: DetachableMemory? = nil) throws -> [Float] {
    let session = bench.session()
    let attached = try memory?.attach(to: session, readOnly: true)
    defer { attached?.detach() }
    session.read(as: .answer(from: 10, question: 2..<9))
    let prompt = TinyLlama.tokens(13, seed: 21)
    var logits = try session.forward(Array(prompt[..<10]), logits: .all).values
    for token in prompt[10...] { logits += try session.forward([token], logits: .all).values }
    return logits
  }

  private func slots(_ memory: DetachableMemory) throws -> SafetensorsFile {
    let folder = try TemporaryFolder()
    try Workbench.learned(by: memory).write(
      to: URL(fileURLWithPath: folder.path("learned.safetensors")))
    return try SafetensorsFile.open(folder.path("learned.safetensors"))
  }

  @Test("The head is heard in answers, from their first token on, and the same after a restart")
  func restart() throws {
    let memory = try bench.filled(["ntm"])
    let (plain, heard) = (try answer(), try answer(memory))
    let columns = plain.count / 13
    #expect(plain[..<(9 * columns)] == heard[..<(9 * columns)])
    for row in 9..<13 {
      #expect(
        plain[row * columns..<(row + 1) * columns] != heard[row * columns..<(row + 1) * columns])
    }
    let folder = try TemporaryFolder()
    try memory.save(to: folder.path("m.mneme"))
    let loaded = try DetachableMemory.load(
      folder.path("m.mneme"), model: bench.model, registry: .standard)
    #expect(try answer(loaded) == heard)
    #expect(try answer(bench.memory(["ntm"])) == plain)
  }

  @Test("A slot a token, in any split of the stream")
  func splits() throws {
    let tokens = TinyLlama.tokens(90, seed: 22)
    func run(_ pieces: [Int]) throws -> SafetensorsFile {
      let memory = try bench.memory(["ntm"])
      let session = bench.session()
      let attached = try memory.attach(to: session)
      try Workbench.feed(tokens, to: session, pieces: pieces)
      attached.detach()
      return try slots(memory)
    }
    let whole = try run([90])
    #expect(try whole.require("ntm.wire.tokens").int32s() == Array(tokens.dropFirst()))
    for pieces in [[Int](repeating: 1, count: 90), [16, 16, 58], [17, 1, 72]] {
      let split = try run(pieces)
      #expect(
        try difference(
          whole.require("ntm.wire.contents").floats(),
          split.require("ntm.wire.contents").floats()) < 1e-5)
      for name in ["tokens", "journal"] {
        #expect(
          try whole.require("ntm.wire.\(name)").bytes == split.require("ntm.wire.\(name)").bytes)
      }
    }
  }

  @Test("What is forgotten leaves no slot behind")
  func forgetting() throws {
    let memory = try bench.filled(["ntm"], from: ["a", "b", "c"])
    let fresh = try bench.filled(["ntm"], from: ["a", "c"])
    _ = try memory.forget(.source("b"))
    #expect(try slots(memory).data == slots(fresh).data)
    #expect(try answer(memory) == answer(fresh))
  }
}
