import Foundation
import Generation
import Tokenization
import Transformer

/// A question whose answers were scored in one arm, and the reply to it as far as it goes.
struct AskedQuestion {
  let question: Question
  /// Its number.
  let index: Int
  /// The most tokens of a reply.
  let limit: Int
  let contextTokens: Int
  /// The logits before the reply, [vocabulary].
  let first: [Float]
  /// -log p of each token of the expected answer.
  let scores: [Double]
  /// Answers that would be wrong.
  let wrong: [String]
  /// The mean -log p of the likeliest of them; infinite without any.
  let bestWrong: Double
  var reply: Reply

  /// A reply in a session of its own.
  struct Reply {
    private var generator: TokenGenerator
    private var stream: TextStream
    private var content = ""

    init(_ generator: TokenGenerator, _ stream: TextStream) {
      self.generator = generator
      self.stream = stream
    }

    var session: TransformerSession { generator.session }

    /// What was said, without white space around it.
    var text: String { content.trimmingCharacters(in: .whitespacesAndNewlines) }

    /// Generates the whole reply.
    mutating func generate() throws {
      while let token = try generator.next() { content += stream.append(token.id) }
    }

    /// Generates several replies, token by token together: the same ones in less time.
    static func generate(_ replies: inout [Reply]) throws {
      var generators = replies.map(\.generator)
      while true {
        let tokens = try TokenGenerator.next(&generators)
        guard tokens.contains(where: { $0 != nil }) else { return }
        for (index, token) in tokens.enumerated() {
          guard let token else { continue }
          replies[index].content += replies[index].stream.append(token.id)
        }
      }
    }
  }

  /// Generates the replies to questions that were asked in sessions of their own.
  static func reply(to asked: inout [AskedQuestion]) throws {
    var replies = asked.map(\.reply)
    try Reply.generate(&replies)
    for index in asked.indices { asked[index].reply = replies[index] }
  }
}
