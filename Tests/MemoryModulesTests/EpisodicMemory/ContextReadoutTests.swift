import Memory
import MemoryModules
import TestSupport
import Testing
import Transformer

/// Facts that join the attention of an answer with their own rows.
@Suite("Facts as rows of attention")
struct ContextReadoutTests {
  private func bench(_ readout: EpisodicReadout) throws -> FactBench {
    let bench = try FactBench { $0.readout = readout }
    try bench.tell("the capital of Zumbaru is Trillo.")
    try bench.tell("my Elephant is Bozkif.")
    return bench
  }

  @Test(
    "In scope the answer sees the rows, out of scope nothing does",
    arguments: [EpisodicReadout.context, .both])
  func scope(readout: EpisodicReadout) throws {
    let bench = try bench(readout)
    let asked = "the capital of Zumbaru is"
    #expect(try bench.logits(asked) != bench.logits(asked, attached: false))
    let other = "how much wood could be chopped by"
    #expect(try bench.logits(other) == bench.logits(other, attached: false))
    let said = bench.encode(answer: asked)
    #expect(try bench.logits(other, said: said) == bench.logits(other, said: said, attached: false))
  }

  @Test("The prompt does not see the rows, and no split of prompt and answer makes a difference")
  func anySplit() throws {
    let bench = try bench(.context)
    let prompt = [1] + bench.encode("the capital of Zumbaru is")
    let tokens = prompt + bench.encode(answer: "Trillo.")
    func run(_ pieces: [Int], attached: Bool = true) throws -> [[Float]] {
      let session = bench.bench.session()
      let attachment = attached ? try bench.memory.attach(to: session, readOnly: true) : nil
      defer { attachment?.detach() }
      session.read(as: Prompt(text: prompt, bos: 1).mode(after: 0))
      var rows: [[Float]] = []
      for size in pieces {
        let part = try session.forward(
          Array(tokens[rows.count..<rows.count + size]), logits: .all)
        rows += (0..<size).map { part[$0] }
      }
      return rows
    }
    let answers = tokens.count - prompt.count
    // The prompt in one piece with its last token: until it is complete nobody knows what it asks.
    let whole = try run([prompt.count] + [Int](repeating: 1, count: answers))
    let plain = try run([tokens.count], attached: false)
    for row in 0..<prompt.count - 1 { #expect(whole[row] == plain[row]) }
    for row in prompt.count - 1..<tokens.count { #expect(whole[row] != plain[row]) }
    for pieces in [
      [prompt.count, answers], [7, prompt.count - 7, answers], [tokens.count],
      [Int](repeating: 1, count: tokens.count),
    ] {
      let rows = try run(pieces)
      for row in rows.indices {
        #expect(difference(rows[row], whole[row]) < 1e-5, "\(pieces) \(row)")
      }
    }
  }

  @Test("What was told since, or forgotten, counts at the next answer")
  func followsTheLedger() throws {
    let bench = try bench(.context)
    let asked = "the capital of Zumbaru is"
    let session = bench.bench.session()
    let attached = try bench.memory.attach(to: session, readOnly: true)
    defer { attached.detach() }
    func ask() throws -> [Float] {
      session.reset()
      let tokens = [1] + bench.encode(asked)
      return try session.ask(Prompt(text: tokens, bos: 1)).last
    }
    let before = try ask()
    let snapshot = bench.memory.snapshot()
    _ = try bench.memory.forget(.facts([0]))
    #expect(try ask() == bench.logits(asked, attached: false))
    bench.memory.restore(snapshot)
    #expect(try ask() == before)
  }
}
