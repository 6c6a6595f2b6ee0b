package import Memory
import Tensors
import Tokenization
import Transformer

/// How likely the host model itself finds a question after a fact: the query likelihood of Ponte and Croft (1998) with a
/// language model's own probabilities, as Sachan et al. rank passages with it (2022, arXiv 2204.07496).
///
/// It reads both sentences together, where vectors (`MeaningEncoder`) are made of each alone; it is slower, and worse by
/// itself, so it only decides between facts that fit a question about equally well.
package final class QuestionLikelihood {
  private let tokenizer: any Tokenizer
  private let session: TransformerSession

  /// The most tokens of a fact and of a question that are read.
  private static let length = 96

  /// Nil without a tokenizer, or where the context has no room.
  package init?(context: ModuleContext) {
    let length = min(2 * Self.length, context.model.configuration.contextLength)
    guard let tokenizer = context.tokenizer, length > 8 else { return nil }
    self.tokenizer = tokenizer
    session = TransformerSession(model: context.model, contextLength: length)
  }

  /// log p(question | fact), nats; nil where one of them has no tokens or a value is not finite.
  package func nats(of question: String, after fact: String) -> Float? {
    let half = session.contextLength / 2
    var line = tokenizer.encode(
      RecallForm.closed(fact) + "\n", addBOS: tokenizer.special.addBOS, parseSpecial: false)
    if line.count > half { line = Array(line.suffix(half)) }
    let asked = Array(
      tokenizer.encode(question, addBOS: false, parseSpecial: false).prefix(half))
    guard let last = line.popLast(), !asked.isEmpty else { return nil }
    session.reset()
    do {
      if !line.isEmpty { _ = try session.forward(line, logits: .none) }
      let logits = try session.forward([last] + asked.dropLast(), logits: .all)
      let sum = asked.indices.reduce(Float(0)) { sum, row in
        logits.withRow(row) { values in
          guard let start = values.baseAddress else { return .nan }
          let total = LinearAlgebra.logSumExp(start, count: values.count)
          return sum + values[Int(asked[row])] - total
        }
      }
      return sum.isFinite ? sum : nil
    } catch {
      return nil
    }
  }
}
