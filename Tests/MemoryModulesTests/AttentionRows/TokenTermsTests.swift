import Foundation
import Memory
import MemoryModules
import TestSupport
import Testing
import Tokenization
import Transformer

/// What a question shares with remembered tokens. The tokens of the test model are letters.
@Suite("Terms of tokens")
struct TokenTermsTests {
  private let context: ModuleContext
  private let tokenizer: any Tokenizer

  init() throws {
    let bench = try Workbench.shared.get()
    tokenizer = try loadTokenizer(from: bench.model.file)
    context = ModuleContext(model: bench.model, keyColumns: 8, tokenizer: tokenizer)
  }

  private func terms(_ text: String, by unit: TokenTerms.Unit) -> [String] {
    var terms = TokenTerms(context, by: unit)
    return terms.read(tokenizer.encode(text, addBOS: false, parseSpecial: false))
  }

  @Test(
    "Words are read across tokens, in small letters and without the endings of plurals",
    arguments: [
      ("Ashsora carries two kettles.", ["ashsora", "carrie", "two", "kettle"]),
      ("one\u{2014}Two\n3.5", ["one", "two", "3", "5"]),
      ("\u{201C}No,\u{201D} said \u{C4}nni", ["no", "said", "\u{E4}nni"]),
      ("\u{6211}\u{559C}\u{6B22} tea", ["\u{6211}", "\u{559C}", "\u{6B22}", "tea"]), ("... !", []),
    ])
  func words(text: String, expected: [String]) {
    // Behind the pieces, each with a space.
    #expect(terms(text, by: .wordsAndPieces).suffix(expected.count) == expected.map { $0 + " " })
    #expect(terms(text, by: .wordsAndPieces).count { $0.hasSuffix(" ") } == expected.count)
  }

  @Test("Pieces are read one token at a time")
  func pieces() {
    #expect(terms("Abc, d", by: .pieces).joined() == "abcd")
    #expect(terms("Abc, d", by: .pieces).count > 2)
  }

  @Test("A rare name is found by the name, whatever pieces of it stand in other words")
  func rareName() {
    let texts = [
      "A shroud, a sash, a rasher of oars and ash.", "Halmiwick has one kettle.",
      "His sore arms ached on the shore as he sat.", "What does he always want?",
    ].map { tokenizer.encode($0, addBOS: false, parseSpecial: false) }
    var relevance = TokenRelevance(context)
    for text in texts { relevance.add(text) }
    let scores = relevance.scores(
      for: tokenizer.encode("What about Halmiwick?", addBOS: false, parseSpecial: false))
    // Letters stand in every text; the name in one.
    #expect(scores.indices.allSatisfy { $0 == 1 || scores[1] > 1.5 * scores[$0] }, "\(scores)")
  }
}
