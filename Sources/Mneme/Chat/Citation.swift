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
  /// Whether the fact stood in the prompt (`.sure`), or is only shown because the question may be about it.
  public var certainty: Certainty

  /// A citation from its parts.
  public init(id: String, text: String, memory: String, time: Double, certainty: Certainty) {
    self.id = id
    self.text = text
    self.memory = memory
    self.time = time
    self.certainty = certainty
  }

  /// The citation of a recalled fact.
  init(_ recall: ChatSession.Recall) {
    let fact = recall.recalled.fact
    self.init(
      id: fact.handle, text: fact.text.trimmingCharacters(in: .whitespacesAndNewlines),
      memory: recall.memory, time: fact.provenance.time, certainty: recall.recalled.certainty)
  }
}
