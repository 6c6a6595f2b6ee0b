import Foundation
public import Memory

/// A fact that a reply rests on, or may rest on.
public struct Citation: Sendable, Equatable, Codable {
  /// The fact's handle.
  public var id: String
  /// The fact as it was said.
  public var text: String
  /// The memory's name.
  public var memory: String
  /// When it was said, seconds since 1970; 0 when that is not known.
  public var time: Double
  /// How sure it is that the question is about the fact.
  public var certainty: Certainty
  /// How likely the question is about it, 0...1.
  public var scope: Double
  /// How it reached the reply.
  public var use: Use
  /// What the decision rests on, by name, as in `RecalledFact.evidence`.
  public var evidence: [String: Double]

  /// How a fact reaches a reply.
  public enum Use: String, Sendable, Codable, CaseIterable {
    /// It stood as text in the message the model read.
    case prompt
    /// Its memory brings it to the reply by itself, as votes for the next token or as rows of attention.
    case memory
    /// It is only shown to the user: another fact stood in the prompt, or it may not be what was asked about.
    case shown
  }

  /// A citation from its parts.
  ///
  /// - Parameter use: nil for what follows from the certainty: in the prompt where it is sure.
  public init(
    id: String, text: String, memory: String, time: Double, certainty: Certainty,
    scope: Double = 0, use: Use? = nil, evidence: [String: Double] = [:]
  ) {
    self.scope = scope
    self.use = use ?? (certainty == .sure ? .prompt : .shown)
    self.evidence = evidence
    self.id = id
    self.text = text
    self.memory = memory
    self.time = time
    self.certainty = certainty
  }

  /// The citation of a recalled fact.
  init(_ recall: ChatSession.Recall, use: Use) {
    let fact = recall.recalled.fact
    self.init(
      id: fact.handle, text: fact.text.trimmingCharacters(in: .whitespacesAndNewlines),
      memory: recall.memory, time: fact.provenance.time, certainty: recall.recalled.certainty,
      scope: recall.recalled.scope, use: use, evidence: recall.recalled.evidence)
  }
}
