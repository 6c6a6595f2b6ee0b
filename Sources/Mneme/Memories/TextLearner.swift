import Foundation
import Generation
import Memory
import ModelFiles
import Tokenization
import Transformer

/// Streams texts and conversations through a session and commits them, so that its attached memories learn them.
package struct TextLearner {
  package let session: TransformerSession
  package let model: LanguageModel
  package let conversation: String
  package let source: String
  /// The time for the provenance, seconds since 1970; now when nil.
  package var time: Double?
  /// Tokens read so far.
  package private(set) var tokens = 0
  /// The number of the last told fact.
  package private(set) var lastFact: Int?
  private var surprisalSum = 0.0
  private var learnableCount = 0
  private let began = ContinuousClock().now

  package init(
    session: TransformerSession, model: LanguageModel, conversation: String, source: String
  ) {
    self.session = session
    self.model = model
    self.conversation = conversation
    self.source = source
  }

  /// The results so far.
  package var report: LearningReport {
    LearningReport(
      tokens: tokens, surprisal: learnableCount > 0 ? surprisalSum / Double(learnableCount) : 0,
      writes: learnableCount, seconds: (ContinuousClock().now - began).milliseconds / 1000)
  }

  /// Reads a statement as a message of the user.
  ///
  /// All of it is learned but for questions, since somebody chose to state it.
  package mutating func learnStatement(_ text: String, turn: Int) throws -> LearningReport {
    let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !trimmed.isEmpty else { throw ChatError.emptyText }
    let chat = model.template.encode(
      [ChatMessage(role: .user, content: trimmed)], addGenerationPrompt: false, isDeclared: true)
    guard chat.tokens.count <= session.contextLength else {
      try learnDocument(model.tokenizer.encode(trimmed, addBOS: false, parseSpecial: false))
      return report
    }
    try read(
      chat.tokens, learnable: chat.learnable, parts: chat.parts, role: .user, turn: turn)
    return report
  }

  /// Reads a statement as a message of the user and declares it a fact, in the memories that keep facts; their older
  /// facts on the same subject are forgotten.
  ///
  /// - Parameters:
  ///   - answer: the answer that the statement gives; appended to the statement unless it ends with it.
  ///   - memories: the memories attached to the session.
  package mutating func learnFact(
    _ text: String, answer: String?, into memories: [DetachableMemory], turn: Int
  ) throws -> LearningReport {
    let answer = answer?.trimmingCharacters(in: .whitespacesAndNewlines)
    var text = text.trimmingCharacters(in: .whitespacesAndNewlines)
    var given: FactAnswer?
    if let answer, !answer.isEmpty {
      let end = text.trimmingCharacters(in: CharacterSet(charactersIn: ".!"))
      let isSaid = ByteString(end).hasSuffix(ByteString(answer))
      if !isSaid { text += (text.isEmpty ? "" : " ") + answer }
      given = FactAnswer(
        text: ByteString(answer),
        tokens: model.tokenizer.encode(fragment: " " + answer, continuing: true))
    }
    let first = memories.map { $0.factMemory?.nextFact ?? 0 }
    let begun = memories.map { $0.journal?.recordCount ?? 0 }
    var report = try learnStatement(text, turn: turn)
    for (index, memory) in memories.enumerated() {
      let records = (memory.journal?.recordCount ?? 0) - begun[index]
      guard
        let settled = memory.settleFact(
          from: first[index], text: text, answer: given, records: max(1, records))
      else { continue }
      lastFact = settled.id
      report.fact = memory.factMemory?.fact(ofID: settled.id)?.handle
      if let replaced = settled.replaced {
        report.replaced = (report.replaced ?? []) + replaced.facts
      }
    }
    return report
  }

  /// Reads a text window by window; each begins with the beginning-of-sequence token where the
  /// model uses one.
  package mutating func learnDocument(
    _ text: [Int32], limit: Int? = nil, progress: (Double) -> Void = { _ in }
  ) throws {
    let special = model.tokenizer.special
    let start = special.addBOS ? special.bos.map { [$0] } ?? [] : []
    let step = max(1, session.contextLength - start.count)
    let text = limit.map { text.prefix(max(0, $0)) } ?? text[...]
    var position = text.startIndex
    while position < text.endIndex {
      try Task.checkCancellation()
      let end = min(position + step, text.endIndex)
      let window = start + text[position..<end]
      try read(
        window, learnable: window.indices.map { $0 >= start.count }, role: .document,
        turn: 0)
      position = end
      progress(Double(position) / Double(text.count))
    }
  }

  /// Reads a conversation; only what the user says is learned. A conversation that does not fit into the context is
  /// read in several parts, each beginning with a user's turn if possible.
  package mutating func learnConversation(_ messages: [ChatMessage]) throws {
    var group: [ChatMessage] = []
    var turn = 1
    for message in messages {
      try Task.checkCancellation()
      let longer = group + [message]
      let fits =
        model.template.encode(longer, addGenerationPrompt: false).tokens.count
        <= session.contextLength
      if !fits, !group.isEmpty {
        try readGroup(group, turn: turn)
        turn += group.count
        group = []
      }
      let alone = model.template.encode([message], addGenerationPrompt: false).tokens.count
      if alone <= session.contextLength { group.append(message) }
    }
    if !group.isEmpty { try readGroup(group, turn: turn) }
  }

  private mutating func readGroup(_ group: [ChatMessage], turn: Int) throws {
    let chat = model.template.encode(group, addGenerationPrompt: false)
    try read(
      chat.tokens, learnable: chat.learnable, parts: chat.parts, role: .user, turn: turn)
  }

  private mutating func read(
    _ window: [Int32], learnable: [Bool], parts: [TokenPart]? = nil, role: Role, turn: Int
  ) throws {
    guard !window.isEmpty else { return }
    session.reset()
    // What memories would have predicted is not asked for: it can cost as much as the reading itself.
    var logProbabilities = [Float](repeating: 0, count: window.count)
    try session.forward(window, mixes: false) { row, logits in
      guard row + 1 < window.count else { return }
      logProbabilities[row + 1] = Logits.logProbability(of: window[row + 1], in: logits)
    }
    for index in window.indices.dropFirst() where learnable[index] {
      surprisalSum -= Double(logProbabilities[index])
      learnableCount += 1
    }
    try session.commit(
      through: window.count,
      provenance: Provenance(
        conversation: conversation, turn: turn, role: role, source: source,
        time: time ?? Date().timeIntervalSince1970),
      learnable: learnable, parts: parts, endsSegment: true, logProbabilities: logProbabilities)
    tokens += window.count
    session.reset()
  }
}
