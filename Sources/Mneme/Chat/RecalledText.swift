import Foundation
package import Generation
public import Memory
import MemoryModules
package import Tokenization

/// What memories recall about a message: recalled text, the read-out for facts on chat models.
///
/// Decided from the message alone, before it is passed through the model; nothing changes. The facts that are surely in
/// scope stand in the message the model reads; they are neither kept in the conversation nor learned from.
public struct RecalledText: Sendable, Equatable {
  /// The facts that are, or may be, in scope, best first.
  public let citations: [Citation]
  /// The message with the facts that are surely in scope; nil when there are none, and the prompt stays as it is.
  public let message: String?
  /// Whether the message asks about the user, memories were asked about it, and they know nothing.
  public let isUnknown: Bool
  /// What the facts in the message say that the question does not: words in their order.
  let answerWords: [String]
  private let copyWeight: Float

  /// The most facts that stand in one prompt: small models answer from one fact much better than from several.
  private static let mostFacts = 1
  /// The most facts that are cited.
  private static let mostCited = 2
  /// The most characters of one fact in a prompt.
  private static let factLength = 300

  /// Asks memories about a message; of those whose facts reach the model otherwise, by mixing, they are only cited.
  ///
  /// - Parameters:
  ///   - memories: with the names they are cited by.
  ///   - contextLength: of the session; the facts take at most a tenth of it.
  public init(
    for message: String, in memories: [(name: String, memory: DetachableMemory)],
    model: LanguageModel, contextLength: Int
  ) {
    let tokens = model.tokenizer.encode(message, addBOS: false, parseSpecial: false)
    var found: [(recall: ChatSession.Recall, form: RecallForm?, copying: Float)] = []
    var wasAsked = false
    for (name, memory) in memories {
      guard let facts = memory.factMemory else { continue }
      let form = facts.recallForm
      wasAsked = true
      for fact in facts.recall(tokens, limit: Self.mostCited) where fact.certainty > .no {
        // What is held in weights reaches the answer by them. Of several sentences that lead to an answer only the last says it:
        // the reply is not drawn to their words.
        found.append(
          (
            ChatSession.Recall(memory: name, recalled: fact),
            memory.isConsolidated(fact.fact) ? nil : form,
            fact.evidence["hops"] == nil ? facts.copyWeight : 0
          ))
      }
    }
    found.sort { $0.recall.recalled.scope > $1.recall.recalled.scope }
    found = Array(found.prefix(Self.mostCited))
    let kind = QuestionKind(message)
    isUnknown = wasAsked && found.isEmpty && kind.isQuestion && kind.isFirstPerson
    let sure = found.filter { $0.form != nil && $0.recall.recalled.certainty == .sure }
      .prefix(Self.mostFacts)
    var left = contextLength / 10
    let texts = sure.map { $0.recall.recalled.statement ?? $0.recall.recalled.fact.text }
    let facts = texts.map { String($0.prefix(Self.factLength)) }.prefix {
      left -= model.tokenizer.encode($0, addBOS: false, parseSpecial: false).count
      return left >= 0
    }
    // The best of those that are sure, as many as there is room for.
    var inPrompt = facts.count
    citations = found.map { recall, form, _ in
      guard recall.recalled.certainty == .sure else { return Citation(recall, use: .shown) }
      guard form != nil else { return Citation(recall, use: .memory) }
      inPrompt -= 1
      return Citation(recall, use: inPrompt >= 0 ? .prompt : .shown)
    }
    self.message =
      facts.isEmpty ? nil : sure.first?.form?.text(Array(facts), message: message)
    answerWords = Self.answerWords(of: Array(facts), question: message)
    copyWeight = facts.isEmpty ? 0 : sure.first?.copying ?? 0
  }

  /// A pointer at the words of the facts, for the reply; nil where no fact stands in the message.
  package func pointer(_ tokenizer: any Tokenizer) -> CopyPointer? {
    guard message != nil, copyWeight > 0, !answerWords.isEmpty else { return nil }
    return CopyPointer(words: answerWords, tokenizer: tokenizer, weight: copyWeight)
  }

  /// The words of facts, each once, that neither hold a sentence together nor stand in the question.
  package static func answerWords(of facts: [String], question: String) -> [String] {
    let asked = Set(WordSplitter.stems(of: question))
    var seen: Set<String> = []
    return facts.joined(separator: " ").split(whereSeparator: \.isWhitespace).compactMap { part in
      let isOuter = { (character: Character) in !character.isLetter && !character.isNumber }
      let word = String(
        part.drop(while: isOuter).reversed().drop(while: isOuter).reversed())
      let stems = WordSplitter.stems(of: word)
      guard !stems.isEmpty, !stems.allSatisfy({ asked.contains($0) }),
        !stems.allSatisfy(WordRarity.isFunctionWord), seen.insert(word).inserted
      else { return nil }
      return word
    }
  }
}
