/// A character of a template's text, with where it comes from.
package struct JinjaCharacter: Sendable, Equatable {
  /// The character; strings are counted in these, as in Python.
  package let scalar: Unicode.Scalar
  /// The index of the message whose content it is, or `template`.
  package let origin: Int32

  /// The origin of the template's own text.
  package static let template: Int32 = -1

  /// Set in the origin of what a message's author thought.
  private static let reasoningBit: Int32 = 1 << 30

  /// The origin of what the author of a message thought.
  static func reasoning(ofMessage index: Int32) -> Int32 { index | reasoningBit }

  /// The message it comes from, or `template`.
  var message: Int32 { origin < 0 ? origin : origin & ~Self.reasoningBit }

  /// Whether it is part of a message's reasoning, not of its content.
  var isReasoning: Bool { origin >= 0 && origin & Self.reasoningBit != 0 }
}

/// A string that records for each character whether it comes from the template or from a message.
///
/// Every operation preserves origins; characters that an operation adds count as the template's.
package struct JinjaString: Sendable {
  package internal(set) var characters: [JinjaCharacter]
  /// Whether the filter `safe` or `escape` made it: text added to it is then escaped.
  var isSafe = false

  init(_ characters: some Sequence<JinjaCharacter> = []) {
    self.characters = Array(characters)
  }

  init(template scalars: [Unicode.Scalar]) {
    characters = scalars.map { JinjaCharacter(scalar: $0, origin: JinjaCharacter.template) }
  }

  /// A text with one origin.
  package init(_ text: String, origin: Int32 = JinjaCharacter.template) {
    characters = text.unicodeScalars.map { JinjaCharacter(scalar: $0, origin: origin) }
  }

  var count: Int { characters.count }
  var isEmpty: Bool { characters.isEmpty }

  /// The characters without their origins.
  package var text: String {
    var view = String.UnicodeScalarView()
    view.reserveCapacity(characters.count)
    for character in characters { view.append(character.scalar) }
    return String(view)
  }

  /// The part that comes from the template.
  var templateText: String {
    JinjaString(characters.filter { $0.origin == JinjaCharacter.template }).text
  }

  mutating func append(_ other: JinjaString) { characters += other.characters }
  mutating func append(_ text: String) {
    for scalar in text.unicodeScalars {
      characters.append(JinjaCharacter(scalar: scalar, origin: JinjaCharacter.template))
    }
  }
}

extension JinjaString: Equatable {
  package static func == (left: Self, right: Self) -> Bool {
    left.count == right.count
      && zip(left.characters, right.characters).allSatisfy { $0.scalar == $1.scalar }
  }

  /// Whether its text equals this.
  func says(_ text: String) -> Bool {
    characters.lazy.map(\.scalar).elementsEqual(text.unicodeScalars)
  }

  /// Order by code points.
  static func < (left: Self, right: Self) -> Bool {
    left.characters.lazy.map(\.scalar).lexicographicallyPrecedes(
      right.characters.lazy.map(\.scalar))
  }
}
