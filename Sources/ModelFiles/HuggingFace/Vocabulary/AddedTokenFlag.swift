/// What an added token does with the text around it, by the tokenizers library's names.
enum AddedTokenFlag: String, CaseIterable {
  /// Includes the white space before it.
  case lstrip
  /// Includes the white space after it.
  case rstrip
  /// Is not matched inside a word.
  case singleWord = "single_word"
  /// Is looked for in normalised text, after all other tokens.
  case normalized

  /// The flags of a token as a file describes it.
  static func set(of token: JSONValue) -> Set<AddedTokenFlag> {
    Set(allCases.filter { token.member($0.rawValue)?.boolean ?? false })
  }
}

extension VocabularyDraft {
  /// Keeps the flags of tokens, under a key for each flag that any has.
  mutating func keep(flags: [Int: Set<AddedTokenFlag>]) {
    for flag in AddedTokenFlag.allCases {
      let ids = flags.filter { $0.value.contains(flag) }.keys.sorted()
      guard !ids.isEmpty else { continue }
      metadata["tokenizer.mneme.\(flag.rawValue)_token_ids"] = .unsignedArray(
        ids.map { UInt64($0) })
    }
  }
}
