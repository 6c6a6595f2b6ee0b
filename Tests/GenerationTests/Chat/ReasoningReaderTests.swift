import Generation
import TestSupport
import Testing
import Tokenization

@Suite("Telling reasoning from an answer") struct ReasoningReaderTests {
  private func marks(_ template: String = "<think>", _ more: [String] = []) throws
    -> ReasoningMarks?
  {
    var vocabulary = SmallVocabulary()
    for piece in more { vocabulary.append(piece, kind: 3) }
    let tokenizer = try loadTokenizer(from: vocabulary.file())
    return ChatTemplate(detecting: template, tokenizer: tokenizer).reasoning
  }

  private func read(
    _ text: String, isOpen: Bool = false, marks: ReasoningMarks?, by length: Int
  ) -> [String] {
    var reader = ReasoningReader(marks: marks, isOpen: isOpen)
    var (reasoning, answer) = ("", "")
    func take(_ pieces: [ReasoningReader.Piece]) {
      for piece in pieces {
        switch piece {
        case .reasoning(let text): reasoning += text
        case .answer(let text): answer += text
        }
      }
    }
    var rest = text[...]
    while !rest.isEmpty {
      take(reader.pass(String(rest.prefix(length))))
      rest = rest.dropFirst(length)
    }
    take(reader.finish())
    return [reasoning, answer]
  }

  @Test(
    "In whatever pieces a reply comes",
    arguments: [
      ("<think>\na b\n</think>\n\nc d \n", false, "a b", "c d \n"),
      ("\n <think>a</think>b", false, "a", "b"), ("a\n</think>\n\nb", true, "a", "b"),
      ("<think>a</think><think>b</think>c", false, "a\n\nb", "c"),
      ("<think>\n\n</think>\n\na", false, "", "a"), ("</think>\n\na", true, "", "a"),
      ("<think>a < b </thin </think>c", false, "a < b </thin", "c"),
      ("<think>a\n\n\nb  ", false, "a\n\n\nb", ""), ("<think>a</thi", false, "a</thi", ""),
      ("", true, "", ""), (" ", false, "", ""), ("<thin", false, "", "<thin"),
      ("<thing>a", false, "", "<thing>a"),
      (" \n a <think>b</think> c", false, "", "a <think>b</think> c"),
      ("<think>a</think>b <think>c</think>", false, "a", "b <think>c</think>"),
      (
        "<think>Stra\u{DF}e \u{1F999}</think>\u{1F999}", false, "Stra\u{DF}e \u{1F999}", "\u{1F999}"
      ),
    ])
  func pieces(text: String, isOpen: Bool, reasoning: String, answer: String) throws {
    let marks = try #require(try marks())
    for length in [1, 2, 3, 5, 7, 100] {
      #expect(
        read(text, isOpen: isOpen, marks: marks, by: length) == [reasoning, answer],
        "by \(length): \(text.debugDescription)")
    }
  }

  @Test("Without marks everything is the answer, but for the white space at its beginning")
  func withoutMarks() throws {
    #expect(read(" <think>a</think>b ", marks: nil, by: 3) == ["", "<think>a</think>b "])
    #expect(read("a", isOpen: true, marks: nil, by: 1) == ["", "a"])
  }

  @Test("The template or the vocabulary says which marks there are")
  func found() throws {
    #expect(try marks("{{ messages }}") == nil)
    #expect(try marks("x </think>")?.open == "<think>")
    #expect(try marks("{{ '[THINK]' }}")?.close == "[/THINK]")
    #expect(try marks("", ["<think>"]) == nil)
    let known = try #require(try marks("", ["<think>", "</think>"]))
    #expect(known.open == "<think>")
    #expect(known.isOpen(after: "<|assistant|><think>\n"))
    #expect(!known.isOpen(after: "<|assistant|><think>\n\n</think>\n\n"))
    #expect(!known.isOpen(after: "<|assistant|>"))
    #expect(known.isOpen(after: "</think><think>"))
  }

  @Test("A named form keeps the marks of the vocabulary")
  func named() throws {
    var vocabulary = SmallVocabulary()
    let ids = ["<think>", "</think>"].map { vocabulary.append($0, kind: 4) }
    let tokenizer = try loadTokenizer(from: vocabulary.file())
    let template = ChatTemplate(family: .mneme, tokenizer: tokenizer)
    #expect(template.reasoning?.open == "<think>")
    for role in [ChatRole.user, .assistant] {
      let talk = [
        ChatMessage(role: .user, content: role == .user ? "<think>a</think>" : "b"),
        ChatMessage(role: .assistant, content: role == .user ? "b" : "<think>a</think>"),
      ]
      let tokens = template.encode(talk, addGenerationPrompt: true).tokens
      #expect(!tokens.contains { ids.contains($0) }, "what is said is text")
    }
    let reply = ChatMessage(role: .assistant, content: "b", reasoning: "a")
    #expect(template.encode(reply: reply).filter { ids.contains($0) } == ids)
    #expect(
      template.encode(reply: reply, opensReasoning: true).filter { ids.contains($0) } == [ids[1]])
  }
}
