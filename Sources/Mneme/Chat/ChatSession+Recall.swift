import Foundation
import Generation
import Memory
package import Tokenization
package import Transformer

extension ChatSession {
  /// What the attached memories recall about a message.
  func recalledText(for message: String) -> RecalledText {
    RecalledText(
      for: message, in: slots.map { ($0.name, $0.memory) }, model: model,
      contextLength: engine.contextLength)
  }
}

extension EncodedPrompt {
  /// The prompt whose question is only the user's own words within a message that recalled text was put into.
  ///
  /// - Parameter words: the message as the user typed it.
  package func narrowed(to words: String, tokenizer: any Tokenizer) -> EncodedPrompt {
    var narrowed = self
    narrowed.question = prompt.narrowed(to: words, tokenizer: tokenizer).question
    return narrowed
  }
}

extension Prompt {
  /// The prompt whose question is only the user's own words within it.
  ///
  /// - Parameter words: the message as the user typed it.
  package func narrowed(to words: String, tokenizer: any Tokenizer) -> Prompt {
    let wanted = Array(words.trimmingCharacters(in: .whitespacesAndNewlines).utf8)
    guard !wanted.isEmpty else { return self }
    var bytes: [UInt8] = []
    var ends: [Int] = []
    for token in tokens[question] {
      bytes += tokenizer.bytes(of: token, renderSpecial: true)
      ends.append(bytes.count)
    }
    guard bytes.count >= wanted.count,
      let start = (0...bytes.count - wanted.count).last(where: {
        bytes[$0..<$0 + wanted.count].elementsEqual(wanted)
      })
    else { return self }
    let first = ends.firstIndex { $0 > start } ?? 0
    let last = ends.firstIndex { $0 >= start + wanted.count } ?? ends.count - 1
    return Prompt(
      tokens: tokens,
      question: question.lowerBound + first..<question.lowerBound + last + 1)
  }
}
