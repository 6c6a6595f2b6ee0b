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

  /// All logits [13, vocabulary] of the prompt, whose question is tokens 2 to 8, and of three tokens of an answer.
  private func answer(
    _ memory: DetachableMemory? = nil, saying said: [Int32] = TinyLlama.tokens(3, seed: 23)
  ) throws -> [[Float]] {
    let session = bench.session()
    let attached = try memory?.attach(to: session, readOnly: true)
    defer { attached?.detach() }
    session.read(as: .answer(from: Self.prompt.count, question: 2..<9))
    let asked = try session.forward(Self.prompt, logits: .all).values
    let columns = asked.count / Self.prompt.count
    var logits = Self.prompt.indices.map { Array(asked[$0 * columns..<($0 + 1) * columns]) }
    for token in said { logits.append(try session.forward([token], logits: .last).values) }
    return logits
  }

  /// What the head points at after the first tokens of an answer: it gains the most.
  private func pointed(_ memory: DetachableMemory, after said: [Int32]) throws -> Int32 {
    let row = Self.prompt.count - 1 + said.count
    let plain = Reference.softmax(try answer(saying: said)[row])
    let heard = Reference.softmax(try answer(memory, saying: said)[row])
    let gains = zip(heard, plain).map { $0 - $1 }
    return Int32(try #require(gains.indices.max { gains[$0] < gains[$1] }))
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
    var said: [Int32] = []
    for _ in 0..<3 { said.append(try pointed(memory, after: said)) }
    let (plain, heard) = (try answer(saying: said), try answer(memory, saying: said))
    #expect(plain[..<9] == heard[..<9])
    for row in 9..<13 { #expect(plain[row] != heard[row]) }
    let folder = try TemporaryFolder()
    try memory.save(to: folder.path("m.mneme"))
    let loaded = try DetachableMemory.load(
      folder.path("m.mneme"), model: bench.model, registry: .standard)
    #expect(try answer(loaded, saying: said) == heard)
    #expect(try answer(bench.memory(["ntm"]), saying: said) == plain)
  }

  @Test("It is heard as long as what it points at is said, and not any more after something else")
  func silence() throws {
    let memory = try bench.filled(["ntm"])
    let right = try pointed(memory, after: [])
    let wrong = (right + 1) % Int32(try answer()[0].count)
    for (first, isHeard) in [(right, true), (wrong, false)] {
      let said = [first] + TinyLlama.tokens(2, seed: 23)
      #expect(try (answer(memory, saying: said)[10] != answer(saying: said)[10]) == isHeard)
      // The next two are random: not both can be what it points at by chance.
      #expect(try answer(memory, saying: said)[12] == answer(saying: said)[12])
    }
  }

  @Test("What was said otherwise and is taken back does not silence it")
  func takenBack() throws {
    let memory = try bench.filled(["ntm"])
    let right = try pointed(memory, after: [])
    let session = bench.session()
    let attached = try memory.attach(to: session, readOnly: true)
    defer { attached.detach() }
    session.read(as: .answer(from: Self.prompt.count, question: 2..<9))
    _ = try session.forward(Self.prompt)
    for token in TinyLlama.tokens(3, seed: 23) { _ = try session.forward([token]) }
    session.truncate(to: Self.prompt.count)
    #expect(
      try session.forward([right], logits: .last).values == answer(memory, saying: [right])[10])
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
