import Foundation
package import Tokenization
import Transformer

/// The mean of activations over the tokens of a sentence that is read alone.
package enum SentenceMean {
  /// Per point of a recorder the mean, [columns]; nil for a text without tokens.
  ///
  /// The first token, an attention sink, is left out where there are others, as is the begin of sequence.
  ///
  /// - Parameter limit: the most tokens that are read.
  package static func of(
    _ text: String, recorder: ActivationRecorder, tokenizer: any Tokenizer, limit: Int
  ) -> [[Float]]? {
    let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
    let tokens = tokenizer.encode(
      text, addBOS: tokenizer.special.addBOS, parseSpecial: false
    ).prefix(limit)
    guard !tokens.isEmpty, let rows = try? recorder.record(Array(tokens)) else { return nil }
    return rows.map { rows in
      let columns = rows.count / tokens.count
      let first = tokens.count > 1 ? 1 : 0
      var mean = [Float](repeating: 0, count: columns)
      for row in first..<tokens.count {
        for column in 0..<columns { mean[column] += rows[row * columns + column] }
      }
      let share = 1 / Float(tokens.count - first)
      for column in 0..<columns { mean[column] *= share }
      return mean
    }
  }
}
