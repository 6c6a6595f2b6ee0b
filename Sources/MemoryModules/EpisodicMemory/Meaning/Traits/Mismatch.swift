/// What speaks against a fact as the answer to a question although they share words: whom it is about, and what kind of
/// answer it offers.
///
/// "What is my name?" and "My sister's name is Ines" share every word, and the one does not answer the other.
package enum Mismatch {
  /// A relative or an animal of the question's that the fact does not mention, nats.
  private static let missingPerson: Float = 2.5
  /// One of the fact's that the question does not mention.
  private static let otherPerson: Float = 2
  /// A fact about somebody else, for a question of the user's about himself.
  private static let otherSubject: Float = 2
  /// No answer of the kind that is asked for.
  private static let otherKind: Float = 2
  /// A fact that does not say how the user is called, for a question that asks it; the opposite is worth as much.
  private static let ownName: Float = 2.5
  /// What is liked, for a question for what is hated, or the reverse.
  private static let otherAttitude: Float = 2.5

  /// Nats that a fact loses; negative when it gains.
  ///
  /// - Parameter people: those of the fact, and of the sentence before where that names its subject.
  package static func nats(_ question: QuestionKind, _ fact: FactTraits, people: Set<Int>) -> Float
  {
    var lost: Float = 0
    let shared = question.people.intersection(people)
    if !question.people.isSubset(of: people) { lost += missingPerson }
    if question.isFirstPerson {
      if !people.isSubset(of: question.people) { lost += otherPerson }
      if fact.isAboutAnother, shared.isEmpty || !fact.isDependent { lost += otherSubject }
    }
    if !question.answers.isEmpty, question.answers.isDisjoint(with: fact.answers) {
      lost += otherKind
    }
    if question.asksOwnName { lost += fact.namesUser ? -ownName : ownName }
    if let asked = question.attitude, let said = fact.attitude, asked != said {
      lost += otherAttitude
    }
    return lost
  }
}
