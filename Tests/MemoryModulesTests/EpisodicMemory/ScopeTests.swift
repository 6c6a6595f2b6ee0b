import Foundation
import MemoryModules
import TestSupport
import Testing
import Tokenization
import Transformer

/// Words, their latents, and the gate that decides whether a question is about a fact.
@Suite("Scope")
struct ScopeTests {
  private func splitter(prior: [Float]? = nil) throws -> WordSplitter {
    let bench = try Workbench.shared.get()
    return WordSplitter(
      tokenizer: try loadTokenizer(from: bench.model.file), prior: prior,
      vocabularySize: bench.model.configuration.vocabularySize)
  }

  @Test("Words are stems; sentences are counted")
  func words() throws {
    let words = try splitter().words(of: "My dog's toys. DOGS like glass, it's 42!  ")
    #expect(words.map(\.stem) == ["my", "dog", "toy", "dog", "like", "glass", "it", "42"])
    #expect(words.map(\.sentence) == [0, 0, 0, 1, 1, 1, 1, 1])
    let starts = words.map(\.token)
    #expect(starts == starts.sorted())
    let marks = try splitter().words(of: "Windows 3.51 by F.C. Bee? (yes.) No")
    #expect(marks.map(\.stem) == ["window", "3", "51", "by", "f", "c", "bee", "yes", "no"])
    #expect(marks.map(\.sentence) == [0, 0, 0, 0, 0, 0, 0, 1, 2])
    #expect(try splitter().words(of: " ,,, ... ").isEmpty)
    #expect(try splitter().words(of: "").isEmpty)
  }

  @Test("Frequent words weigh next to nothing, rare ones more, numbers the most")
  func weights() throws {
    let tokenizer = try loadTokenizer(from: try Workbench.shared.get().model.file)
    let count = tokenizer.vocabularySize
    // "a" is everywhere, all else is rare.
    var prior = [Float](repeating: log(0.5 / Float(count)), count: count)
    let frequent = try #require(tokenizer.id(ofPiece: "a"))
    prior[Int(frequent)] = log(0.5)
    let words = try splitter(prior: prior).words(of: "a zq Zqzqzqzqzq 7 zqzqzqzqzq")
    let weights = words.map(\.weight)
    #expect(weights[0] < weights[1])
    #expect(weights[1] < weights[2])
    #expect(weights[3] == weights[2], "both at the limit")
    #expect(weights[4] < weights[2], "in small letters it is no name")
  }

  @Test("Without a tokenizer tokens stand for words")
  func tokens() {
    let words = WordSplitter(tokenizer: nil, prior: nil, vocabularySize: 100).words([5, 7, 5])
    #expect(words.map(\.stem) == ["#5", "#7", "#5"])
    #expect(Set(words.map(\.weight)).count == 1)
  }

  @Test("Latents have length 1; their product is what two phrases have in common")
  func latents() throws {
    let encoder = PhraseEncoder(columns: 2048)
    let splitter = try splitter()
    func latent(_ text: String) -> [Float] { encoder.encode(splitter.words(of: text)) }
    func product(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    let fact = latent("the capital of zumbaru")
    #expect(abs(product(fact, fact) - 1) < 1e-5)
    #expect(
      abs(product(fact, latent("zumbaru of capital the")) - 1) < 1e-5, "order does not matter")
    #expect(abs(product(fact, latent("elephants never forget"))) < 0.1)
    let half = product(fact, latent("the capital of kalumia"))
    #expect(half > 0.4 && half < 0.95)
    #expect(latent("").allSatisfy { $0 == 0 })
  }

  @Test("Fitting separates what is about a fact from what is not, and never turns a weight around")
  func fitting() {
    func example(_ cue: Float, _ question: Float, _ isAbout: Bool) -> ScopeGate.Example {
      .init(
        FactMatch(id: 0, cueCoverage: cue, questionCoverage: question, shared: 8), isAbout: isAbout)
    }
    // In this world two thirds of the cues are enough.
    let about = (0..<40).map { example(0.7 + 0.007 * Float($0), 0.6, true) }
    let other = (0..<40).map { example(0.01 * Float($0), 0.9, false) }
    let gate = ScopeGate.fit(about + other)
    #expect(gate.isSound)
    for item in about { #expect(gate(item.match) > 0.5) }
    for item in other { #expect(gate(item.match) < 0.5) }
    #expect(gate.questionWeight >= 0)
    #expect(ScopeGate.fit([]) == ScopeGate())
    #expect(ScopeGate.fit(about) == ScopeGate(), "one class teaches nothing")
    #expect(!ScopeGate(bias: .nan).isSound)
  }
}
