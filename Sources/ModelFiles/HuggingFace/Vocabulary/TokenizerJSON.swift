/// A `tokenizer.json` of the tokenizers library.
struct TokenizerJSON {
  let path: String
  let root: JSONValue
  let model: JSONValue
  /// The steps of the normaliser and of the pre-tokenizer, with sequences flattened.
  let normalizers: [JSONValue]
  let preTokenizers: [JSONValue]
  let added: [AddedToken]

  /// A token that is matched as a whole.
  struct AddedToken {
    let id: Int
    let content: String
    let isSpecial: Bool
    let flags: Set<AddedTokenFlag>
  }

  init(_ root: JSONValue, path: String) throws(ModelFileError) {
    self.path = path
    self.root = root
    guard let model = root.member("model") else {
      throw .malformed(
        path: path, what: "the file describes no tokenizer", offset: nil, expected: "a 'model'")
    }
    self.model = model
    normalizers = Self.steps(root.member("normalizer"), "normalizers")
    preTokenizers = Self.steps(root.member("pre_tokenizer"), "pretokenizers")
    var added: [AddedToken] = []
    for token in root.member("added_tokens")?.array ?? [] {
      guard let id = token.member("id")?.integer, let content = token.member("content")?.string,
        (0..<VocabularyDraft.largestCount).contains(id)
      else {
        throw .malformed(
          path: path, what: "added token \(added.count) is incomplete", offset: nil,
          expected: "an 'id' and a 'content'")
      }
      let isSpecial = token.member("special")?.boolean ?? false
      added.append(
        AddedToken(
          id: id, content: content, isSpecial: isSpecial, flags: AddedTokenFlag.set(of: token)))
    }
    self.added = added
  }

  private static func steps(_ value: JSONValue?, _ list: String, depth: Int = 0) -> [JSONValue] {
    guard let value else { return [] }
    guard depth < 4, value.member("type")?.string == "Sequence",
      let parts = value.member(list)?.array
    else { return [value] }
    return parts.flatMap { steps($0, list, depth: depth + 1) }
  }

  /// The vocabulary under GGUF's keys.
  func draft() throws(ModelFileError) -> VocabularyDraft {
    var draft: VocabularyDraft
    // Older files have no model type; those with merges are BPE.
    switch model.member("type")?.string ?? (model.member("merges") == nil ? "" : "BPE") {
    case "BPE":
      try refuseAffixes()
      let isByteLevel = preTokenizers.contains { $0.member("type")?.string == "ByteLevel" }
      draft = try isByteLevel ? byteLevelDraft() : sentencePieceDraft()
    case "Unigram": draft = try unigramDraft()
    case let other:
      throw unsupported("the tokenizer is of the kind \(quoted(other))", expected: "BPE or Unigram")
    }
    draft.keep(flags: try flags())
    applyTemplate(to: &draft)
    return draft
  }

  /// The flags of added tokens that make a difference.
  ///
  /// - Throws: `ModelFileError` for those that cannot be followed exactly.
  private func flags() throws(ModelFileError) -> [Int: Set<AddedTokenFlag>] {
    var flags: [Int: Set<AddedTokenFlag>] = [:]
    // Without a normaliser normalised text is the text, and the order matters only where a flag looks at what is around.
    let isPlain =
      normalizers.isEmpty && added.allSatisfy { $0.flags.isSubset(of: [.normalized]) }
    let splits = preTokenizers.contains { $0.member("type")?.string == "WhitespaceSplit" }
    let replacesSpaces = normalizers.contains { $0.member("type")?.string == "Replace" }
    for token in added {
      flags[token.id] = isPlain ? [] : token.flags
      guard token.flags.contains(.normalized) else { continue }
      if splits {
        throw unsupported(
          "the added token \(quoted(token.content)) is looked for in normalised text that is then "
            + "split at white space", expected: "'normalized' false")
      }
      if replacesSpaces, !token.flags.isDisjoint(with: [.lstrip, .rstrip]) {
        throw unsupported(
          "the added token \(quoted(token.content)) takes white space with it from text whose "
            + "spaces are replaced before", expected: "'normalized' false")
      }
    }
    return flags
  }

  private func refuseAffixes() throws(ModelFileError) {
    for name in ["continuing_subword_prefix", "end_of_word_suffix"]
    where model.member(name)?.string?.isEmpty == false {
      throw unsupported("the tokenizer uses a \(quoted(name))", expected: "none")
    }
  }

  /// An error for settings that are valid but cannot be reproduced exactly.
  func unsupported(_ what: String, expected: String?) -> ModelFileError {
    .malformed(path: path, what: what, offset: nil, expected: expected)
  }

  /// The pieces of a BPE model and the added tokens, by id.
  func tokens(
    kind: (_ piece: String) -> VocabularyDraft.Kind, score: (_ piece: String) -> Float
  ) throws(ModelFileError) -> [(piece: String, kind: VocabularyDraft.Kind, score: Float)?] {
    guard let members = model.member("vocab")?.object, !members.isEmpty else {
      throw unsupported("the vocabulary is missing", expected: "an object of pieces and ids")
    }
    var tokens: [(piece: String, kind: VocabularyDraft.Kind, score: Float)?] = []
    for member in members {
      guard let id = member.value.integer, (0..<VocabularyDraft.largestCount).contains(id) else {
        throw unsupported(
          "the id of the piece \(quoted(member.name)) is no sound number",
          expected: "0 to \(VocabularyDraft.largestCount - 1)")
      }
      while tokens.count <= id { tokens.append(nil) }
      guard tokens[id] == nil else {
        throw .duplicate(path: path, what: "the token id", name: "\(id)")
      }
      tokens[id] = (member.name, kind(member.name), score(member.name))
    }
    try place(added, into: &tokens)
    return tokens
  }

  /// Puts added tokens at their ids.
  func place(
    _ added: [AddedToken],
    into tokens: inout [(piece: String, kind: VocabularyDraft.Kind, score: Float)?]
  ) throws(ModelFileError) {
    let unknown = unknownPiece
    for token in added {
      while tokens.count <= token.id { tokens.append(nil) }
      if let piece = tokens[token.id]?.piece, ByteString(piece) != ByteString(token.content) {
        throw unsupported(
          "added token \(token.id) is called \(quoted(token.content)) and \(quoted(piece))",
          expected: "one name")
      }
      let kind: VocabularyDraft.Kind =
        token.content == unknown ? .unknown : token.isSpecial ? .control : .userDefined
      tokens[token.id] = (token.content, kind, 0)
    }
  }

  /// The unknown piece, for text without any other; byte-level vocabularies need none.
  var unknownPiece: String? { model.member("unk_token")?.string }

  /// The merges as pairs; the library has written them as "left right" and as lists of two.
  func merges() throws(ModelFileError) -> [(left: String, right: String)] {
    guard let values = model.member("merges")?.array else {
      throw unsupported("the merges are missing", expected: "a list")
    }
    var merges: [(left: String, right: String)] = []
    merges.reserveCapacity(values.count)
    for value in values {
      if let text = value.string {
        let parts = text.split(
          separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty {
          merges.append((String(parts[0]), String(parts[1])))
          continue
        }
      } else if let parts = value.array, parts.count == 2, let left = parts[0].string,
        let right = parts[1].string, !left.isEmpty, !right.isEmpty
      {
        merges.append((left, right))
        continue
      }
      throw unsupported("merge \(merges.count) is not a pair of pieces", expected: nil)
    }
    return merges
  }

  /// Whether texts begin and end with special tokens, by the template for single texts.
  private func applyTemplate(to draft: inout VocabularyDraft) {
    let processors = Self.steps(root.member("post_processor"), "processors")
    guard
      let template = processors.first(where: {
        $0.member("type")?.string == "TemplateProcessing"
      }), let parts = template.member("single")?.array
    else { return }
    func special(_ part: JSONValue?) -> Int? {
      part?.member("SpecialToken")?.member("id")?.string.flatMap { draft.id(of: $0) }
    }
    let begin = special(parts.first)
    let end = special(parts.last)
    draft.addsBOS = begin != nil
    draft.addsEOS = end != nil && parts.count > 1
    if let begin { draft.metadata["tokenizer.ggml.bos_token_id"] = .unsigned(UInt64(begin)) }
    if let end, parts.count > 1 {
      draft.metadata["tokenizer.ggml.eos_token_id"] = .unsigned(UInt64(end))
    }
  }
}
