/// How the control arms put told texts into the context; nil for arms that a run does not have.
public struct ContextChoice: Sendable, Equatable, Codable {
  /// The form in which all told texts stand there.
  public var full: ContextForm?
  /// The form in which texts that were retrieved stand there.
  public var retrieved: ContextForm?
  /// The most texts that are retrieved; nil for as many as the budget takes.
  public var pieces: Int?

  /// A choice from its parts.
  public init(full: ContextForm? = nil, retrieved: ContextForm? = nil, pieces: Int? = nil) {
    self.full = full
    self.retrieved = retrieved
    self.pieces = pieces
  }

  private enum CodingKeys: String, CodingKey {
    case pieces, full = "full_context", retrieved = "retrieval"
  }

  /// In words.
  package var explanation: String {
    let most = pieces.map { ", at most \(ReportFormat.count($0, "text"))" } ?? ""
    let parts = [
      full.map { "full-context has told texts as \($0.explanation)" },
      retrieved.map { "retrieval has them as \($0.explanation)\(most)" },
    ]
    return parts.compactMap { $0 }.joined(separator: ", ") + "; chosen by a trial on this model"
  }
}
