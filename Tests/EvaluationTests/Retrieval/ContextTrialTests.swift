import Foundation
import Memory
import MnemeEvaluation
import Testing

@Suite("The form of the controls' context")
struct ContextTrialTests {
  /// A trial on a model that answers by a rule.
  private func trial(
    count: Int = ContextTrial.items.count,
    _ answers: @escaping (_ item: Int, _ texts: Int, ContextForm) -> Bool
  ) -> ContextTrial {
    ContextTrial(count: count) { item, texts, form in
      answers(ContextTrial.items.firstIndex(of: item) ?? 0, texts.count, form)
    }
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
      let trial = trial { _, _, asked in form == asked }
      #expect(try trial.full() == form)
      #expect(try trial.retrieved().form == form)
    }
    #expect(
      try trial { item, _, form in item < (form == .message(.earlier) ? 3 : 2) }.full()
        == .message(.earlier))
    for answer in [true, false] {
      #expect(try trial { _, _, _ in answer }.full() == .turns)
      #expect(try trial { _, _, _ in answer }.retrieved() == (.turns, nil))
    }
  }

  @Test("The best two of the first questions are told apart by the others")
  func finalists() throws {
    // Turns are a little better at first and much worse afterwards.
    #expect(
      try trial { item, _, form in
        switch form {
        case .turns: item < ContextTrial.first
        case .message(.use): item > 0
        default: item < 3
        }
      }.full() == .message(.use))
    // What is best afterwards but was third at first is not looked at again.
    #expect(
      try trial { item, _, form in
        switch form {
        case .turns: item < ContextTrial.first
        case .message(.use): item < ContextTrial.first && item > 0
        default: item >= ContextTrial.first
        }
      }.full() == .turns)
  }

  @Test("Everything is in a full context, and each arm has the form that suits it")
  func amounts() throws {
    let all = ContextTrial.items.count
    let trial = trial { _, texts, form in
      texts == all ? form == .message(.fact) : form == .message(.plain)
    }
    #expect(try trial.full() == .message(.fact))
    #expect(try trial.retrieved().form == .message(.plain))
  }

  @Test("Fewer texts are retrieved only where more right answers come of it")
  func pieces() throws {
    #expect(try trial { _, texts, _ in texts <= 1 }.retrieved() == (.turns, 1))
    #expect(try trial { _, texts, _ in texts <= 3 }.retrieved() == (.turns, 3))
    #expect(try trial { _, texts, _ in texts > 1 }.retrieved() == (.turns, nil))
    #expect(try trial { item, texts, _ in item < (texts > 3 ? 4 : 5) }.retrieved().pieces == 3)
    #expect(try trial { item, texts, _ in item < (texts > 1 ? 4 : 5) }.retrieved().pieces == 1)
    // Form and number together.
    #expect(
      try trial { _, texts, form in texts == 1 && form == .message(.use) }.retrieved()
        == (.message(.use), 1))
  }

  @Test("A choice goes to JSON and back, and says itself in words")
  func coding() throws {
    let choice = ContextChoice(full: .turns, retrieved: .message(.use), pieces: 1)
    let data = try JSONEncoder().encode(choice)
    #expect(try JSONDecoder().decode(ContextChoice.self, from: data) == choice)
    let object = try JSONSerialization.jsonObject(with: data) as? [String: Any]
    #expect(object?["full_context"] as? String == "turns")
    #expect(object?["retrieval"] as? String == "use")
    #expect(choice.explanation.contains("as text in the user's message (use), at most 1 text;"))
    #expect(
      ContextChoice(full: .turns).explanation.hasPrefix("full-context has told texts as earlier"))
    #expect(!ContextChoice(full: .turns).explanation.contains("retrieval"))
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(ContextChoice.self, from: Data(#"{"retrieval": "no"}"#.utf8))
    }
  }

  @Test("The text that answers is among those given, and fewer questions are asked of large models")
  func material() throws {
    #expect(Set(ContextTrial.items.map(\.question)).count == ContextTrial.items.count)
    for count in [2, ContextTrial.items.count] {
      var asked: Set<String> = []
      let trial = ContextTrial(count: count) { item, texts, _ in
        #expect(texts.contains(item.text), "\(item.question)")
        asked.insert(item.question)
        return false
      }
      _ = try (trial.full(), trial.retrieved())
      #expect(asked.count == count)
    }
    for item in ContextTrial.items { #expect(item.text.contains(item.answer)) }
  }

  @Test("An error of the model ends the trial")
  func fails() {
    struct Broken: Error {}
    #expect(throws: Broken.self) {
      try ContextTrial { _, _, _ in throw Broken() }.full()
    }
  }
}
