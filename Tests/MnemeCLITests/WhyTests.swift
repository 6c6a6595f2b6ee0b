import Mneme
import MnemeCLI
import Synchronization
import Testing

@MainActor
@Suite("/why")
struct WhyTests {
  private func run(_ line: String, _ change: (inout FakeConversation.State) -> Void) async -> (
    text: String, problems: [String]
  ) {
    let conversation = FakeConversation()
    conversation.state.withLock { change(&$0) }
    let output = RecordedOutput()
    let repl = REPL(
      conversation: conversation, model: .sample, source: ScriptLineSource(lines: [line]),
      output: output)
    _ = await repl.run()
    return (output.text, output.problems)
  }

  private func citation(
    _ text: String, _ certainty: Certainty, _ use: Citation.Use? = nil,
    _ evidence: [String: Double] = [:]
  ) -> Citation {
    Citation(
      id: "0123456789ab", text: text, memory: "me", time: 0, certainty: certainty, scope: 0.873,
      use: use, evidence: evidence)
  }

  @Test("One sentence per fact says what became of it, and no figure")
  func sentences() async {
    let result = await run("/why") {
      $0.citations = [
        citation("My dog is called Bozkif.", .sure, nil, ["cosine": 0.5]),
        citation("My cat is called Nori.", .sure, .shown),
        citation("I like figs.", .perhaps), citation("I am Ines.", .sure, .memory),
      ]
    }
    #expect(
      result.text
        == """
        "My dog is called Bozkif.", from me, stood in the prompt of the last reply.
        "My cat is called Nori.", from me, fits as well; the model did not see it.
        "I like figs.", from me, may be what was asked about; the model did not see it.
        "I am Ines.", from me, is what was asked about; the memory brought it to the reply by itself.
        /why -v shows the figures.

        """)
  }

  @Test("-v says what a fact was chosen by, for it first, in words")
  func evidence() async {
    let result = await run("/why -v") {
      $0.citations = [
        citation(
          "My dog is called Bozkif.", .sure, nil,
          [
            "overlap": 5.25, "coverage": 0.8, "cosine": 0.62, "margin": 3.1, "first person": 1,
            "possessive": 1, "question": 1, "length": 5, "mismatch": 0, "offers answer": 1,
            "shares person": 1, "shares name": 0, "second person": 0,
          ]),
        citation(
          "I like figs.", .perhaps, nil,
          [
            "overlap": 0, "coverage": 0, "cosine": 0, "margin": -1.2, "first person": 0,
            "possessive": 0, "question": 0, "length": 3, "mismatch": 2, "second person": 1,
            "loudness": 0.25,
          ]),
      ]
    }
    #expect(
      result.text
        == """
        "My dog is called Bozkif.", from me, stood in the prompt of the last reply.
          how likely the question is about it: 87 %
          + shared words: weight 5.2, rare words count most; 80 % of the question is in the fact
          + meaning: alike by 0.62 of 1, as the model itself reads both
          + no other fact fits as well: the next is 3.1 behind
          + both speak of the same relative, friend or animal
          + you ask about yourself, or something of yours
          + it offers the kind of answer that is asked for
        "I like figs.", from me, may be what was asked about; the model did not see it.
          how likely the question is about it: 87 %
          + loudness: 0.25
          - no word in common
          - meaning: not alike
          - another fact fits better, by 1.2
          - you ask the model about itself
          - it is no question
          - another person, or another kind of answer, than asked for: 2.0

        """)
  }

  @Test("Memories that were mixed in are named in a sentence each, with what they rest on most")
  func mixed() async {
    func recollection(_ module: String, _ source: String?, _ turn: Int?) -> Recollection {
      Recollection(
        memory: "a", module: module, token: "x", expected: "x", gate: 0.5, weight: 0.5,
        source: source, turn: turn)
    }
    let result = await run("/why") {
      $0.recollections = [
        recollection("neighbor", "the sea\u{1B}[2J", 2), recollection("neural", nil, nil),
        recollection("neighbor", "dog is called", 1), recollection("neighbor", "dog is called", 1),
        Recollection(
          memory: "a", module: "hopfield", token: "x", expected: "x", gate: 0.01, weight: 0.5,
          source: nil),
      ]
    }
    #expect(
      result.text
        == """
        The neighbor memory of a was mixed into 3 tokens of the reply, most from "dog is called" (turn 1).
        The neural memory of a was mixed into 1 token of the reply.
        /why -v shows the figures.

        """)
  }

  @Test("What memories of rows showed the reply is named, word by word where it was read again")
  func shown() async {
    let result = await run("/why") {
      $0.shown = [
        ShownMemory(
          memory: "a", module: "block", rows: 19, text: " The parrot is\u{1B}[2J called Quib.\n"),
        ShownMemory(memory: "a", module: "compressive", rows: 340),
      ]
    }
    #expect(
      result.text
        == """
        The block memory of a let the model read again, right before your question: "The parrot is\\e[2J called Quib."
        The compressive memory of a showed the reply 340 rows of what it holds.

        """)
  }

  @Test("Nothing to say is one line; another argument is refused with the usage")
  func edges() async {
    #expect(await run("/why") { _ in }.text == "Memory contributed nothing to the last reply.\n")
    let wrong = await run("/why not") { _ in }
    #expect(wrong.text.isEmpty)
    #expect(wrong.problems.count == 1 && wrong.problems[0].contains("/why [-v]"))
  }
}
