public import Memory

/// Which of the things that a memory keeps goes when it is full.
///
/// The learned ones are those of LEMN (Jung et al. 2018, arXiv 1812.04227): an agent looks at what is kept and at what arrives. Their
/// weights were trained offline on logged streams (`Tools/train/retention`), by what each thing was worth to the answers.
public enum RetentionPolicy: String, ConfigurationChoice {
  /// The oldest.
  case fifo
  /// What was matched by nothing that arrived for the longest time.
  case lru
  /// What was matched least by all that arrived since.
  case lfu
  /// Any; the same each time.
  case random
  /// What attention looked at least, while it was read and by what arrived since (H2O, arXiv 2306.14048).
  case attention
  /// What surprised the model least.
  case surprise
  /// What an agent chooses by each thing's own features, its match with what arrives included (IM-LEMN).
  case inputMatching = "input-matching"
  /// Likewise, compared with everything else that is kept (S-LEMN).
  case spatial
  /// Likewise, with each thing's history (ST-LEMN).
  case spatioTemporal = "spatio-temporal"

  /// Whether it needs the weights of an agent.
  var isLearned: Bool {
    switch self {
    case .fifo, .lru, .lfu, .random, .attention, .surprise: false
    case .inputMatching, .spatial, .spatioTemporal: true
    }
  }

  /// What goes, for people.
  var rule: String {
    switch self {
    case .fifo: "the oldest goes"
    case .lru: "what was not mentioned for longest goes"
    case .lfu: "what was mentioned least goes"
    case .random: "any goes"
    case .attention: "what attention looked at least goes"
    case .surprise: "what surprised least goes"
    case .inputMatching, .spatial, .spatioTemporal: "the \(rawValue) agent chooses what goes"
    }
  }
}
