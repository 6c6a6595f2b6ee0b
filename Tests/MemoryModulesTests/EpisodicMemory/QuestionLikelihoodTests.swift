import Foundation
import Generation
import Memory
import MemoryModules
import Tensors
import TestSupport
import Testing
import Tokenization
import Transformer

@Suite("Likelihood of a question after a fact")
struct QuestionLikelihoodTests {
  private static func likelihood(
    of tiny: TinyModel
  ) throws -> (model: TransformerModel, tokenizer: any Tokenizer, likelihood: QuestionLikelihood) {
    let model = try tiny.load()
    let tokenizer = try loadTokenizer(from: model.file)
    let context = ModuleContext(model: model, keyColumns: 64, tokenizer: tokenizer)
    return (model, tokenizer, try #require(QuestionLikelihood(context: context)))
  }

  @Test("The sum of what the plain model gives each token of the question")
  func sum() throws {
    let tiny = try TinyModel()
    let (model, tokenizer, likelihood) = try Self.likelihood(of: tiny)
    let (fact, question) = ("The spare key is under the pot", "Where is the key?")
    let line = tokenizer.encode(
      fact + ".\n", addBOS: tokenizer.special.addBOS, parseSpecial: false)
    let asked = tokenizer.encode(question, addBOS: false, parseSpecial: false)
    let session = TransformerSession(model: model, contextLength: 128)
    let logits = try session.forward(line + asked, logits: .all)
    var expected: Float = 0
    for (place, token) in asked.enumerated() {
      let row = logits[line.count - 1 + place]
      expected += row[Int(token)] - Reference.logSumExp(row)
    }
    for _ in 0..<2 {  // nothing of one question is left for the next
      let nats = try #require(likelihood.nats(of: question, after: fact))
      #expect(abs(nats - expected) < 1e-3 * abs(expected))
      #expect(likelihood.nats(of: question, after: "Something else entirely") != nats)
    }
    #expect(likelihood.nats(of: "", after: fact) == nil)
    #expect(
      QuestionLikelihood(context: ModuleContext(model: model, keyColumns: 64)) == nil)
  }

  @Test("A text longer than the context is read in part")
  func long() throws {
    let tiny = try TinyModel()
    let likelihood = try Self.likelihood(of: tiny).likelihood
    let long = String(repeating: "a key under a pot and ", count: 200)
    #expect(likelihood.nats(of: long, after: long)?.isFinite == true)
  }

  @Test("Facts that fit equally well are put in order by it, and others are not read at all")
  func weighed() throws {
    let tiny = try TinyModel()
    let (model, tokenizer, likelihood) = try Self.likelihood(of: tiny)
    let facts = [
      "The spare key is under the pot", "The spare key is in the shed",
      "The spare key is by the door", "My cousin plays the harp",
    ]
    let met = try FirstMeeting(
      model: model, tokenizer: tokenizer,
      template: ChatTemplate(family: .chatml, tokenizer: tokenizer), registry: .standard
    ).run()
    var configuration = EpisodicConfiguration()
    configuration.readout = .text
    let question = "Where is the spare key?"
    func found(weight: Float) throws -> [RecalledFact] {
      configuration.textScope.likelihoodWeight = weight
      let parameters = try ModuleParameters(
        configuration,
        gate: .closed(ReadoutGate.commonFeatureNames + EpisodicMemory.featureNames))
      let adapter = Adapter(
        fingerprint: met.fingerprint, keys: met.keys, modules: [.episodic: parameters],
        identity: met.identity)
      return try EpisodicMemory.told(facts, to: model, tokenizer, adapter)
        .recall(tokenizer.encode(question, addBOS: false, parseSpecial: false), limit: 4)
    }
    func text(_ found: [RecalledFact]) -> [String] {
      found.map { $0.fact.text.trimmingCharacters(in: .whitespacesAndNewlines) }
    }
    // Of equals the newest is first.
    let newest = try found(weight: 0)
    #expect(text(newest).first == facts[2])
    #expect(newest.allSatisfy { $0.evidence["likelihood"] == nil })
    let nats = try facts.prefix(3).map { try #require(likelihood.nats(of: question, after: $0)) }
    let order = (0..<3).sorted { nats[$0] > nats[$1] }
    let weighed = try found(weight: 2)
    #expect(text(weighed).first == facts[order[0]])
    let margin = try #require(weighed.first?.evidence["margin"])
    #expect(abs(margin - Double(2 * (nats[order[0]] - nats[order[1]]))) < 1e-2)
    for fact in weighed {
      let isRival = facts.prefix(3).contains(text([fact])[0])
      #expect(isRival || fact.evidence["likelihood"] == nil)
    }
  }
}
