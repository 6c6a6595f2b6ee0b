/// A part of a rendered conversation.
public struct ChatSegment: Sendable, Equatable {
  /// The text.
  public var text: String
  /// The message it belongs to, control tokens included; nil for the begin of sequence and the generation prompt.
  public var message: Int?
  /// Whether it is the message's content; otherwise the template's own text.
  public var isContent: Bool

  /// Creates a segment.
  public init(text: String, message: Int?, isContent: Bool) {
    self.text = text
    self.message = message
    self.isContent = isContent
  }
}
