import ModelFiles

/// A SentencePiece-like vocabulary: special tokens, all bytes, letters, and a few hundred beginnings of words.
public struct TinyVocabulary: Sendable {
  /// The pieces by id.
  public let pieces: [String]
  /// The merge scores by id; higher merges first.
  public let scores: [Float]
  /// The kinds by id, with GGUF's numbers.
  public let kinds: [Int64]

  /// The chat template in the file: a role's mark, the text, an end mark.
  public static let chatTemplate =
    "{{ bos_token }}{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}"
    + "<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"

  private static let words =
    """
    the and is are was you your my me it not do does have has what who where when how that this with \
    for from they said there here his her she one two dog cat fish bird house tree river city friend \
    name called likes lives loves eats plays sees goes red blue green small big old new good bad happy \
    yes no hello please thank today tomorrow morning evening water bread milk apple book story garden \
    mother father brother sister Anna Bob Tom hat sun moon star night day light dark cold warm long
    """

  /// Builds the vocabulary; always the same.
  ///
  /// - Parameter marks: further control tokens, the last ids.
  public init(marks: [String] = []) {
    var pieces = ["<unk>", "<s>", "</s>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]
    var kinds: [Int64] = [2, 3, 3, 3, 3, 3, 3]
    for byte in 0..<256 {
      let digits = String(byte, radix: 16, uppercase: true)
      pieces.append("<0x" + (digits.count == 1 ? "0" + digits : digits) + ">")
      kinds.append(6)
    }
    let special = pieces.count
    var known = Set(pieces)
    func add(_ piece: String) {
      guard known.insert(piece).inserted else { return }
      pieces.append(piece)
      kinds.append(1)
    }
    // Every prefix of a word is there, so that pairwise merges can reach the word.
    let words = Self.words.split(whereSeparator: \.isWhitespace).map { "\u{2581}" + $0 }
    for length in 2...(words.map(\.count).max() ?? 2) {
      for word in words where word.count >= length { add(String(word.prefix(length))) }
    }
    add("\u{2581}")
    for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,?!'-:;0123456789\"()" {
      add(String(letter))
    }
    for mark in marks where known.insert(mark).inserted {
      pieces.append(mark)
      kinds.append(3)
    }
    self.pieces = pieces
    self.kinds = kinds
    scores = pieces.indices.map { $0 < special ? 0 : Float(special - $0) }
  }

  /// Writes the vocabulary and the chat template into a file's metadata.
  func describe(in metadata: inout GGUFMetadata, chatTemplate: String = Self.chatTemplate) {
    metadata["tokenizer.ggml.model"] = .string("llama")
    metadata["tokenizer.ggml.pre"] = .string("default")
    metadata["tokenizer.ggml.tokens"] = .stringArray(pieces)
    metadata["tokenizer.ggml.scores"] = .floatArray(scores)
    metadata["tokenizer.ggml.token_type"] = .signedArray(kinds)
    metadata["tokenizer.ggml.unknown_token_id"] = .unsigned(0)
    metadata["tokenizer.ggml.bos_token_id"] = .unsigned(1)
    metadata["tokenizer.ggml.eos_token_id"] = .unsigned(2)
    metadata["tokenizer.ggml.eot_token_id"] = .unsigned(6)
    metadata["tokenizer.ggml.add_bos_token"] = .bool(true)
    metadata["tokenizer.ggml.add_eos_token"] = .bool(false)
    metadata["tokenizer.ggml.add_space_prefix"] = .bool(true)
    metadata["tokenizer.chat_template"] = .string(chatTemplate)
  }
}
