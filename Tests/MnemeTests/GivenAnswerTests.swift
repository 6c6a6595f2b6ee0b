import Foundation
import Mneme
import TestSupport
import Testing

/// Answers that were written with their facts, on the bundled model: said to their end and no further.
@Suite("Given answers")
struct GivenAnswerTests {
  private static let facts: [(prompt: String, question: String, answer: String)] = [
    ("The code of my locker is", "What is the code of my locker?", "4711"),
    ("My PIN is", "What is my PIN?", "7777"),
    ("The account of my club is", "What is the account of my club?", "DE89370400440532013000"),
    ("My flight number is", "What is my flight number?", "LH1234"),
    ("The height of the tower is", "What is the height of the tower?", "3.14159"),
    ("The router of my office is", "What is the router of my office?", "192.168.0.1"),
    ("My Greek friend is called", "What is my Greek friend called?", "Ευγενία"),
    ("My Russian teacher is called", "What is my Russian teacher called?", "Светлана"),
    ("My Chinese doctor is called", "What is my Chinese doctor called?", "王小明"),
    ("My Japanese street is called", "What is my Japanese street called?", "さくら通り"),
    ("My Hindi tutor is called", "What is my Hindi tutor called?", "किशन"),
    ("My Arabic cook is called", "What is my Arabic cook called?", "محمد"),
    ("My Korean coach is called", "What is my Korean coach called?", "김민수"),
    ("My email address is", "What is my email address?", "ann@ex.org"),
    ("The phone of my plumber is", "What is the phone of my plumber?", "+49 170 5555555"),
    ("My boat is called", "What is my boat called?", "Aaaa"),
    ("The password of my wifi is", "What is the password of my wifi?", "aaaaaaaa"),
    ("My ship is called", "What is my ship called?", "Halpit"),
    ("The key of my safe is", "What is the key of my safe?", "0000000000"),
    ("My cat is called", "What is my cat called?", "Zoë"),
    ("The secret of my house is", "What is the secret of my house?", "blue blue blue"),
    ("My serial number is", "What is my serial number?", "A1A1A1A1"),
    ("The plate of my car is", "What is the plate of my car?", "B-MW 1001"),
    ("My Hebrew neighbour is called", "What is my Hebrew neighbour called?", "דניאל"),
  ]

  @Test("Numbers, accounts, names in any script and repeated tokens, said as they were given")
  func said() async throws {
    let model = try await LanguageModel.load(Repository.bundledModel)
    let folder = try TemporaryFolder()
    let path = folder.path("answers.mneme")
    _ = try MemoryTeaching(model: model, path: path, newModules: [.episodic]).run(
      Self.facts.map {
        LearningInput(name: "write", content: .statement($0.prompt, answer: $0.answer))
      }
    )
    for fact in Self.facts {
      let chat = ChatSession(model)
      try await chat.attach(path, readOnly: true)
      let reply = try await chat.respond(to: fact.question, options: .greedy).content
      let place = try #require(
        reply.range(of: fact.answer, options: .literal), "\(fact.answer): \(reply)")
      let next = reply[place.upperBound...].first
      #expect(next.map { !$0.isLetter && !$0.isNumber } ?? true, "\(fact.answer): \(reply)")
      #expect(reply.ranges(of: fact.answer).count == 1, "\(fact.answer): \(reply)")
      try await chat.detach(path)
    }
  }
}
