import Foundation
import Generation
import ModelFiles
import TestSupport
import Testing
import Tokenization

/// Everything that transformers renders is rendered the same here, and what raises there is an error here.
@Suite("Jinja as transformers renders it") struct JinjaPeerTests {
  @Test func everyPieceOfTheLanguage() throws {
    let fixture = try JinjaFixture.load()
    let variables = fixture.variables.variables
    for snippet in fixture.language {
      let text = try? JinjaTemplate(snippet.template)
        .render(variables, clock: JinjaFixture.clock).text
      #expect(
        text == snippet.text, "\(snippet.template.debugDescription)")
    }
    #expect(fixture.language.count >= 477)
  }

  @Test func everyTemplateOverEveryConversation() throws {
    let fixture = try JinjaFixture.load()
    let (rendered, differing) = try Self.compare(fixture)
    #expect(differing.isEmpty, "\(differing)")
    #expect(rendered == 627)
    #expect(fixture.templates.count == 19)
  }

  /// Templates from elsewhere, rendered by the script into a file of its own.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["MNEME_CHAT_TEMPLATES"] != nil))
  func templatesFromElsewhere() throws {
    let path = try #require(ProcessInfo.processInfo.environment["MNEME_CHAT_TEMPLATES"])
    let fixture = try JinjaFixture.load(URL(fileURLWithPath: path))
    let (rendered, differing) = try Self.compare(fixture)
    print("\(fixture.templates.count) templates, \(rendered) conversations")
    let tokenizer = try loadTokenizer(from: SmallVocabulary().file())
    for item in fixture.templates {
      let template = ChatTemplate(detecting: item.template, tokenizer: tokenizer)
      if let note = template.note { print("not used: \(item.name): \(note.explanation.what)") }
    }
    #expect(differing.isEmpty, "\(differing)")
  }

  /// How many conversations were rendered, and which differ.
  private static func compare(_ fixture: JinjaFixture) throws -> (Int, [String]) {
    var rendered = 0
    var differing: [String] = []
    for template in fixture.templates {
      let jinja: JinjaTemplate
      do { jinja = try JinjaTemplate(template.template) } catch {
        if template.results.contains(where: { $0.text != nil }) {
          differing.append("\(template.name): \(error.explanation)")
        }
        continue
      }
      for result in template.results {
        let hasTools = result.conversation >= fixture.withoutTools
        let variables: [String: JinjaValue] = [
          "messages": fixture.conversations[result.conversation].messages,
          "tools": hasTools ? fixture.tools.value() : .none, "documents": .none,
          "add_generation_prompt": .bool(result.prompt), "bos_token": .text("<s>"),
          "eos_token": .text("</s>"),
        ]
        rendered += 1
        do throws(JinjaError) {
          let text = try jinja.render(variables, clock: JinjaFixture.clock).text
          if text != result.text {
            differing.append("\(template.name) \(result.conversation): \(text.debugDescription)")
          }
        } catch {
          if result.text != nil {
            differing.append("\(template.name) \(result.conversation): \(error.explanation)")
          }
        }
      }
    }
    return (rendered, differing)
  }
}
