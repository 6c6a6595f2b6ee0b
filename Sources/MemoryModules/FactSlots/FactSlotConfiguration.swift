public import Memory

/// The configuration of a memory of slots (`ntm`, `dnc`).
public struct FactSlotConfiguration: ModuleConfiguration {
  /// Facts it can hold (N).
  public var slots = 1024
  /// Slots that are read for a question: those with the largest content weights.
  public var reads = 8
  /// Sharpness of the content weights: softmax(strength times cosine).
  public var strength: Float = 32
  /// Where an adapter's trained wire is connected; nil without one, when facts reach the answer as the ledger's readout says.
  public var wiring: MachineWiring?
  /// How facts are taken from texts, judged and put into words.
  public var facts = EpisodicConfiguration()

  /// The defaults.
  public init() {
    // A fact's words, as part of the key of its slot.
    facts.latentWidth = 256
  }

  public init(for context: ModuleContext) { self.init() }

  public var isSound: Bool {
    (1...65_536).contains(slots) && (1...1024).contains(reads)
      && strength.isFinite && (0.1...1000).contains(strength) && facts.isSound
      && facts.addressing == .slots
      && [.votes, .text].contains(facts.readout)
      && (wiring.map { $0.isSound && facts.readout == .votes } ?? true)
  }

  public static var expectation: String? {
    "1 to 65536 slots, 1 to 1024 reads, a strength of 0.1 to 1000, and facts with the readout votes or text; votes with a wiring"
  }

  /// The facts' configuration, with room for what was corrected beside what holds.
  var ledger: EpisodicConfiguration {
    var ledger = facts
    ledger.budget = 4 * slots
    return ledger
  }
}
