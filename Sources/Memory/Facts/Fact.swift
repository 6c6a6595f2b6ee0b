public import ModelFiles
public import Transformer

/// One fact in a memory, which can be listed, recalled, replaced and forgotten by itself.
public struct Fact: Sendable, Codable, Equatable {
  /// Its number within the loaded memory, in the order of writing; not stored in any file, and never reused.
  public var id: Int
  /// A stable name for users: 12 hexadecimal digits computed from its tokens and provenance, which do not change when
  /// other facts are learned or forgotten.
  public var handle: String
  /// The statement in words.
  public var text: String
  /// Whether it was declared as a told fact; otherwise it is a sentence from a text or a conversation.
  public var isTold: Bool
  /// The part that answers the question the rest asks, where that is known.
  public var answer: ByteString?
  /// Where it came from.
  public var provenance: Provenance

  /// Creates a fact.
  public init(
    id: Int, handle: String = "", text: String, isTold: Bool = false, answer: ByteString?,
    provenance: Provenance
  ) {
    self.isTold = isTold
    self.id = id
    self.handle = handle
    self.text = text
    self.answer = answer
    self.provenance = provenance
  }
}

extension Fact {
  /// Reads a fact; those of earlier versions have no handle and no flag for told facts.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      id: try container.decode(Int.self, forKey: .id),
      handle: try container.decodeIfPresent(String.self, forKey: .handle) ?? "",
      text: try container.decode(String.self, forKey: .text),
      isTold: try container.decodeIfPresent(Bool.self, forKey: .isTold) ?? false,
      answer: try container.decodeIfPresent(ByteString.self, forKey: .answer),
      provenance: try container.decode(Provenance.self, forKey: .provenance))
  }

  /// Facts are equal when all fields are equal; texts are compared by bytes.
  public static func == (first: Self, second: Self) -> Bool {
    first.id == second.id && first.handle == second.handle && first.isTold == second.isTold
      && ByteString(first.text) == ByteString(second.text) && first.answer == second.answer
      && first.provenance == second.provenance
  }
}

/// A fact that fits a question, and how well.
public struct RecalledFact: Sendable, Codable, Equatable {
  /// The fact.
  public var fact: Fact
  /// How likely the question is about it, 0...1.
  public var scope: Double
  /// Whether `scope` reaches the threshold above which the memory answers.
  public var isInScope: Bool
  /// How sure that is; `.sure` where it is in scope.
  public var certainty: Certainty
  /// What a correction says by itself: "My cat is called Nori." for "No, she's called Nori."; nil where the fact's text
  /// says it.
  public var statement: String?
  /// What the decision rests on, by name; empty where a memory does not tell.
  public var evidence: [String: Double]

  /// Creates a recalled fact.
  ///
  /// - Parameter certainty: follows from `isInScope` when nil.
  public init(
    fact: Fact, scope: Double, isInScope: Bool, certainty: Certainty? = nil,
    statement: String? = nil, evidence: [String: Double] = [:]
  ) {
    self.fact = fact
    self.scope = scope
    self.isInScope = isInScope
    self.certainty = certainty ?? (isInScope ? .sure : .no)
    self.statement = statement
    self.evidence = evidence
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      fact: try container.decode(Fact.self, forKey: .fact),
      scope: try container.decode(Double.self, forKey: .scope),
      isInScope: try container.decode(Bool.self, forKey: .isInScope),
      certainty: try container.decodeIfPresent(Certainty.self, forKey: .certainty),
      statement: try container.decodeIfPresent(String.self, forKey: .statement),
      evidence: try container.decodeIfPresent([String: Double].self, forKey: .evidence) ?? [:])
  }
}

/// A memory module that keeps facts.
public protocol FactMemory: MemoryModule {
  /// The facts, oldest first, those told again or corrected since included.
  var facts: [Fact] { get }
  /// The facts that hold, oldest first: of what was told several times the newest, and nothing that was corrected.
  var currentFacts: [Fact] { get }
  /// How many of them there are, counted without building them.
  var currentFactCount: Int { get }
  /// The fact with a number, found without building the others; nil when there is none.
  func fact(ofID id: Int) -> Fact?
  /// What a correction says by itself: "My cat is called Nori." for "No, she's called Nori."; nil where the fact's text says
  /// it.
  func statement(ofFact id: Int) -> String?
  /// The places of a fact's tokens in the journal; empty when there is no such fact or it has none.
  func journal(ofFact id: Int) -> [Int]
  /// The facts that match a question best, best first; looks at the question alone.
  ///
  /// - Parameter question: its tokens, without template.
  func recall(_ question: [Int32], limit: Int) -> [RecalledFact]
  /// The form in which facts in scope stand as text in the user's message; nil when they reach the model otherwise.
  var recallForm: RecallForm? { get }
  /// How much the reply is drawn to the words of a fact that stands in the message (`CopyPointer`), nats; 0 for not at all.
  var copyWeight: Float { get }
  /// Removes facts as if they had never been written.
  ///
  /// - Returns: how many there were.
  @discardableResult
  func forget(facts ids: Set<Int>) -> Int
  /// Declares what was written since a fact number to be one told fact, which replaces older facts on the same subject.
  ///
  /// - Parameters:
  ///   - first: the first fact number of what was just written.
  ///   - text: the fact in words.
  ///   - answer: the tokens that answer it, which `text` ends with.
  /// - Returns: the number of the fact, and those that it replaced, which are still there for the host to forget
  ///   everywhere; nil when nothing was written since.
  func settle(
    from first: Int, text: String, answer: FactAnswer?
  ) -> (id: Int, replaced: [Int])?
  /// The number the next fact gets.
  var nextFact: Int { get }
  /// The other facts with the same text.
  func repeats(ofFact id: Int) -> [Int]
  /// The older facts whose place a fact took, as it repeats or corrects them, and those whose place these took.
  func replaced(byFact id: Int) -> [Int]
  /// The other facts with the same subject and attribute, whatever their answers, those it repeats or corrects included.
  func tellings(ofFact id: Int) -> [Int]
}

/// The part of a fact that answers the question the rest asks.
public struct FactAnswer: Sendable, Equatable {
  /// In words.
  public var text: ByteString
  /// As the model would generate it after the prompt.
  public var tokens: [Int32]

  /// Creates an answer.
  public init(text: ByteString, tokens: [Int32]) {
    self.text = text
    self.tokens = tokens
  }
}
