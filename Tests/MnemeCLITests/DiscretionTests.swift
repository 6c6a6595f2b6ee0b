import ArgumentParser
import Foundation
import Mneme
import MnemeCLI
import MnemeEvaluation
import TestSupport
import Testing

/// What users say does not turn up in what goes wrong: every way to provoke an error, with a word that must not be in it.
@Suite("Discretion", .serialized)
struct DiscretionTests {
  static let marker = "zyxmarker"

  /// The sentence a command ends with; nil when it succeeds.
  private func ending(_ arguments: [String]) async -> String? {
    do {
      var command = try MnemeCommand.parseAsRoot(arguments)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      return nil
    } catch {
      return MnemeCommand.ending(with: error).text
    }
  }

  private func expectDiscreet(
    _ text: String?, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    guard let text else {
      Issue.record("\(what): nothing went wrong", sourceLocation: sourceLocation)
      return
    }
    #expect(
      !text.lowercased().contains(Self.marker), "\(what): \(text)", sourceLocation: sourceLocation)
  }

  @Test("Lines of JSON, edits and transcripts that do not fit")
  func files() throws {
    let marker = Self.marker
    let lines = [
      "{\"prompt\": \"\(marker)\"}", "{\"prompt\": [\"\(marker)\"], \"answer\": \"a\"}",
      "{\"prompt\": \"\(marker)\", \"answer\": [\"\"]}",
      "{\"prompt\": \"\(marker)\", \"answer\": {\"\(marker)\": 1}}",
      "\(marker)", "{\"\(marker)\": \"\(marker)\"", "[\"\(marker)\"]",
      "{\"turns\": [{\"role\": \"\(marker)\"}]}",
      "{\"turns\": [{\"role\": {\"\(marker)\": 1}, \"text\": \"\(marker)\"}]}",
      "{\"turns\": \"\(marker)\"}", "{\"prompt\": \"\\u\(marker)\"}",
    ]
    let folder = try TemporaryFolder()
    for line in lines {
      for decode in [
        { _ = try JSONLines.decode(EvaluationItem.self, from: $0, path: "f") },
        { _ = try JSONLines.decode(ConversationRecord.self, from: $0, path: "f") },
        { _ = try KnowledgeEdit.decode($0, path: "f") },
        { _ = try Transcript.read(from: folder.write($0, as: "t.json")) },
      ] as [(Data) throws -> Void] {
        do { try decode(Data(line.utf8)) } catch {
          expectDiscreet(ErrorRenderer.render(error), line)
        }
      }
    }
  }

  @Test("Foreign errors, which may quote anything")
  func foreign() {
    struct Odd: Error { let text = DiscretionTests.marker }
    struct Localized: LocalizedError { let text = DiscretionTests.marker }
    let context = EncodingError.Context(codingPath: [], debugDescription: Self.marker)
    let decoding = DecodingError.Context(codingPath: [], debugDescription: Self.marker)
    for error: any Error in [
      Odd(), Localized(), EncodingError.invalidValue(Self.marker, context),
      DecodingError.dataCorrupted(decoding), DecodingError.typeMismatch(Int.self, decoding),
    ] {
      expectDiscreet(ErrorRenderer.render(error), "\(type(of: error))")
    }
  }

  @MainActor
  @Test("Lines typed into a chat")
  func repl() async {
    let marker = Self.marker
    let lines = [
      "/\(marker)", "/\(marker) x", "/set \(marker)", "/set \(marker) 1",
      "/set temperature \(marker)", "/set seed \(marker)", "/set tokens \(marker)",
      "/set stats \(marker)", "/detach \(marker)", "/forget \(marker)", "/undo \(marker)",
      "/memory \(marker)", "/show \(marker)", "/stats \(marker)", "/help \(marker)",
      "/edit \(marker)",
    ]
    for line in lines {
      let output = RecordedOutput()
      let repl = REPL(
        conversation: FakeConversation(), model: .sample, source: ScriptLineSource(lines: [line]),
        output: output)
      _ = await repl.run()
      expectDiscreet(output.problems.joined(separator: "\n"), line)
    }
  }

  @Test("Templates that refuse, or stumble over, what was said")
  func templates() async throws {
    let marker = Self.marker
    let refusing = [
      "{{ raise_exception('not ' ~ m.content) }}", "{{ raise_exception(m.content) }}",
      "{{ m.content + 1 }}", "{{ m[m.content].x }}", "{{ m.content.x.y }}",
      "{{ {}[m.content].y }}", "{{ m.content | int('x') + none }}",
      "{{ [m] | map(attribute=m.content) | first + 1 }}", "{{ namespace(a=1)[m.content].b }}",
      "{{ m.content() }}", "{{ m.content | tojson | fromjson }}", "{{ m.content.index('q') }}",
      "{{ [m.content][3].z }}", "{{ '%d' | format(m.content) }}", "{{ (1)[m.content].u }}",
    ]
    var notes = 0
    for expression in refusing {
      // Sound for the words templates are tried with, so that the refusal comes in the chat.
      let template =
        "{% for m in messages %}{% if '\(marker)' in m.content %}\(expression){% endif %}"
        + "<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
        + "{% if add_generation_prompt %}<|assistant|>{% endif %}"
      let tiny = try TinyLlama(chatTemplate: template)
      let model = try LanguageModel(path: tiny.path, threads: 1)
      if let note = model.template.note { expectDiscreet("\(note)", expression) }
      var options = GenerationOptions.greedy
      options.maximumResponseTokens = 2
      let session = ChatSession(model, instructions: "\(marker) rules", options: options)
      for try await event in session.streamDetails(to: "my \(marker)") {
        guard case .notice(.refusedByTemplate(let reason, let form)) = event else { continue }
        notes += 1
        expectDiscreet(reason + form, expression)
      }
    }
    #expect(notes >= 8, "most of them are told")
  }

  @Test("Commands on a memory that holds the word, asked with the word")
  func commands() async throws {
    let marker = Self.marker
    let folder = try TemporaryFolder()
    let model = Repository.bundledModel
    let file = folder.path("a.mneme")
    func run(_ arguments: [String]) async -> String? {
      await ending(arguments + ["--model", model])
    }
    let tell = ["--memory", file, "--module", "episodic", "-q", "--json"]
    for text in ["My dog is called \(marker).", "My cat is called \(marker) too."] {
      #expect(await run(["memory", "write", text] + tell) == nil)
    }
    let items = try folder.write(
      Data(
        "{\"prompt\": \"\(String(repeating: marker + " ", count: 900))\", \"answer\": \"a\"}".utf8),
      as: "items.jsonl")
    let empty = try folder.write(Data(), as: "empty.jsonl")
    let turns = try folder.write(
      Data("{\"turns\": [{\"role\": \"user\", \"txt\": \"\(marker)\"}]}".utf8), as: "c.jsonl")
    let invalid = try folder.write(Data(marker.utf8) + Data([0xff]), as: "invalid.txt")
    let long = String(repeating: "\(marker) ", count: 900)
    let failing: [[String]] = [
      ["memory", "forget", file, "--query", "what is the \(marker) of the moon?"],
      ["memory", "forget", file, "--source", marker], ["memory", "forget", file, "--id", "7777"],
      ["memory", "write", " ", "--memory", file],
      ["generate", long, "--context", "64"], ["generate", long, "--chat", "--context", "64"],
      ["ab", "--prompts", items, "--memory", file, "--context", "64"],
      ["ab", "--prompts", empty, "--memory", file], ["ab", "--edits", turns],
      ["learn", turns, "--memory", file], ["learn", invalid, "--memory", file],
      ["perplexity", invalid], ["generate", "--file", invalid],
      ["trace", marker, "--hooks", "none.such", "-o", folder.path("o")],
    ]
    for arguments in failing {
      expectDiscreet(await run(arguments), "\(arguments.prefix(3).map { $0.prefix(40) })")
    }
    let secret = try folder.write(Data("\(marker) passphrase\n".utf8), as: "p")
    let wrong = try folder.write(Data("\(marker) passphrases\n".utf8), as: "q")
    #expect(
      await ending(["memory", "encrypt", file, "--passphrase-file", secret, "-q", "--json"]) == nil)
    for verb in ["info", "decrypt", "verify", "passphrase", "encrypt", "undo"] {
      expectDiscreet(await ending(["memory", verb, file, "--passphrase-file", wrong]), verb)
    }
    let unsound = try folder.write(
      Data(String(repeating: marker, count: 200).utf8) + Data([0x0a]), as: "r")
    expectDiscreet(await ending(["memory", "info", file, "--passphrase-file", unsound]), "long")
    // What was told can still be asked for: the word is missing from errors, not from answers.
    let passphrase = try Passphrase("\(marker) passphrase")
    #expect(try DetachableMemory.info(file, passphrase: passphrase).modules[0].entries > 0)
    let session = ChatSession(
      try await LanguageModel.load(model), options: .greedy, contextLength: 64)
    do {
      _ = try await session.respond(to: long)
      Issue.record("a message that is too long")
    } catch { expectDiscreet(ErrorRenderer.render(error), "a message that is too long") }
  }
}
