import Tokenization

/// A part of a sentence, and whether it states something.
package struct SentencePart: Equatable {
  package let text: String
  /// Whether a memory may learn it.
  package let isStatement: Bool
}

extension Sentence {
  /// The sentence in parts that state something and parts that do not; joined, they are its text.
  ///
  /// A question, an order to the assistant, a greeting and thanks state nothing, whether or not they end in a question
  /// mark. A question may contain a statement, which is learned without the rest: a clause before it ("I live in Malmo,
  /// which airport is closest?"), a person or a thing of the user's that it names or describes ("a recipe for my husband
  /// Anselm, who doesn't eat gluten?"), or what the user asks the assistant to believe.
  ///
  /// - Parameter isDeclared: whether somebody stated the text as a fact; then only what ends in a question mark is left
  ///   out.
  package func parts(isDeclared: Bool = false) -> [SentencePart] {
    if isDeclared { return [SentencePart(text: text, isStatement: !isQuestion)] }
    let words = SpokenWord.words(of: text)
    let form = SentenceForm(words, isQuestion: isQuestion)
    switch form.kind {
    case .statement: return [SentencePart(text: text, isStatement: true)]
    case .smallTalk: return [SentencePart(text: text, isStatement: false)]
    case .question, .request:
      guard let stated = form.statedPart else {
        return [SentencePart(text: text, isStatement: false)]
      }
      return parts(
        stating: words[stated.lowerBound].range
          .lowerBound..<words[stated.upperBound - 1].range.upperBound)
    }
  }

  /// The sentence with one stretch of it learned; the white space before the stretch is learned with it, as a token
  /// mostly begins with it.
  private func parts(stating range: Range<String.Index>) -> [SentencePart] {
    var start = range.lowerBound
    while start > text.startIndex, text[text.index(before: start)].isWhitespace {
      start = text.index(before: start)
    }
    return [
      SentencePart(text: String(text[..<start]), isStatement: false),
      SentencePart(text: String(text[start..<range.upperBound]), isStatement: true),
      SentencePart(text: String(text[range.upperBound...]), isStatement: false),
    ].filter { !$0.text.isEmpty }
  }
}
