import Foundation
import Mneme
import MnemeEvaluation
import Testing

@Suite("Knowledge edits")
struct KnowledgeEditTests {
  @Test("A CounterFact record")
  func counterFact() throws {
    let json = """
      [{"case_id": 0, "requested_rewrite": {"prompt": "The mother tongue of {} is", "subject": "Ann Bee",
        "target_new": {"str": "English", "id": "Q1"}, "target_true": {"str": "French", "id": "Q2"}},
        "paraphrase_prompts": ["A. Ann Bee, a native"], "neighborhood_prompts": ["Bob Cee spoke", "Dan"],
        "attribute_prompts": []}]
      """
    let edits = try KnowledgeEdit.decode(Data(json.utf8), path: "c.json")
    #expect(
      edits == [
        KnowledgeEdit(
          prompt: "The mother tongue of Ann Bee is", new: "English", old: "French",
          paraphrases: ["A. Ann Bee, a native"], neighbours: ["Bob Cee spoke", "Dan"])
      ])
  }

  @Test("Two successive edits of one fact are a rewrite of the first by the second")
  func coverage() throws {
    func edit(_ object: String) -> String {
      """
      {"relation": {"prompt": "The father of {} is", "query": "Who is the father of {}?"},
       "subject": {"label": "Ann Bee"}, "new_object": {"label": "\(object)"}}
      """
    }
    let json = #"[{"edits": [\#(edit("Bob")), \#(edit("Cid"))], "type": "coverage"}]"#
    let edits = try KnowledgeEdit.decode(Data(json.utf8), path: "c.json")
    #expect(
      edits == [
        KnowledgeEdit(
          prompt: "The father of Ann Bee is", new: "Cid", old: "Bob",
          paraphrases: ["Who is the father of Ann Bee?"], isRewrite: true)
      ])
  }

  @Test(
    "Anything else is refused with its place",
    arguments: ["", "{}", "[1]", #"[{"edits": []}]"#, #"[{"prompt": "x"}]"#, "not json"])
  func refuses(text: String) {
    #expect(throws: EvaluationError.invalidEdits(path: "x.json")) {
      _ = try KnowledgeEdit.decode(Data(text.utf8), path: "x.json")
    }
  }
}
