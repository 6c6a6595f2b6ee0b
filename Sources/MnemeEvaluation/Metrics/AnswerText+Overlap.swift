extension AnswerText {
  /// The word overlap of the generated answer with the best matching one of `answers`, 0 to 1: the harmonic mean of
  /// precision and recall over words with their multiplicity.
  ///
  /// The F1 of SQuAD's evaluation script (Rajpurkar et al. 2016, arXiv 1606.05250); as there, an answer without words
  /// scores 1 only if the generated answer has none either, and otherwise 0. The generated answer is `answer(in:)`.
  public static func f1(_ generated: String, _ answers: [String]) -> Double {
    let found = words(answer(in: generated))
    var best = 0.0
    for answer in answers {
      let expected = words(answer)
      guard !expected.isEmpty, !found.isEmpty else {
        best = max(best, expected.isEmpty == found.isEmpty ? 1 : 0)
        continue
      }
      var counts: [Substring: Int] = [:]
      for word in expected { counts[word, default: 0] += 1 }
      var common = 0
      for word in found {
        if let left = counts[word], left > 0 {
          counts[word] = left - 1
          common += 1
        }
      }
      guard common > 0 else { continue }
      let precision = Double(common) / Double(found.count)
      let recall = Double(common) / Double(expected.count)
      best = max(best, 2 * precision * recall / (precision + recall))
    }
    return best
  }

  /// Whether one of `answers` appears in `generated` and none of `wrong` does: the rule of BABILong (Kuratov et al.
  /// 2024, arXiv 2406.10149) for answers that are labels, under which naming every label does not count as an answer.
  public static func containsOnly(
    _ generated: String, _ answers: [String], wrong: [String]
  ) -> Bool {
    contains(generated, answers) && !contains(generated, wrong)
  }
}
