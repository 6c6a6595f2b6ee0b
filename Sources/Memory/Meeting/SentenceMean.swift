import Foundation
package import Tokenization
import Transformer

/// The mean of activations over the tokens of a sentence that is read alone.
package enum SentenceMean {
  /// The means at the points of a recorder, joined: [columns of all]; nil for a text without tokens.
  ///
  /// - Parameter limit: the most tokens that are read.
  package static func of(
    _ text: String, recorder: ActivationRecorder, tokenizer: any Tokenizer, limit: Int
  ) -> [Float]? {
    read(text, recorder: recorder, tokenizer: tokenizer, limit: limit).map { read in
      read.rows.flatMap { mean($0, tokens: read.tokens) }
    }
  }

  /// Reads a sentence alone.
  ///
  /// - Returns: per point of the recorder the activations, [tokens, columns]; nil for a text without tokens.
  static func read(
    _ text: String, recorder: ActivationRecorder, tokenizer: any Tokenizer, limit: Int
  ) -> (rows: [[Float]], tokens: Int)? {
    let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
    let tokens = tokenizer.encode(
      text, addBOS: tokenizer.special.addBOS, parseSpecial: false
    ).prefix(limit)
    guard !tokens.isEmpty, let rows = try? recorder.record(Array(tokens)) else { return nil }
    return (rows, tokens.count)
  }

  /// The mean of activations [tokens, columns] over the tokens, [columns].
  ///
  /// The first token, an attention sink or the begin of sequence, is left out where there are others.
  static func mean(_ rows: [Float], tokens: Int) -> [Float] {
    let columns = rows.count / tokens
    let first = tokens > 1 ? 1 : 0
    var mean = [Float](repeating: 0, count: columns)
    for row in first..<tokens {
      for column in 0..<columns { mean[column] += rows[row * columns + column] }
    }
    let share = 1 / Float(tokens - first)
    for column in 0..<columns { mean[column] *= share }
    return mean
  }
}
