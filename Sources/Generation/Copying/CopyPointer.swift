public import Tokenization

/// Makes a reply say certain words of a text that it was given, as a pointer network copies from its source (See et al.
/// 2017, arXiv 1704.04368), without training: to the logits of the tokens by which one of the words begins or goes on, a
/// constant is added until the word has been said.
///
/// Small models understand which text a question is about more often than they repeat its answer. A word that does not
/// fit the sentence stays out of it: its logit is further behind than the constant.
public struct CopyPointer: Sendable {
  /// A word, each way its tokens may stand in a reply.
  private struct Word {
    /// After a space, and after a mark or at the beginning.
    let spaced: [Int32]
    let bare: [[Int32]]
    var forms: [[Int32]] { [spaced] + bare }
    /// How often the reply began it.
    var attempts = 0
    var isSaid = false
  }

  /// Added to the logits.
  public let weight: Float
  private let tokenizer: any Tokenizer
  private var words: [Word]
  private var reply: [Int32] = []

  /// A word that was begun so often and never finished is not what the reply wants to say.
  private static let mostAttempts = 2
  /// The most words that are pointed at, the first of the text.
  private static let mostWords = 40

  /// A pointer at words, before the first token of the reply.
  ///
  /// - Parameters:
  ///   - words: as they stand in the text, without blanks.
  ///   - weight: added to the logits of their tokens; at most 0 for none.
  public init(words: [String], tokenizer: any Tokenizer, weight: Float) {
    self.weight = weight
    self.tokenizer = tokenizer
    let words = weight > 0 ? words.prefix(Self.mostWords) : []
    self.words = words.compactMap { word in
      let capitalised = word.prefix(1).uppercased() + word.dropFirst()
      let encode = { tokenizer.encode(fragment: $0, continuing: true) }
      let bare = [encode(word), encode(capitalised)].filter { !$0.isEmpty }
      let spaced = encode(" " + word)
      return spaced.isEmpty || bare.isEmpty ? nil : Word(spaced: spaced, bare: bare)
    }
  }

  /// Whether there is nothing to point at, any more.
  public var isIdle: Bool {
    words.allSatisfy { word in
      word.isSaid
        || word.attempts >= Self.mostAttempts
          && !word.forms.contains { begun(of: $0) != nil }
    }
  }

  /// Takes the next token of the reply.
  public mutating func append(_ token: Int32) {
    let follows = followsMark
    reply.append(token)
    for index in words.indices where !words[index].isSaid {
      let word = words[index]
      if word.forms.contains(where: { ends(with: $0) }) {
        words[index].isSaid = true
      } else if token == word.spaced.first
        || follows && word.bare.contains(where: { $0.first == token })
      {
        words[index].attempts += 1
      }
    }
  }

  /// Adds the weight to the tokens that say one of the words next.
  ///
  /// - Parameter logits: of the reply's next token, [vocabulary].
  public func add(to logits: inout [Float]) {
    var pointed: Set<Int32> = []
    let follows = followsMark
    for word in words where !word.isSaid {
      let mayBegin = word.attempts < Self.mostAttempts
      for (place, tokens) in word.forms.enumerated() {
        // A word goes on where the reply ends with its beginning.
        if let count = begun(of: tokens) {
          pointed.insert(tokens[count])
        } else if mayBegin, place == 0 || follows {
          pointed.insert(tokens[0])
        }
      }
    }
    for token in pointed where logits.indices.contains(Int(token)) {
      logits[Int(token)] += weight
    }
  }

  /// How many first tokens of a word the reply ends with; nil for none.
  private func begun(of tokens: [Int32]) -> Int? {
    (1..<max(1, tokens.count)).last { ends(with: tokens[..<$0]) }
  }

  private func ends(with tokens: some BidirectionalCollection<Int32>) -> Bool {
    reply.suffix(tokens.count).elementsEqual(tokens)
  }

  /// Whether a word may stand without a space before it: at the beginning, and after a mark such as a quotation mark.
  private var followsMark: Bool {
    guard let last = reply.last else { return true }
    guard let byte = tokenizer.bytes(of: last, renderSpecial: false).last else { return true }
    let character = Character(UnicodeScalar(byte))
    return byte < 0x80 && !character.isLetter && !character.isNumber && byte != UInt8(ascii: " ")
  }
}
