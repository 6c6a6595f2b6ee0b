import Foundation
import MnemeEvaluation
import ModelFiles
import Testing

/// How the tellings of a session are taught.
@Suite("Lessons")
struct LessonTests {
  @Test("A memory of documents is taught what was told as lines of a document, source by source")
  func documents() {
    let tellings = [
      Telling(.statement, "My dog is Rex.", reply: "Nice."),
      Telling(.statement, "It rained."),
      Telling(.statement, "My cat is Tom.", source: "other"),
      Telling(.forget, "", source: "other"),
      Telling(.fact, "My boat is called", answer: "Ida"),
    ]
    let documents = tellings.lessons(source: "s").asDocuments
    #expect(documents.map(\.source) == ["s", "other", "other", "s"])
    #expect(
      documents.map { $0.tellings.map(\.text) } == [
        ["My dog is Rex.\nNice.\nIt rained."], ["My cat is Tom."], [""],
        ["My boat is called Ida"],
      ])
    #expect(
      documents.map { $0.tellings[0].kind } == [.document, .document, .forget, .document])
  }
}
