import MnemeEvaluation
import Testing

@Suite("Overlap of answers")
struct AnswerOverlapTests {
  /// What was generated, the answers, and what F1 is by hand.
  private static let cases: [(String, [String], Double)] = [
    ("the cat sat", ["cat sat"], 1),
    // Precision 2/3, recall 2/2.
    ("big cat sat", ["cat sat"], 0.8),
    // Precision 1/4, recall 1/2.
    ("one two three four", ["four five"], 0.333_333_333_333_333_3),
    // "red" counts twice in the answer, once in what is expected: precision 1/2, recall 1/2.
    ("red red", ["red blue"], 0.5),
    ("red red", ["red red blue"], 0.8),
    ("nothing alike", ["other words"], 0),
    // The best of several answers.
    ("four five", ["nine", "four", "four five six"], 0.8),
    ("Bozkif.\nAnd more", ["bozkif"], 1),
    ("", ["cat"], 0),
    ("cat", ["the"], 0),
    ("the", ["a"], 1),
    ("", [], 0),
  ]

  @Test("F1 over words, by hand", arguments: cases)
  func f1(generated: String, answers: [String], expected: Double) {
    #expect(abs(AnswerText.f1(generated, answers) - expected) < 1e-12)
  }

  @Test("The right label and no other")
  func only() {
    #expect(AnswerText.containsOnly("In the kitchen.", ["kitchen"], wrong: ["office"]))
    #expect(!AnswerText.containsOnly("In the kitchen or office", ["kitchen"], wrong: ["office"]))
    #expect(!AnswerText.containsOnly("In the garden", ["kitchen"], wrong: ["office"]))
    #expect(AnswerText.containsOnly("In the kitchen", ["kitchen"], wrong: []))
  }
}
