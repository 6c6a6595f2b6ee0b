import Foundation
import Mneme
import MnemeCLI
import TestSupport
import Testing

@Suite("A chat template that cannot be used is not replaced in silence")
struct TemplateRemarkTests {
  static let unusable = [
    "{% for m in messages %}<|im_start|>{{ m.role }} {{ m.content | urlize }}<|im_end|>{% endfor %}",
    "<|im_start|>{{ messages[-1].content }}", "<|im_start|>{% if %}",
    "<|im_start|>{{ raise_exception('\u{1B}[31mno') }}",
  ]

  private func model(_ template: String) throws -> TinyModel {
    try TinyModel(TinyModel.Shape { $0.chatTemplate = template })
  }

  @Test("One line says what, why, what instead, and what to do", arguments: unusable)
  func text(template: String) throws {
    let tiny = try model(template)
    let summary = try LanguageModel(path: tiny.path, threads: 1).summary
    let remark = try #require(TemplateRemark.text(of: summary))
    #expect(remark.hasPrefix("the model's own chat template is not used (the chat template"))
    #expect(remark.contains(try #require(summary.templateNote).prefix(30)))
    #expect(remark.hasSuffix("form chatml is used. Hint: --chat-template NAME chooses another."))
    #expect(!remark.contains("\n") && !remark.contains("\u{1B}"))
    let named = try LanguageModel(path: tiny.path, threads: 1, chatTemplate: .llama3)
    #expect(TemplateRemark.text(of: named.summary) == nil)
    let fine = try model(TinyVocabulary.chatTemplate)
    #expect(
      TemplateRemark.text(of: try LanguageModel(path: fine.path, threads: 1).summary) == nil)
  }

  #if os(Linux)
    @Test(
      "The program says it once on standard error, and -q silences it",
      .enabled(if: BuiltProgram.path != nil))
    func program() throws {
      let tiny = try model(Self.unusable[0])
      let remark = "mneme: the model's own chat template is not used ("
      func remarks(_ line: String) throws -> Int {
        let arguments = line.split(separator: " ").map(String.init)
        let result = try BuiltProgram.run(arguments, model: tiny.path)
        #expect(result.code == 0, "\(line): \(result.error)")
        #expect(!result.out.contains(remark), "\(line)")
        return result.error.ranges(of: remark).count
      }
      for (line, count) in [
        ("chat --no-history --tokens 2 -c hi -c ho", 1),
        ("chat --no-history -q --tokens 2 -c hi", 0),
        ("chat --no-history --tokens 2 --chat-template mneme -c hi", 0),
        ("generate --chat hi --tokens 2", 1), ("generate --chat hi --tokens 2 -q", 0),
        ("generate hi --tokens 2", 0),
      ] {
        #expect(try remarks(line) == count, "\(line)")
      }
      let info = try BuiltProgram.run(["model", "info", "--json"], model: tiny.path)
      let object = try JSONSerialization.jsonObject(with: Data(info.out.utf8))
      let fields = try #require(object as? [String: Any])
      #expect((fields["template_note"] as? String)?.contains("'urlize' is not supported") == true)
      #expect(fields["template_source"] as? String == "built-in")
      #expect(fields["template_family"] as? String == "chatml")
    }

    @Test(
      "A folder's template may lie in the file of processors",
      .enabled(if: BuiltProgram.path != nil))
    func folder() throws {
      let folder = try TinyFolder(TinyModel())
      let place = URL(fileURLWithPath: folder.path + "/chat_template.json")
      func info(_ json: String) throws -> [String: Any] {
        try Data(json.utf8).write(to: place)
        let result = try BuiltProgram.run(["model", "info", "--json"], model: folder.path)
        #expect(result.code == 0, "\(result.error)")
        let object = try JSONSerialization.jsonObject(with: Data(result.out.utf8))
        return try #require(object as? [String: Any])
      }
      let own = "{% for m in messages %}{{ m.role }}: {{ m.content }};{% endfor %}"
      let used = try info("{\"chat_template\": \"\(own)\"}")
      #expect(used["template"] as? String == own && used["template_source"] as? String == "file")
      #expect(used["template_note"] == nil)
      let none = try info("{\"chat_template\": {\"tool_use\": \"x\"}}")
      #expect((none["template_note"] as? String)?.contains("'default'") == true)
    }
  #endif
}
