import Generation
import TestSupport
import Testing

@Suite("Sentences: statements are learned, questions are not") struct SentenceTests {
  @Test(arguments: [
    ("My dog is called Bozkif.", "My dog is called Bozkif."),
    ("What is my dog called?", ""),
    ("I live in Oslo. Where do you live?", "I live in Oslo."),
    ("Really?! I did not know.", " I did not know."),
    ("She asked \"Who?\" and left.", " and left."),
    ("It costs 3.50 today", "It costs 3.50 today"),
    ("", ""),
  ])
  func keepsStatements(text: String, learned: String) {
    let parts = Sentence.split(text)
    #expect(parts.map(\.text).joined() == text)
    #expect(parts.filter { !$0.isQuestion }.map(\.text).joined() == learned)
  }
}
