import Foundation
import Generation
import ModelFiles
public import Tokenization
public import Transformer

/// Tests a session for the success of edits: the likelihoods of both answers, and the generated one.
///
/// The scope of a memory is decided by the prompt: both answers are scored under one decision.
public struct EditRunner {
  private let tokenizer: any Tokenizer
  /// Logits of the plain model after each prompt, to compare with.
  private var plain: [ByteString: [Float]] = [:]

  /// A runner.
  public init(tokenizer: any Tokenizer) { self.tokenizer = tokenizer }

  /// Tests one edit and adds the result to an arm.
  ///
  /// - Parameters:
  ///   - before: text put before every prompt, for the in-prompt baseline.
  ///   - isPlain: whether nothing is attached to the session.
  /// - Returns: whether the new answer was generated after the edit's own prompt.
  @discardableResult
  public mutating func ask(
    _ edit: KnowledgeEdit, in session: TransformerSession, before: String = "", isPlain: Bool,
    into arm: inout EditReport.Arm
  ) throws -> Bool {
    let direct = try ask(
      edit.prompt, wanted: edit.new, other: edit.old, in: session, before: before,
      isPlain: isPlain, into: &arm.edit)
    for prompt in edit.paraphrases {
      _ = try ask(
        prompt, wanted: edit.new, other: edit.old, in: session, before: before, isPlain: isPlain,
        into: &arm.paraphrase)
    }
    for prompt in edit.neighbours {
      _ = try ask(
        prompt, wanted: edit.old, other: edit.new, in: session, before: before, isPlain: isPlain,
        into: &arm.neighbourhood)
    }
    return direct
  }

  /// Whether greedy generation after a prompt gives an answer token for token.
  public func generates(
    _ answer: String, after prompt: String, in session: TransformerSession
  ) throws -> Bool {
    let wanted = encode(answer: answer)
    session.reset()
    defer { session.reset() }
    var logits = try session.ask(encode(prompt)).last
    for token in wanted {
      guard Self.best(logits) == token else { return false }
      logits = try session.forward([token], logits: .last).last
    }
    return true
  }

  private mutating func ask(
    _ prompt: String, wanted: String, other: String, in session: TransformerSession,
    before: String, isPlain: Bool, into score: inout EditReport.Score
  ) throws -> Bool {
    let whole = encode(before.isEmpty ? prompt : before + " " + prompt)
    let count = whole.tokens.count
    session.reset()
    defer { session.reset() }
    let first = try session.ask(whole).last
    if isPlain { plain[prompt] = first }
    let mine = try probability(of: wanted, after: first, count, in: session)
    let theirs = try probability(of: other, after: first, count, in: session)
    score.add(
      wanted: mine.mean, other: theirs.mean, isExact: mine.isGreedy,
      isUnchanged: plain[prompt].map { $0 == first } ?? false)
    return mine.isGreedy
  }

  /// exp of the mean log-probability of an answer's tokens, and whether each of them is the most probable one.
  private func probability(
    of answer: String, after first: [Float], _ count: Int, in session: TransformerSession
  ) throws -> (mean: Double, isGreedy: Bool) {
    let tokens = encode(answer: answer)
    guard !tokens.isEmpty else { return (0, false) }
    session.truncate(to: count)
    var sum = 0.0
    var isGreedy = true
    func take(_ token: Int32, _ row: [Float]) {
      sum -= row.withUnsafeBufferPointer { negativeLogLikelihood(of: token, in: $0) }
      isGreedy = isGreedy && Self.best(row) == token
    }
    take(tokens[0], first)
    if tokens.count > 1 {
      let rows = try session.forward(Array(tokens.dropLast()), logits: .all)
      for (index, token) in tokens.dropFirst().enumerated() { take(token, Array(rows[index])) }
    }
    return (exp(sum / Double(tokens.count)), isGreedy)
  }

  private static func best(_ logits: [Float]) -> Int32 {
    var best = 0
    for index in logits.indices where logits[index] > logits[best] { best = index }
    return Int32(best)
  }

  /// A prompt as it is, without a template: all of it is the question.
  private func encode(_ prompt: String) -> Prompt {
    Prompt(
      text: tokenizer.encode(prompt, addBOS: tokenizer.special.addBOS, parseSpecial: false),
      bos: tokenizer.special.bos)
  }

  /// An answer as it follows a prompt.
  private func encode(answer: String) -> [Int32] {
    tokenizer.encode(fragment: " " + answer, continuing: true)
  }
}
