/// The settings besides a tokenizer: special tokens, end-of-generation tokens, and the chat template.
struct TokenizerSettings {
  private let folder: VocabularyFolder
  private let config: JSONValue?
  private let map: JSONValue?
  private let generation: JSONValue?
  private let legacyTokens: JSONValue?
  private let template: String?
  /// The file in which processors kept their templates before there was `chat_template.jinja`.
  private let templates: JSONValue?

  init(_ folder: VocabularyFolder) throws(ModelFileError) {
    self.folder = folder
    config = try folder.json("tokenizer_config.json")
    map = try folder.json("special_tokens_map.json")
    generation = try folder.json("generation_config.json")
    legacyTokens = try folder.json("added_tokens.json")
    template = try folder.text("chat_template.jinja", limit: 4 << 20)
    templates = try folder.json("chat_template.json")
  }

  /// Adds the tokens of `added_tokens.json` and the configuration to a vocabulary that does not contain them itself.
  func addTokens(to draft: inout VocabularyDraft) throws(ModelFileError) {
    let path = folder.file("added_tokens.json")
    var added: [Int: (piece: String, isSpecial: Bool)] = [:]
    var flags: [Int: Set<AddedTokenFlag>] = [:]
    let special = specialNames
    for member in legacyTokens?.object ?? [] {
      guard let id = member.value.integer else {
        throw .malformed(
          path: path, what: "the id of \(quoted(member.name)) is no number", offset: nil,
          expected: nil)
      }
      added[id] = (member.name, special.contains(ByteString(member.name)))
    }
    for member in config?.member("added_tokens_decoder")?.object ?? [] {
      guard let id = Int(member.name), let piece = member.value.member("content")?.string else {
        throw .malformed(
          path: folder.file("tokenizer_config.json"),
          what: "the added token \(quoted(member.name)) is incomplete", offset: nil, expected: nil)
      }
      added[id] = (piece, member.value.member("special")?.boolean ?? false)
      // A SentencePiece model's text is searched for them as it stands.
      if id >= 0 { flags[id] = AddedTokenFlag.set(of: member.value).subtracting([.normalized]) }
    }
    draft.keep(flags: flags)
    for (id, token) in added.sorted(by: { $0.key < $1.key }) {
      if let known = draft.id(of: token.piece) {
        draft.inline.remove(known)
        if token.isSpecial, draft.kinds[known] == .normal { draft.mark(known, as: .control) }
        if !token.isSpecial, draft.kinds[known] == .normal { draft.mark(known, as: .userDefined) }
        continue
      }
      guard id >= draft.pieces.count, id < VocabularyDraft.largestCount else {
        throw .malformed(
          path: path, what: "the added token \(quoted(token.piece)) has the id \(id)", offset: nil,
          expected: "an id after those of the vocabulary")
      }
      try draft.pad(to: id)
      try draft.append(token.piece, token.isSpecial ? .control : .userDefined, 0)
    }
  }

  private var specialNames: Set<ByteString> {
    var names: [String] = []
    for source in [map, config] {
      for member in source?.object ?? [] {
        if member.name.hasSuffix("_token") { names += [Self.name(member.value)].compactMap(\.self) }
        if member.name == "additional_special_tokens" {
          names += (member.value.array ?? []).compactMap(Self.name)
        }
      }
    }
    return Set(names.map(ByteString.init(_:)))
  }

  /// A token's piece, written alone or with its settings.
  private static func name(_ value: JSONValue) -> String? {
    value.string ?? value.member("content")?.string
  }

  /// Puts everything into the vocabulary's metadata.
  func apply(to draft: inout VocabularyDraft) throws(ModelFileError) {
    let keys = [
      ("bos_token", "bos"), ("eos_token", "eos"), ("unk_token", "unknown"),
      ("pad_token", "padding"),
      ("sep_token", "seperator"),
    ]
    for (name, key) in keys {
      guard let value = config?.member(name) ?? map?.member(name), let piece = Self.name(value),
        let id = draft.id(of: piece)
      else { continue }
      draft.metadata["tokenizer.ggml.\(key)_token_id"] = .unsigned(UInt64(id))
    }
    let addsBOS = config?.member("add_bos_token")?.boolean ?? draft.addsBOS ?? false
    let addsEOS = config?.member("add_eos_token")?.boolean ?? draft.addsEOS ?? false
    draft.metadata["tokenizer.ggml.add_bos_token"] = .bool(addsBOS)
    draft.metadata["tokenizer.ggml.add_eos_token"] = .bool(addsEOS)
    try applyEnds(to: &draft)
    applyTemplates(to: &draft)
  }

  /// Every token after which the model's authors stop a generation.
  private func applyEnds(to draft: inout VocabularyDraft) throws(ModelFileError) {
    guard let value = generation?.member("eos_token_id") else { return }
    var ends: [Int] = []
    for entry in value.array ?? [value] {
      guard let id = entry.integer, draft.pieces.indices.contains(id) else {
        throw .malformed(
          path: folder.file("generation_config.json"),
          what: "an 'eos_token_id' is no token of the vocabulary", offset: nil,
          expected: "0 to \(draft.pieces.count - 1)")
      }
      ends.append(id)
    }
    if draft.metadata["tokenizer.ggml.eos_token_id"] == nil, let first = ends.first {
      draft.metadata["tokenizer.ggml.eos_token_id"] = .unsigned(UInt64(first))
    }
    draft.metadata["tokenizer.mneme.eog_token_ids"] = .unsignedArray(ends.map { UInt64($0) })
    let turns = ["<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>", "<|eom_id|>"]
    if let turn = turns.compactMap({ draft.id(of: $0) }).first(where: ends.contains) {
      draft.metadata["tokenizer.ggml.eot_token_id"] = .unsigned(UInt64(turn))
    }
  }

  /// As in transformers `chat_template.jinja` counts before `chat_template.json`, and both before the configuration.
  private func applyTemplates(to draft: inout VocabularyDraft) {
    let main = "tokenizer.chat_template"
    if let template { draft.metadata[main] = .string(template) }
    for source in [templates, config] {
      guard let value = source?.member("chat_template"), value != .null else { continue }
      let named = Self.named(value)
      for (name, text) in named where name != "default" {
        draft.metadata["\(main).\(name)"] = draft.metadata["\(main).\(name)"] ?? .string(text)
      }
      guard draft.metadata[main] == nil else { continue }
      // What is there and no text is kept as what it is, so that it can be said that it is not used.
      draft.metadata[main] =
        (value.string ?? named.last { $0.name == "default" }?.text).map { .string($0) }
        ?? .stringArray(named.map(\.name))
    }
  }

  /// Templates with names: a list of dictionaries, or a dictionary.
  private static func named(_ value: JSONValue) -> [(name: String, text: String)] {
    let listed = (value.array ?? []).compactMap { entry in
      entry.member("name")?.string.flatMap { name in
        entry.member("template")?.string.map { (name, $0) }
      }
    }
    let keyed = (value.object ?? []).compactMap { member in
      member.value.string.map { (member.name, $0) }
    }
    return (listed + keyed).map { (name: $0.0, text: $0.1) }
  }
}
