package import Mneme

/// A memory file's description for people.
package enum MemoryInfoText {
  /// Identity first, then a table of the modules.
  package static func lines(_ info: MemoryFileInfo) -> [String] {
    var table = TextTable(["module", "entries", "tokens seen", "state"])
    for module in info.modules {
      table.add([
        module.kind, Figures.count(module.entries), Figures.count(module.tokens_seen),
        Figures.bytes(module.state_bytes),
      ])
    }
    let name = info.model.map { "\($0.name ?? $0.architecture) \($0.type), " } ?? ""
    let tokenizer = info.model.map { String($0.tokenizer.prefix(12)) }
    return [
      "format     \(info.format)",
      "model      \(name)\(info.model_fingerprint.prefix(12))",
      "tokenizer  \(tokenizer ?? "not recorded")",
      "adapter    \(info.adapter_fingerprint.prefix(12))",
      "created    \(info.created)",
      "updated    \(info.updated)",
      "journal    \(Figures.plural(info.journal_tokens, "token"))",
      "sha256     \(info.sha256)",
    ] + (info.encryption.map { ["sealed     \($0)"] } ?? []) + [""] + table.lines
  }
}
