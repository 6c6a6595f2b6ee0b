import Foundation
import Generation
import TestSupport
import Testing
import Transformer

@Suite struct LikelihoodTests {
  private func score(_ token: Int32, _ row: [Float]) -> Double {
    row.withUnsafeBufferPointer { negativeLogLikelihood(of: token, in: $0) }
  }

  @Test func scoresAreThoseOfTheSoftmax() {
    let row: [Float] = [1, 2, 3, -1]
    let total = row.reduce(0) { $0 + exp(Double($1)) }
    for (id, logit) in row.enumerated() {
      #expect(abs(score(Int32(id), row) + log(exp(Double(logit)) / total)) < 1e-12)
    }
    let logs = row.withUnsafeBufferPointer { logSoftmax($0) }
    #expect(abs(logs.reduce(0) { $0 + exp(Double($1)) } - 1) < 1e-6)
  }

  @Test func largeLogitsDoNotOverflow() {
    #expect(score(0, [1e30, 0]) == 0)
    #expect(score(1, [1000, 0]) == 1000)
    #expect(abs(score(0, [-1000, -1000]) - log(2)) < 1e-9)
  }

  @Test func impossibleTokensCostEverything() {
    #expect(score(0, [-.infinity, 0]) == .infinity)
    #expect(score(0, [.nan, 0]) == .infinity)
    #expect(score(1, [.nan, 0]) == 0)
    #expect(score(5, [0, 0]) == .infinity)
    #expect(score(-1, [0, 0]) == .infinity)
    #expect(score(0, []) == .infinity)
  }

  @Test func aContinuationIsScoredTokenByToken() throws {
    let tiny = try SampleModel(context: 400)
    let prompt: [Int32] = [1, 270]
    var continuation: [Int32] = []
    for index in 0..<300 { continuation.append(Int32(263 + index * 7 % 45)) }
    let session = TransformerSession(model: tiny.model)
    let scores = try session.negativeLogLikelihoods(of: continuation, after: prompt)
    #expect(scores.count == 300)
    #expect(session.committed == 0)
    let reference = TransformerSession(model: tiny.model)
    let rows = try reference.forward(prompt + continuation, logits: .all)
    for (index, token) in continuation.enumerated() {
      let expected = rows.withRow(index + 1) { negativeLogLikelihood(of: token, in: $0) }
      #expect(abs(scores[index] - expected) < 1e-3 * max(1, abs(expected)))
    }
  }

  @Test func shortContinuationsAndFullContexts() throws {
    let tiny = try SampleModel()
    let session = TransformerSession(model: tiny.model)
    #expect(try session.negativeLogLikelihoods(of: [], after: [1]).isEmpty)
    session.reset()
    #expect(try session.negativeLogLikelihoods(of: [5], after: [1]).count == 1)
    session.reset()
    // 64 tokens of context: the last scored token needs no room.
    let fitting = [Int32](repeating: 270, count: 64)
    #expect(try session.negativeLogLikelihoods(of: fitting, after: [1]).count == 64)
    session.reset()
    #expect(throws: TransformerError.contextFull(limit: 64, needed: 65)) {
      _ = try session.negativeLogLikelihoods(of: fitting + [1], after: [1])
    }
    #expect(session.tokens.isEmpty)
    #expect(throws: TransformerError.emptyInput) {
      _ = try session.negativeLogLikelihoods(of: [5], after: [])
    }
  }
}
