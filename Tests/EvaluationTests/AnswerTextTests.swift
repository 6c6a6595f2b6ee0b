import MnemeEvaluation
import Testing

@Suite("Comparing answers")
struct AnswerTextTests {
  @Test(
    "Normalisation: case, punctuation, articles, white space",
    arguments: [
      ("The  Dog!", ["dog"]),
      ("a cat, an owl; the 3 mice", ["cat", "owl", "3", "mice"]),
      ("Don't e-mail", ["dont", "email"]),
      ("\"Bozkif\".\n", ["bozkif"]),
      ("É", ["é"]),
      ("e\u{301}te\u{301}", ["été"]),
      ("$5 + 3", ["5", "3"]),
      ("An", []),
      ("", []),
    ])
  func words(text: String, expected: [String]) {
    #expect(AnswerText.words(text).map(String.init) == expected)
  }

  @Test(
    "Exact match",
    arguments: [
      ("Your dog is called Bozkif.", ["Your dog is called Bozkif.", "Bozkif"], true),
      ("bozkif", ["Your dog is called Bozkif.", "Bozkif"], true),
      ("The Bozkif!", ["Bozkif"], true),
      ("It is Bozkif", ["Bozkif"], false),
      ("Bozkif\nAnd then more text", ["Bozkif"], true),
      ("\n\n Bozkif", ["Bozkif"], true),
      ("", ["Bozkif"], false),
      ("anything", [""], false),
      ("the", ["a"], false),
    ])
  func exact(generated: String, answers: [String], expected: Bool) {
    #expect(AnswerText.exactMatch(generated, answers) == expected)
  }

  @Test(
    "Contains: whole words, adjacent, in order",
    arguments: [
      ("I think your dog is called Bozkif, right?", ["Bozkif"], true),
      ("Bozkifs are nice", ["Bozkif"], false),
      ("New shining York", ["New York"], false),
      ("in the New York area", ["new york"], true),
      ("York New", ["New York"], false),
      ("first line\nBozkif", ["Bozkif"], true),
      ("x", ["x y"], false),
      ("nothing", [""], false),
    ])
  func contains(generated: String, answers: [String], expected: Bool) {
    #expect(AnswerText.contains(generated, answers) == expected)
  }
}
