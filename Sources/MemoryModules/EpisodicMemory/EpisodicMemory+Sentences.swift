import Memory
import Tokenization

/// Where one fact ends and the next begins: facts are the sentences that `SentenceScanner` finds.
extension EpisodicMemory {
  /// Ends the current fact if a token begins the next sentence, or if the fact is too long and the token begins a word.
  ///
  /// That a sentence begins is known when its first character is complete; its bytes, and spaces directly before it, go
  /// with it, as in `Sentence.split`. Ends of lines stay.
  func endFact(before token: Int32) {
    guard let tokenizer = context.tokenizer else {
      if let open = state.open, open.count >= configuration.longestFact { close() }
      return
    }
    let bytes = tokenizer.bytes(of: token, renderSpecial: false)
    let before = state.scanner
    let begins = state.scanner.reads(bytes)
    guard let open = state.open else { return }
    if begins {
      let after = state.scanner
      let moved = beginning(of: open, tokenizer, bytes: before.unfinishedBytes)
      let next = moved > 0 ? open.suffix(moved, columns: context.keyColumns) : nil
      if moved > 0 { state.open = open.dropping(last: moved, columns: context.keyColumns) }
      close()
      state.open = next
      state.scanner = after
      return
    }
    guard open.count >= configuration.longestFact else { return }
    let beginsWord =
      bytes.first.map { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") } ?? false
    let mustEnd = open.count >= 2 * configuration.longestFact - 4 && before.unfinishedBytes == 0
    guard beginsWord || mustEnd || open.count >= 2 * configuration.longestFact else { return }
    close()
    _ = state.scanner.reads(bytes)
  }

  /// How many tokens at the end of a fact belong to the sentence after it: those with the first bytes of the character it
  /// begins with, and spaces before them.
  private func beginning(
    of open: FactRecord, _ tokenizer: any Tokenizer, bytes unfinished: Int
  ) -> Int {
    var (count, bytes) = (0, 0)
    let reversed = Array(open.tokens.reversed())
    while count < reversed.count, bytes < unfinished {
      bytes += tokenizer.bytes(of: reversed[count], renderSpecial: false).count
      count += 1
    }
    while count < reversed.count, isSpace(reversed[count], tokenizer) { count += 1 }
    return count < reversed.count ? count : 0
  }

  private func isSpace(_ token: Int32, _ tokenizer: any Tokenizer) -> Bool {
    let bytes = tokenizer.bytes(of: token, renderSpecial: false)
    return !bytes.isEmpty && bytes.allSatisfy { $0 == UInt8(ascii: " ") }
  }

  /// The scanner behind the tokens of an unfinished fact.
  func scanner(behind record: FactRecord?) -> SentenceScanner {
    var scanner = SentenceScanner()
    guard let record, let tokenizer = context.tokenizer else { return scanner }
    for token in record.tokens {
      _ = scanner.reads(tokenizer.bytes(of: token, renderSpecial: false))
    }
    return scanner
  }
}

extension FactRecord {
  /// The record without its last tokens.
  fileprivate func dropping(last count: Int, columns: Int) -> FactRecord {
    var record = self
    record.tokens.removeLast(count)
    record.keys.removeLast(count * columns)
    record.journal.removeLast(count)
    if !surprisals.isEmpty { record.surprisals.removeLast(count) }
    return record
  }

  /// A record of its last tokens.
  fileprivate func suffix(_ count: Int, columns: Int) -> FactRecord {
    var record = FactRecord(id: 0, provenance: provenance)
    record.tokens = Array(tokens.suffix(count))
    record.keys = Array(keys.suffix(count * columns))
    record.journal = Array(journal.suffix(count))
    record.surprisals = Array(surprisals.suffix(count))
    return record
  }
}
