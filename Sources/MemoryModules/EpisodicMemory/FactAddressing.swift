/// Chooses the facts of a ledger that a question is compared with.
protocol FactAddressing: AnyObject {
  /// The facts that are read for some words and their meaning; nil for all.
  ///
  /// - Parameters:
  ///   - words: of one sentence.
  ///   - meaning: its vector; nil where meanings are not compared.
  func factsRead(for words: ArraySlice<Word>, meaning: [Float]?) -> Set<Int>?
}
