import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Tokenization
import Transformer

/// Facts are the sentences of what was learned, whatever the pieces it came in.
@Suite("Facts are sentences")
struct SentenceFactTests {
  private static let text =
    "mail ann@ex.org. pi is 3.14159. my cat is Mr. Whiskers.\n\nनाम किशन है। दिल्ली\nthe end"
  private static let facts = [
    "mail ann@ex.org.", "pi is 3.14159.", "my cat is Mr. Whiskers.", "नाम किशन है।", "दिल्ली",
    "the end",
  ]

  /// Commits tokens in pieces of some sizes.
  private func read(_ bench: FactBench, _ text: String, sizes: [Int]) throws {
    let session = bench.bench.session()
    let attached = try bench.memory.attach(to: session)
    defer { attached.detach() }
    let tokens = [1] + bench.encode(text)
    var (place, turn) = (0, 0)
    while place < tokens.count {
      let end = min(tokens.count, place + sizes[turn % sizes.count])
      _ = try session.forward(Array(tokens[place..<end]), logits: .none)
      try session.commit(
        through: end,
        provenance: Provenance(
          conversation: "c", turn: 1, role: .user, source: "test", time: 1_000),
        learnable: (place..<end).map { $0 > 0 }, endsSegment: end == tokens.count)
      (place, turn) = (end, turn + 1)
    }
  }

  @Test("Any split of the stream gives the same facts", arguments: [[1000], [1], [3, 1, 7], [2]])
  func splits(sizes: [Int]) throws {
    let bench = try FactBench()
    try read(bench, Self.text, sizes: sizes)
    #expect(try bench.episodic.facts.map(\.text) == Self.facts)
  }

  @Test("A file that was written in the middle of a fact goes on where it was")
  func reload() throws {
    let tokens = [1] + (try FactBench().encode(Self.text))
    for cut in stride(from: 2, to: tokens.count, by: 5) {
      let bench = try FactBench()
      let session = bench.bench.session()
      let attached = try bench.memory.attach(to: session)
      func commit(_ range: Range<Int>, _ session: TransformerSession) throws {
        _ = try session.forward(Array(tokens[range]), logits: .none)
        try session.commit(
          through: range.upperBound,
          provenance: Provenance(
            conversation: "c", turn: 1, role: .user, source: "test", time: 1_000),
          learnable: range.map { $0 > 0 }, endsSegment: range.upperBound == tokens.count)
      }
      try commit(0..<cut, session)
      let episodic = try bench.episodic
      var writer = SafetensorsWriter()
      episodic.save(into: &writer)
      let folder = try TemporaryFolder()
      try writer.write(to: folder.path("part.safetensors"))
      try episodic.load(from: SafetensorsFile.open(folder.path("part.safetensors")))
      try commit(cut..<tokens.count, session)
      attached.detach()
      #expect(episodic.facts.map(\.text) == Self.facts, "cut at \(cut)")
    }
  }

  @Test("Nothing of a secret with a full stop inside stays behind")
  func secret() throws {
    let bench = try FactBench()
    try bench.read("my Elephant is brown.")
    try bench.read("my password is hunter.zweisecret.")
    let found = try bench.inScope("what is my password")
    #expect(found.count == 1)
    _ = try bench.memory.forget(.facts(Set(found)))
    for part in ["hunter", "zweisecret"] {
      #expect(try !EpisodicMemoryTests.holds(bench.bytes(), part, bench))
    }
    #expect(try bench.episodic.facts.count == 1)
  }

  @Test("A sentence that is too long is cut between words, and never inside a character")
  func long() throws {
    let bench = try FactBench { $0.longestFact = 20 }
    let text = (0..<14).map { "word\($0)" }.joined(separator: " ")
    try bench.read(text)
    let facts = try bench.episodic.facts.map(\.text)
    #expect(facts.count > 2)
    #expect(facts.joined(separator: " ") == text)
    try bench.read(String(repeating: "दिल्ली", count: 8))
    let all = try bench.episodic.facts.map(\.text)
    #expect(all.allSatisfy { !$0.contains("\u{FFFD}") })
    #expect(all.dropFirst(facts.count).joined() == String(repeating: "दिल्ली", count: 8))
  }

  @Test("An ordinary message is one fact")
  func ordinary() throws {
    let bench = try FactBench()
    let text =
      "the three of us " + String(repeating: "walked along the river and ", count: 7) + "slept."
    try bench.read(text)
    #expect(try bench.episodic.facts.map(\.text) == [text])
  }

  @Test("A line with nothing in it is no fact")
  func blank() throws {
    let bench = try FactBench()
    try bench.read("\n \n")
    #expect(try bench.episodic.currentFacts.isEmpty)
    try bench.read("\n\nmy cat.\n\n\n")
    #expect(try bench.episodic.currentFacts.map(\.text) == ["my cat."])
  }
}
