import Mneme
import Testing

/// Statements as people make them, told back and asked about.
@Suite("Questions made from statements")
struct FactQuestionsTests {
  @Test(
    "A statement is told back to the one who made it",
    arguments: [
      ("My goat is called Wilma.", "Your goat is called Wilma."),
      ("I am afraid of moths", "You are afraid of moths."),
      (
        "I'm learning Danish and my teacher is strict",
        "You're learning Danish and your teacher is strict."
      ),
      ("btw we've rented our flat since I was 30", "You've rented your flat since you were 30."),
      ("Please remember that the shed key hangs behind mine.", "The shed key hangs behind yours."),
      ("Petra sings. I like her.", "Petra sings. You like her."),
      ("Mein Bruder kommt am Montag.", "Dein Bruder kommt am Montag."),
      ("The plumber was late, wasn't he?", "The plumber was late, wasn't he."),
      ("", ""), ("?!", "?!"), ("hello", "Hello."),
    ])
  func toldBack(statement: String, expected: String) {
    #expect(ToldBack(statement).text == expected)
  }

  @Test(
    "The plainest question comes first",
    arguments: [
      ("My goat is called Wilma.", "What is my goat called?"),
      ("My nephew's name is Ole", "What is my nephew called?"),
      ("The choir rehearsal is on Sunday at 7.", "When is the choir rehearsal?"),
      ("My bicycle is in the cellar.", "Where is my bicycle?"),
      ("Ottmar is from Basel", "Where is Ottmar from?"),
      ("The door code is 5512.", "What is the door code?"),
      ("I keep the maps under the stairs.", "Where do I keep the maps?"),
      ("I parked the van behind the church", "Where have I parked the van?"),
      ("Ottmar lives in Basel.", "Where does Ottmar live?"),
      ("My aunt Vera works as a welder.", "What does my aunt Vera do?"),
      ("Ottmar can't stand celery.", "What can't Ottmar stand?"),
      ("Ottmar collects teapots.", "What does Ottmar collect?"),
      ("I am allergic to cats.", "What am I allergic to?"),
      ("Our lodger, Mr. Frey, has the parcel.", "What does our lodger have?"),
      ("I'm 52 years old", "How old am I?"),
    ])
  func plainest(statement: String, expected: String) {
    #expect(FactQuestions(statement).asked.first == expected)
  }

  @Test(
    "Whatever was said there are questions, none twice, and one apart",
    arguments: [
      "", "?", "Zumba!", "Ich wohne in Kiel.", "no", "My", "My dog", "is is is", "I", "I'm",
      "Shopping list: eggs, milk", String(repeating: "very ", count: 400) + "long",
    ])
  func anything(statement: String) {
    let questions = FactQuestions(statement)
    #expect(!questions.asked.isEmpty)
    #expect(Set(questions.asked).count == questions.asked.count)
    #expect(!questions.asked.contains(questions.heldOut))
  }

  @Test("Questions do not give the answer away")
  func answers() {
    for (statement, answer) in [
      ("The door code is 5512.", "5512"), ("My bicycle is in the cellar.", "cellar"),
      ("Ottmar lives in Basel.", "Basel"), ("My aunt Vera works as a welder.", "welder"),
    ] {
      let questions = FactQuestions(statement)
      for question in questions.asked + [questions.heldOut] {
        #expect(!question.contains(answer), "\(question)")
      }
    }
  }
}
