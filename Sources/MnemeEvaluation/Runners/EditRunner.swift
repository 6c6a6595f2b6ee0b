import Foundation
public import Generation
import Mneme
import ModelFiles
public import Tokenization
public import Transformer

/// Tests a session for the success of edits: the likelihoods of both answers, and the generated one.
///
/// The scope of a memory is decided by the prompt: both answers are scored under one decision.
///
/// Prompts are words for the model to continue. A chat model is given them as a user would, as a message, and its reply
/// begins with the same words unless they are a question.
public struct EditRunner {
  private let tokenizer: any Tokenizer
  private let template: ChatTemplate?
  /// Logits of the plain model after each prompt, to compare with.
  private var plain: [ByteString: [Float]] = [:]

  /// A runner.
  ///
  /// - Parameter template: with which prompts are the user's message; nil leaves them as they are.
  public init(tokenizer: any Tokenizer, template: ChatTemplate? = nil) {
    self.tokenizer = tokenizer
    self.template = template
  }

  /// Tests one edit and adds the result to an arm.
  ///
  /// - Parameters:
  ///   - given: a prompt with what the model is given beside it.
  ///   - isPlain: whether nothing is attached to the session.
  /// - Returns: whether the new answer was generated after the edit's own prompt.
  @discardableResult
  public mutating func ask(
    _ edit: KnowledgeEdit, in session: TransformerSession, given: (String) -> String = { $0 },
    isPlain: Bool, into arm: inout EditReport.Arm
  ) throws -> Bool {
    let direct = try ask(
      edit.prompt, wanted: edit.new, other: edit.old, in: session, given: given,
      isPlain: isPlain, into: &arm.edit)
    for prompt in edit.paraphrases {
      _ = try ask(
        prompt, wanted: edit.new, other: edit.old, in: session, given: given, isPlain: isPlain,
        into: &arm.paraphrase)
    }
    for prompt in edit.neighbours {
      _ = try ask(
        prompt, wanted: edit.old, other: edit.new, in: session, given: given, isPlain: isPlain,
        into: &arm.neighbourhood)
    }
    return direct
  }

  /// Whether greedy generation after a prompt gives an answer token for token.
  public func generates(
    _ answer: String, after prompt: String, in session: TransformerSession,
    given: (String) -> String = { $0 }
  ) throws -> Bool {
    let wanted = encode(answer: answer, to: prompt)
    session.reset()
    defer { session.reset() }
    var logits = try read(prompt, given(prompt), in: session)
    for token in wanted {
      guard Self.best(logits) == token else { return false }
      logits = try session.forward([token], logits: .last).last
    }
    return true
  }

  private mutating func ask(
    _ prompt: String, wanted: String, other: String, in session: TransformerSession,
    given: (String) -> String, isPlain: Bool, into score: inout EditReport.Score
  ) throws -> Bool {
    session.reset()
    defer { session.reset() }
    let first = try read(prompt, given(prompt), in: session)
    let count = session.tokens.count
    if isPlain { plain[prompt] = first }
    let mine = try probability(
      of: encode(answer: wanted, to: prompt), after: first, count, in: session)
    let theirs = try probability(
      of: encode(answer: other, to: prompt), after: first, count, in: session)
    score.add(
      wanted: mine.mean, other: theirs.mean, isExact: mine.isGreedy,
      isUnchanged: plain[prompt].map { $0 == first } ?? false)
    return mine.isGreedy
  }

  /// exp of the mean log-probability of an answer's tokens, and whether each of them is the most probable one.
  private func probability(
    of tokens: [Int32], after first: [Float], _ count: Int, in session: TransformerSession
  ) throws -> (mean: Double, isGreedy: Bool) {
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

  /// Passes a prompt through the model: the logits of the token an answer begins with.
  ///
  /// Without a template all of the text is the question.
  private func read(
    _ prompt: String, _ text: String, in session: TransformerSession
  ) throws -> [Float] {
    guard let template else {
      let tokens = tokenizer.encode(text, addBOS: tokenizer.special.addBOS, parseSpecial: false)
      return try session.ask(Prompt(text: tokens, bos: tokenizer.special.bos)).last
    }
    let message = template.encode(
      [ChatMessage(role: .user, content: text)], addGenerationPrompt: true
    ).prompt
    let first = try session.ask(message.narrowed(to: prompt, tokenizer: tokenizer)).last
    let begun =
      isQuestion(prompt) ? [] : tokenizer.encode(prompt, addBOS: false, parseSpecial: false)
    return begun.isEmpty ? first : try session.forward(begun, logits: .last).last
  }

  private func isQuestion(_ prompt: String) -> Bool {
    prompt.last { !$0.isWhitespace } == "?"
  }

  /// An answer as it follows a prompt, or as the reply to a question.
  private func encode(answer: String, to prompt: String) -> [Int32] {
    template != nil && isQuestion(prompt)
      ? tokenizer.encode(answer, addBOS: false, parseSpecial: false)
      : tokenizer.encode(fragment: " " + answer, continuing: true)
  }
}
