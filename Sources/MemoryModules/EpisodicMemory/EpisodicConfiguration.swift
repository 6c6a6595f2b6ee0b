public import Memory
public import Transformer

/// The configuration of an episodic memory.
public struct EpisodicConfiguration: ModuleConfiguration {
  /// How latents become addresses. `slots` (one slot per fact, found through the ledger's word index) is exact and
  /// grows; the others use Larimar's matrix of `slotCount` x `latentWidth`, of constant size.
  public var addressing = Addressing.slots
  /// Rows of the memory matrix (K).
  public var slotCount = 512
  /// Values per latent (C).
  public var latentWidth = 768
  /// Tokens of a fact whose rows an adapter's latent holds.
  public var rowSlots = 16
  /// Ridge of the least squares.
  public var ridge = 1e-3
  /// How facts in scope reach the model.
  public var readout = EpisodicReadout.votes
  /// The form in which they stand in the user's message, with the read-out `text`.
  public var form = RecallForm.text
  /// How much the reply is then drawn to those words of the fact that are not the question's, nats (`CopyPointer`).
  public var copying: Float = 3
  /// Where the hidden states are read that sentences are compared by, together with their words; the adapter's tensors
  /// `meaning.mean` and `meaning.projection` belong to them (`SentenceProjection`). None: words alone are compared.
  public var meaningPoints: [HookPoint] = []
  /// The only such point in adapters and memories of earlier versions, whose matrix is called `meaning.whitening`.
  public var meaningPoint: HookPoint?
  /// Decides whether a question is about a fact, with the read-out `text`.
  public var textScope = TextScope()
  /// The gate that decides whether a question is about a fact.
  public var scope = ScopeGate()
  /// Sharpness of the votes of a fact's tokens: weight = softmax(sharpness * cosine + matchBonus * matched tokens).
  public var sharpness: Float = 24
  /// Added per token before a stored one that equals the token before the read position, up to four.
  public var matchBonus: Float = 2
  /// Facts that may vote on one token.
  public var voters = 8
  /// In plain text, the number of last tokens that serve as the question.
  public var streamWindow = 24
  /// The longest untold fact, tokens; a longer sentence is cut at its next word. (Called `factLength` and 48 in earlier
  /// adapters, whose value is ignored: it cut ordinary messages.)
  public var longestFact = 512
  /// Two statements are of one fact when their cues agree to this share,
  public var sameCues: Float = 0.9
  /// or when their rarest cues agree to this share
  public var sameSubject: Float = 0.8
  /// and the keys before their answers have at least this cosine.
  public var sameContext: Float = 0.6
  /// The largest number of facts; beyond it, untold facts are dropped first.
  public var budget = 50_000
  /// Which of them goes. What attention looks at is not known of facts.
  public var retention = RetentionPolicy.fifo

  /// The defaults.
  public init() {}

  public init(for context: ModuleContext) { self.init() }

  /// Whether every value is in range.
  public var isSound: Bool {
    (1...16_384).contains(slotCount) && (8...16_384).contains(latentWidth)
      && (1...4096).contains(rowSlots) && ridge.isFinite
      && ridge > 0 && scope.isSound && textScope.isSound && sharpness.isFinite && sharpness > 0
      && sharpness <= 1000
      && copying.isFinite && (0...20).contains(copying)
      && matchBonus.isFinite && (0...100).contains(matchBonus) && (1...256).contains(voters)
      && (1...4096).contains(streamWindow) && (2...4096).contains(longestFact)
      && [sameCues, sameSubject, sameContext].allSatisfy { $0 > 0 && $0 <= 1 }
      && (1...10_000_000).contains(budget) && retention != .attention
  }
}
