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
    for form in ContextForm.allCases {
      #expect(try best { _, _, asked in form == asked }.form == form)
    }
    #expect(
      try best { item, _, form in item < (form == .message(.earlier) ? 3 : 2) }.form
        == .message(.earlier))
    #expect(try best { _, _, _ in true } == ContextChoice(form: .turns))
    #expect(try best { _, _, _ in false } == ContextChoice(form: .turns))
  }

  @Test("The best two of the first questions are told apart by the others")
  func finalists() throws {
    // Turns are a little better at first and much worse afterwards.
    #expect(
      try best { item, _, form in
        switch form {
        case .turns: item < ContextTrial.first
        case .message(.use): item > 0
        default: item < 3
        }
      }.form == .message(.use))
    // What is best afterwards but was third at first is not looked at again.
    #expect(
      try best { item, _, form in
        switch form {
        case .turns: item < ContextTrial.first
        case .message(.use): item < ContextTrial.first && item > 0
        default: item >= ContextTrial.first
        }
      }.form == .turns)
  }

  @Test("A form is compared with few texts and with all")
  func amounts() throws {
    var amounts: Set<Int> = []
    _ = try best { _, texts, _ in
      amounts.insert(texts)
      return true
    }
    #expect(amounts.isSuperset(of: [1, 3, 8, ContextTrial.items.count]))
    // One that is good with few texts loses against one that is as good with few and good with all.
    let all = ContextTrial.items.count
    #expect(
      try best { _, texts, form in texts < all || form == .message(.fact) }.form
        == .message(.fact))
  }

  @Test("Fewer texts are retrieved only where more right answers come of it")
  func pieces() throws {
    #expect(try best { _, texts, _ in texts <= 1 }.pieces == 1)
    #expect(try best { _, texts, _ in texts <= 3 }.pieces == 3)
    #expect(try best { _, texts, _ in texts > 3 }.pieces == nil)
    #expect(try best { item, texts, _ in item < (texts > 3 ? 4 : 5) }.pieces == 3)
    #expect(try best { item, texts, _ in item < (texts > 1 ? 4 : 5) }.pieces == 1)
  }

  @Test("The text that answers is among those given, and fewer questions are asked of large models")
  func material() throws {
    #expect(Set(ContextTrial.items.map(\.question)).count == ContextTrial.items.count)
    for count in [2, ContextTrial.items.count] {
      var asked: Set<String> = []
      _ = try ContextTrial(count: count) { item, texts, _ in
        #expect(texts.contains(item.text), "\(item.question)")
        asked.insert(item.question)
        return false
      }.best()
      #expect(asked.count == count)
    }
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
