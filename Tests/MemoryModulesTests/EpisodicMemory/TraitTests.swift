import MemoryModules
import Testing
import Tokenization

/// What statements and questions are about, and which kinds of answers they offer and ask for.
@Suite("Traits of facts and questions")
struct TraitTests {
  @Test(
    "The kind of answer a question asks for",
    arguments: [
      ("How old is our boiler?", AnswerKinds.age), ("what's her age", .age),
      ("How many chairs do we own?", .number), ("What's the door code?", .number),
      ("When does the ferry leave?", .time), ("What time is the lecture?", .time),
      ("Where did I put the ladder?", .place), ("which town is Ines from", .place),
      ("Who repaired the roof?", .name), ("What is the boat called?", .name),
      ("Which film did I enjoy?", .name), ("Explain tides.", []), ("Do I smoke?", []),
    ] as [(String, AnswerKinds)])
  func asked(question: String, kind: AnswerKinds) {
    #expect(QuestionKind(question).answers == kind)
  }

  @Test(
    "The kinds of answers a statement offers",
    arguments: [
      ("The ferry leaves at 7.", AnswerKinds.time, AnswerKinds.number),
      ("The ferry leaves on Sunday.", .time, .place), ("We go there next winter.", .time, .place),
      ("The ladder is in the shed.", .place, .time),
      ("We moved to Cadiz.", [.place, .name], .time),
      ("Ines turned 12.", .age, .place), ("My aunt is 81 years old.", .age, .time),
      ("The crate weighs 12 kg.", .number, .age), ("I own three kites.", .number, .time),
      ("Our boat is called Wilma.", .name, .number), ("I smoke.", [], [.name, .age, .time]),
      ("The shed was built in 1987.", [.time, .number], .name),
    ] as [(String, AnswerKinds, AnswerKinds)])
  func offered(statement: String, has: AnswerKinds, hasNot: AnswerKinds) {
    let answers = FactTraits(statement).answers
    #expect(answers.isSuperset(of: has))
    #expect(answers.isDisjoint(with: hasNot))
  }

  @Test(
    "Whom a statement is about",
    arguments: [
      ("My aunt grows leeks.", true, false), ("She grows leeks.", false, true),
      ("Odalys grows leeks.", false, true), ("Odalys's aunt grows leeks.", false, true),
      ("The leeks are ripe.", false, false), ("Please water the leeks.", false, false),
      ("Odalys is my aunt.", true, false),
    ])
  func subjects(statement: String, isFirstPerson: Bool, isAboutAnother: Bool) {
    let traits = FactTraits(statement)
    #expect(traits.isFirstPerson == isFirstPerson)
    #expect(traits.isAboutAnother == isAboutAnother)
  }

  @Test(
    "How the user is called",
    arguments: [
      ("Hi, I'm Odalys", true), ("my full name is Odalys Brandt", true),
      ("everyone calls me Oda", true), ("Ich heiße Odalys.", true),
      ("My aunt's name is Odalys.", false), ("I'm tired.", false),
    ])
  func namesUser(statement: String, isSo: Bool) {
    #expect(FactTraits(statement).namesUser == isSo)
  }

  @Test(
    "Questions for the user's own name",
    arguments: [
      ("What's my name?", true), ("who am I", true), ("What is my middle name?", true),
      ("do you remember me?", true), ("What is my aunt's name?", false),
      ("What is the name of my boat?", false), ("Do you know me and my aunt?", false),
    ])
  func asksOwnName(question: String, isSo: Bool) {
    #expect(QuestionKind(question).asksOwnName == isSo)
  }

  @Test("What is liked does not answer what is hated, negated or not")
  func attitudes() {
    func attitude(_ text: String) -> Attitude? { Attitude(SpokenWord.words(of: text)) }
    #expect(attitude("I can't stand leeks") == .disliking)
    #expect(attitude("I don't like leeks") == .disliking)
    #expect(attitude("My favourite soup is leek") == .liking)
    #expect(attitude("I stand in the garden") == nil)
  }

  @Test("Facts that do not answer lose, and those that do gain or lose nothing")
  func mismatch() {
    func nats(_ question: String, _ statement: String) -> Float {
      let fact = FactTraits(statement)
      return Mismatch.nats(QuestionKind(question), fact, people: fact.people)
    }
    #expect(nats("What is my name?", "I'm Odalys") < 0)
    #expect(nats("What is my name?", "My sister's name is Odalys.") > 4)
    #expect(nats("What is my sister's name?", "My sister's name is Odalys.") == 0)
    #expect(nats("Where does my wife work?", "Gareth's wife works in Derby.") > 0)
    #expect(nats("When do I fly?", "I fly a kite.") > 0)
    #expect(nats("What do I hate?", "I love leeks.") > 0)
    #expect(nats("Explain tides.", "My aunt grows leeks.") == 0)
  }
}
