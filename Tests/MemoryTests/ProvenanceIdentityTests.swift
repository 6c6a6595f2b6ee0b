import Foundation
import Memory
import ModelFiles
import TestSupport
import Testing
import Transformer

/// Names that are canonically equal are two names, wherever a provenance is compared.
@Suite("Sources and conversations by their bytes")
struct ProvenanceIdentityTests {
  private static func provenance(source: String, conversation: String = "c") -> Provenance {
    Provenance(conversation: conversation, turn: 0, role: .document, source: source, time: 0)
  }

  private static let sources = CanonicalPair.both.map { provenance(source: $0) }
  private static let conversations = CanonicalPair.both.map {
    provenance(source: "s", conversation: $0)
  }

  @Test("Provenances differ", arguments: [sources, conversations])
  func equality(pair: [Provenance]) throws {
    #expect(pair[0] != pair[1])
    let json = try JSONEncoder().encode(pair)
    #expect(try JSONDecoder().decode([Provenance].self, from: json) == pair)
  }

  @Test("A selection takes what has its bytes", arguments: [0, 1])
  func selection(which: Int) {
    var journal = Journal()
    for (token, provenance) in Self.sources.enumerated() {
      journal.append(token: Int32(token), surprisal: 1, provenance: provenance)
    }
    let selection = ForgettingSelection.source(ByteString(CanonicalPair.both[which]))
    #expect(selection.sources.contains(Self.sources[which].source))
    #expect(!selection.sources.contains(Self.sources[1 - which].source))
    #expect(selection != .source(ByteString(CanonicalPair.both[1 - which])))
  }

  @Test(
    "A stretch of the journal ends where the name changes", arguments: [sources, conversations])
  func stretches(pair: [Provenance]) {
    var journal = Journal()
    for index in 0..<12 {
      journal.append(token: Int32(index), surprisal: 1, provenance: pair[index / 6])
    }
    #expect(journal.sources == pair)
    #expect(journal.recordCount == 2)
    #expect(Array(journal.stretch(around: 2)) == Array(0..<6))
    #expect(Array(journal.stretch(around: 8)) == Array(6..<12))
    #expect(journal.provenance(of: 5) == pair[0])
    #expect(journal.provenance(of: 6) == pair[1])
  }

  @Test("Answers and facts differ by their bytes")
  func answers() {
    let answers = CanonicalPair.both.map { FactAnswer(text: ByteString($0), tokens: [1]) }
    #expect(answers[0] != answers[1])
    let source = Self.provenance(source: "s")
    let facts = CanonicalPair.both.map {
      Fact(id: 1, text: "His name", answer: ByteString($0), provenance: source)
    }
    #expect(facts[0] != facts[1])
    let texts = CanonicalPair.both.map { Fact(id: 1, text: $0, answer: nil, provenance: source) }
    #expect(texts[0] != texts[1])
    #expect(texts[0] == texts[0])
  }
}
