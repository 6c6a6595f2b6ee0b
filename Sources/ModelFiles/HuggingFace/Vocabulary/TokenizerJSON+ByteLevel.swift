extension TokenizerJSON {
  /// Byte-level BPE: GGUF's `gpt2` with the name of the pre-tokenizer.
  func byteLevelDraft() throws(ModelFileError) -> VocabularyDraft {
    let pre = try publishedName()
    let merges = try merges()
    guard !merges.contains(where: { $0.left.contains(" ") || $0.right.contains(" ") }) else {
      throw unsupported("a merge joins pieces with spaces", expected: "GPT-2's byte alphabet")
    }
    var draft = try VocabularyDraft(
      path: path, model: "gpt2", tokens: try tokens(kind: { _ in .normal }, score: { _ in 0 }))
    let takesWholeWords = model.member("ignore_merges")?.boolean ?? false
    let name = pre == "dbrx" && takesWholeWords ? "llama-bpe" : pre
    draft.metadata["tokenizer.ggml.pre"] = .string(name)
    draft.metadata["tokenizer.ggml.merges"] = .stringArray(
      merges.map { $0.left + " " + $0.right })
    draft.metadata["tokenizer.mneme.ignore_merges"] = .bool(takesWholeWords)
    for step in normalizers {
      guard step.member("type")?.string == "NFC" else {
        throw unsupported(
          "the normaliser is \(quoted(step.member("type")?.string ?? ""))", expected: "NFC or none")
      }
      draft.metadata["tokenizer.mneme.normalizer"] = .string("NFC")
    }
    return draft
  }

  /// llama.cpp's name of the pre-tokenizer.
  private func publishedName() throws(ModelFileError) -> String {
    var described: [PublishedPattern.Step] = []
    for step in preTokenizers { described.append(try describe(step)) }
    if let name = PublishedPattern.name(of: described) { return name }
    let unknown = described.compactMap { step -> String? in
      if case .split(let pattern, _) = step { pattern } else { nil }
    }
    throw unsupported(
      unknown.isEmpty
        ? "the pre-tokenizer is none of the published ones"
        : "the pre-tokenizer's pattern \(quoted(unknown.joined(separator: " "))) is none of the "
          + "published ones",
      expected: "that of \(PublishedPattern.names.joined(separator: ", "))")
  }

  private func describe(_ step: JSONValue) throws(ModelFileError) -> PublishedPattern.Step {
    let type = step.member("type")?.string
    switch type {
    case "ByteLevel" where step.member("add_prefix_space")?.boolean == true:
      throw unsupported("the pre-tokenizer puts a space in front of texts", expected: "none")
    case "ByteLevel": return .bytes(cuts: step.member("use_regex")?.boolean ?? true)
    case "Digits" where step.member("individual_digits")?.boolean == true: return .digits
    case "Split":
      let behavior = step.member("behavior")?.string ?? ""
      let invert = step.member("invert")?.boolean ?? false
      if let pattern = step.member("pattern")?.member("Regex")?.string {
        if behavior == "Isolated" { return .split(pattern, keepsRest: true) }
        if behavior == "Removed", invert { return .split(pattern, keepsRest: false) }
      }
      throw unsupported(
        "the pre-tokenizer's step 'Split' is \(quoted(behavior))", expected: "a regex, 'Isolated'")
    default:
      throw unsupported(
        "the pre-tokenizer's step \(quoted(type ?? "")) is not known",
        expected: "Split, Digits for single digits, or ByteLevel")
    }
  }
}
