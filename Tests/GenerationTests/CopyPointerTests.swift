import Generation
import TestSupport
import Testing
import Tokenization
import Transformer

@Suite("A pointer at words that a reply should say")
struct CopyPointerTests {
  private let tiny: TinyModel
  private let tokenizer: any Tokenizer

  init() throws {
    tiny = try TinyModel()
    tokenizer = try tiny.tokenizer()
  }

  private func pointer(_ words: String..., weight: Float = 3) -> CopyPointer {
    CopyPointer(words: words, tokenizer: tokenizer, weight: weight)
  }

  /// The tokens that are pointed at.
  private func pointed(_ pointer: CopyPointer) -> Set<Int32> {
    var logits = [Float](repeating: -1, count: tokenizer.vocabularySize)
    pointer.add(to: &logits)
    #expect(logits.allSatisfy { $0 == -1 || $0 == -1 + pointer.weight })
    return Set(logits.indices.filter { logits[$0] != -1 }.map(Int32.init))
  }

  private func encode(_ text: String) -> [Int32] {
    tokenizer.encode(fragment: text, continuing: true)
  }

  private func first(_ texts: String...) -> Set<Int32> {
    Set(texts.compactMap { encode($0).first })
  }

  @Test("At the beginning, it points at the first token of each word, capitalised too")
  func begins() {
    #expect(
      pointed(pointer("xylo", "quib")) == first("xylo", "Xylo", " xylo", "quib", "Quib", " quib"))
  }

  @Test("Within a sentence only after a space, behind a mark without one")
  func within() {
    var pointer = pointer("xylo")
    for token in encode("it is") { pointer.append(token) }
    #expect(pointed(pointer) == first(" xylo"))
    for token in encode(" (") { pointer.append(token) }
    #expect(pointed(pointer) == first("xylo", "Xylo", " xylo"))
  }

  @Test(
    "A word that was begun goes on with its next token, and is said once", arguments: ["", " "])
  func goesOn(space: String) {
    var pointer = pointer("xylo")
    let tokens = encode(space + "xylo")
    #expect(tokens.count > 2)
    for (place, token) in tokens.enumerated() {
      #expect(pointed(pointer).contains(token), "\(place)")
      #expect(!pointer.isIdle)
      pointer.append(token)
    }
    #expect(pointed(pointer).isEmpty && pointer.isIdle)
  }

  @Test("What was begun twice and not finished is not what the reply wants to say")
  func givesUp() {
    var pointer = pointer("xylo")
    let start = encode(" xylo")[0]
    for _ in 0..<2 {
      #expect(pointed(pointer).contains(start))
      pointer.append(start)
      for token in encode("it is") { pointer.append(token) }
    }
    #expect(pointer.isIdle)
    #expect(!pointed(pointer).contains(start))
  }

  @Test("Without words or weight there is nothing to point at")
  func idle() {
    #expect(pointer().isIdle && pointer("xylo", weight: 0).isIdle)
  }

  @Test(
    "A generation says the word where the constant is large enough, and is the plain one without words"
  )
  func generation() throws {
    let model = try tiny.load()
    func run(_ pointer: CopyPointer?) throws -> [Int32] {
      let session = TransformerSession(model: model)
      var generator = TokenGenerator(
        session: session, sampler: Sampler(.greedy), stop: [], maximumTokens: 24, pointer: pointer)
      var tokens: [Int32] = []
      // A second run of the same generator begins anew.
      for _ in 0..<2 {
        session.reset()
        tokens = []
        generator.begin(try session.forward(encode("it is said that")))
        while let token = try generator.next() { tokens.append(token.id) }
      }
      return tokens
    }
    let plain = try run(nil)
    #expect(try run(pointer()) == plain)
    #expect(try run(pointer("xylo", weight: 0)) == plain)
    #expect(!tokenizer.decode(plain).lowercased().contains("xylo"))
    let said = try tokenizer.decode(run(pointer("xylo", weight: 40)))
    #expect(said.lowercased().contains("xylo"))
  }
}
