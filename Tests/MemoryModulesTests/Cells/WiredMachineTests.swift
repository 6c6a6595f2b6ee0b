import Foundation
import Memory
import MemoryModules
import ModelFiles
import Tensors
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

  private static let prompt = TinyLlama.tokens(10, seed: 21)

  /// The logits [4, vocabulary] that predict an answer of three tokens and the one after it; the question is tokens 2 to 8.
  private func answer(
    _ memory: DetachableMemory? = nil, saying said: [Int32] = TinyLlama.tokens(3, seed: 23)
  ) throws -> [[Float]] {
    let session = bench.session()
    let attached = try memory?.attach(to: session, readOnly: true)
    defer { attached?.detach() }
    session.read(as: .answer(from: Self.prompt.count, question: 2..<9))
    var logits = [try session.forward(Self.prompt, logits: .last).values]
    for token in said { logits.append(try session.forward([token], logits: .last).values) }
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
    #expect(plain[0] != heard[0])
    let folder = try TemporaryFolder()
    try memory.save(to: folder.path("m.mneme"))
    let loaded = try DetachableMemory.load(
      folder.path("m.mneme"), model: bench.model, registry: .standard)
    #expect(try answer(loaded) == heard)
    #expect(try answer(bench.memory(["ntm"])) == plain)
  }

  @Test("It is heard as long as what it points at is said, and not any more after something else")
  func silence() throws {
    let memory = try bench.filled(["ntm"])
    let (plain, heard) = (
      Reference.softmax(try answer()[0]), Reference.softmax(try answer(memory)[0])
    )
    // What the head points at gains the most.
    let gains = zip(heard, plain).map { $0 - $1 }
    let pointed = Int32(try #require(gains.indices.max { gains[$0] < gains[$1] }))
    for (said, isHeard) in [(pointed, true), ((pointed + 1) % Int32(plain.count), false)] {
      let said = [said] + TinyLlama.tokens(2, seed: 23)
      #expect(try (answer(memory, saying: said)[1] != answer(saying: said)[1]) == isHeard)
      // The next two are random: not both can be what it points at by chance.
      #expect(try answer(memory, saying: said)[3] == answer(saying: said)[3])
    }
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
