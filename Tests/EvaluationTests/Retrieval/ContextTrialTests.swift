import Memory
import MnemeEvaluation
import Testing

@Suite("The form of the controls' context")
struct ContextTrialTests {
  /// A trial on a model that answers by a rule.
  private func best(
    count: Int = ContextTrial.items.count,
    _ answers: @escaping (_ item: Int, _ texts: Int, ContextForm) -> Bool
  ) throws -> ContextChoice {
    try ContextTrial(count: count) { item, texts, form in
      answers(ContextTrial.items.firstIndex(of: item) ?? 0, texts.count, form)
    }.best()
  }

  @Test("Names of forms go and come back, and other names are refused")
  func names() {
    #expect(ContextForm.allCases.count == RecallForm.allCases.count + 1)
    for form in ContextForm.allCases {
      #expect(ContextForm(rawValue: form.rawValue) == form)
      #expect(form.explanation.contains("(\(form.rawValue))"))
    }
    #expect(ContextForm(rawValue: "Turns") == nil && ContextForm(rawValue: "") == nil)
  }

  @Test("The form with the most right answers is chosen, and turns where none has more")
  func forms() throws {
    #expect(try best { _, _, form in form == .message(.use) }.form == .message(.use))
    #expect(
      try best { item, _, form in item < (form == .message(.earlier) ? 3 : 2) }.form
        == .message(.earlier))
    #expect(try best { _, _, _ in true } == ContextChoice(form: .turns))
    #expect(try best { _, _, _ in false } == ContextChoice(form: .turns))
    // A model that was trained on turns.
    #expect(try best { _, _, form in form == .turns }.form == .turns)
  }

  @Test("Fewer texts are given only where more right answers come of it")
  func pieces() throws {
    #expect(try best { _, texts, _ in texts <= 1 }.pieces == 1)
    #expect(try best { item, texts, _ in texts <= 3 || item < 2 }.pieces == 3)
    #expect(try best { item, texts, _ in item < (texts > 3 ? 4 : 5) }.pieces == 3)
    #expect(try best { _, texts, _ in texts > 3 }.pieces == nil)
  }

  @Test("The text that answers is among those given, and fewer questions are asked of large models")
  func material() throws {
    var asked: Set<String> = []
    _ = try ContextTrial(count: 2) { item, texts, _ in
      #expect(texts.contains(item.text), "\(item.question)")
      asked.insert(item.question)
      return false
    }.best()
    #expect(asked.count == 2)
    for item in ContextTrial.items { #expect(item.text.contains(item.answer)) }
  }

  @Test("An error of the model ends the trial")
  func fails() {
    struct Broken: Error {}
    #expect(throws: Broken.self) {
      try ContextTrial { _, _, _ in throw Broken() }.best()
    }
  }
}
