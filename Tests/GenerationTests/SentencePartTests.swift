import Foundation
import Generation
import TestSupport
import Testing

@Suite("Sentences: what of a message is learned") struct SentencePartTests {
  /// What a memory learns of a message, sentence by sentence, without the white space around it.
  private func learned(_ text: String) -> [String] {
    Sentence.split(text).flatMap { $0.parts() }.filter(\.isStatement)
      .map { $0.text.trimmingCharacters(in: .whitespacesAndNewlines) }
  }

  @Test(
    "The parts of a message are the message",
    arguments: [
      "Since I live in Malmo, which airport is closest to me?", " Hi!  \n\n What now?\r\nI am Bo. ",
      "Do you have a recipe for my husband Anselm, who doesn't eat gluten?\n", "。？ok", "",
    ])
  func whole(text: String) {
    #expect(Sentence.split(text).map(\.text).joined() == text)
    #expect(Sentence.split(text).flatMap { $0.parts() }.map(\.text).joined() == text)
  }

  @Test(
    "A message is cut at its sentences and nowhere else",
    arguments: [
      ("My email is ann@ex.org.", ["My email is ann@ex.org."]),
      (
        "The IP of the server is 192.168.0.1. It is old.",
        ["The IP of the server is 192.168.0.1.", "It is old."]
      ),
      ("Pi is 3.14159. I like it.", ["Pi is 3.14159.", "I like it."]),
      ("My library card no. is 4062.", ["My library card no. is 4062."]),
      ("She said no. we left.", ["She said no.", "we left."]),
      (
        "My cat is called Mr. Whiskers. He is fat.",
        ["My cat is called Mr. Whiskers.", "He is fat."]
      ),
      (
        "I saw Dr. E. T. Vance at 9 a.m. on Friday.", ["I saw Dr. E. T. Vance at 9 a.m. on Friday."]
      ),
      ("I get up at 7 a.m. My wife sleeps.", ["I get up at 7 a.m.", "My wife sleeps."]),
      ("I eat fruit, e.g. Kiwis, every day.", ["I eat fruit, e.g. Kiwis, every day."]),
      ("We live in St. Gallen now.", ["We live in St. Gallen now."]),
      ("My shop is on Main St. It sells hats.", ["My shop is on Main St.", "It sells hats."]),
      (
        "My flat is No. 5 on the left. I said no. Then I left.",
        ["My flat is No. 5 on the left.", "I said no.", "Then I left."]
      ),
      ("She is older than I. My brother isn't.", ["She is older than I.", "My brother isn't."]),
      (
        "well... my dog is called bo. he is 5. he barks!",
        ["well... my dog is called bo.", "he is 5.", "he barks!"]
      ),
      (
        "Ich bin am 3. Mai geboren. Ich heiße Jo.", ["Ich bin am 3. Mai geboren.", "Ich heiße Jo."]
      ),
      ("मेरा नाम किशन है। मैं दिल्ली में रहता हूँ।", ["मेरा नाम किशन है।", "मैं दिल्ली में रहता हूँ।"]),
      ("我叫小明。我住在北京！今天很好", ["我叫小明。", "我住在北京！", "今天很好"]),
      (
        "My desk is brown\nMy chair is red\n\nI sit.",
        ["My desk is brown", "My chair is red", "I sit."]
      ),
      (
        "Shopping list:\n- eggs\n- rye bread\n\nBye for now, I am off.",
        ["Shopping list:\n- eggs\n- rye bread", "Bye for now, I am off."]
      ),
      ("1. Buy paint. 2. Paint it.", ["1. Buy paint.", "2. Paint it."]),
      (
        "He said \"It is late.\" (I agreed.) We left.",
        ["He said \"It is late.\"", "(I agreed.)", "We left."]
      ),
    ])
  func cuts(text: String, sentences: [String]) {
    #expect(
      Sentence.split(text).map { $0.text.trimmingCharacters(in: .whitespacesAndNewlines) }
        == sentences)
  }

  @Test(
    "Questions without a mark, orders, greetings and thanks are no facts",
    arguments: [
      "how old am I", "thanks", "tell me a joke", "what is my dog called", "whats my dogs name",
      "What should I do", "hello there", "Good morning!", "ok, thank you so much", "bye",
      "haha nice",
      "who is my boss", "where do i live", "when is my birthday", "do i have a cat",
      "is my car red",
      "can you help me", "please write a poem about the sea", "explain gravity", "Give me a recipe",
      "translate this into French: good night", "list some rivers in Spain", "I wonder what I ate",
      "remind me what my cat is called", "could you tell me the time", "thanks for your help",
      "hi, what is my name", "so where was i born", "are you a robot", "wie heißt mein hund",
      "danke",
      "name three fruits", "See you tomorrow!", "sounds good", "Do you remember my name?",
      "What is my friend Yusuf allergic to?", "How old is my daughter Frieda?",
      "Do you know where my brother Tim lives?", "Where did I meet my friend Ben?",
      "I don't know, what do you think?", "What is the name of my friend who lives in Rome?",
    ])
  func notLearned(text: String) {
    #expect(learned(text).isEmpty)
  }

  @Test(
    "What states something is learned, however it opens",
    arguments: [
      "remind me to buy milk", "remember that my locker is 56", "please note: the code is 9911",
      "don't forget that I am allergic to nuts", "When I was ten, my father died.",
      "What I like best is tea", "Had my car repainted", "May 5 is my birthday", "call me Max",
      "Name: Sabine", "Shopping list: eggs, rye bread", "I see my therapist on Mondays",
      "Will is my boss",
      "my dog is called bo", "No, Trillo.", "Thanks, my name is Bo", "Hello, I'm Sabine",
      "Was born in Leeds", "I have a cat, and you should know she is deaf",
      "Remember these: PIN 4821, gate B12.",
      "Don't call me before nine", "Ich wohne in Graz", "Have two dogs",
    ])
  func isLearned(text: String) {
    #expect(learned(text) == [text])
  }

  @Test(
    "A question leaves out itself, not what is stated beside it",
    arguments: [
      ("My dog is sick. What should I do?", ["My dog is sick."]),
      ("My dog is sick, what should I do?", ["My dog is sick"]),
      ("What a day. I lost my keys! Any ideas?", ["I lost my keys!"]),
      ("Since I live in Malmo, which airport is closest to me?", ["I live in Malmo"]),
      ("As a nurse from Leeds, can I work in Oslo?", ["As a nurse from Leeds"]),
      ("I'm allergic to nuts, so can you suggest a snack?", ["I'm allergic to nuts"]),
      ("Can you believe my daughter Frieda already walks?", ["my daughter Frieda already walks"]),
      ("Did you know that my uncle Pete built this house?", ["my uncle Pete built this house"]),
      (
        "Do you have a recipe for my husband Anselm, who doesn't eat gluten?",
        ["my husband Anselm, who doesn't eat gluten"]
      ),
      (
        "What should I get my friend Yusuf for his 40th birthday?",
        ["my friend Yusuf for his 40th birthday"]
      ),
      ("How can I help my son Tim with his stutter?", ["my son Tim with his stutter"]),
      ("Write a poem for my wife Ada, who loves otters.", ["my wife Ada, who loves otters"]),
    ])
  func beside(text: String, statements: [String]) {
    #expect(learned(text) == statements)
  }

  @Test("What somebody declared as a fact is learned but for what ends in a question mark")
  func declared() {
    let parts = Sentence.split("who rules Zumbaru: Trillo. Really?").flatMap {
      $0.parts(isDeclared: true)
    }
    #expect(parts.filter(\.isStatement).map(\.text) == ["who rules Zumbaru: Trillo."])
  }
}
