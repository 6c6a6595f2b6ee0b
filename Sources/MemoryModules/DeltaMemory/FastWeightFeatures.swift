import Memory

/// The map phi that keys and queries pass before they meet a matrix memory.
package enum FastWeightFeatures: String, ConfigurationChoice {
  /// The key itself: for whitened keys of length 1.
  case identity
  /// ELU(x) + 1 per value (Katharopoulos et al. 2020, arXiv 2006.16236).
  case elu
  /// Deterministic parameter-free projection with nu = 1, 2 and 3 (Schlag et al. 2021, arXiv 2102.11174): products of
  /// relu([x; -x]) with itself, rolled by 1 to nu places; 2 nu columns per column of the key.
  case dpfp1 = "dpfp-1"
  case dpfp2 = "dpfp-2"
  case dpfp3 = "dpfp-3"

  /// Nu; 0 for the others.
  private var rolls: Int {
    switch self {
    case .identity, .elu: 0
    case .dpfp1: 1
    case .dpfp2: 2
    case .dpfp3: 3
    }
  }

  /// Columns of the features of keys of some width.
  package func columns(of key: Int) -> Int { rolls == 0 ? key : 2 * rolls * key }

  /// The features of a key, [columns(of: key)], before they are normalised.
  package func callAsFunction(_ key: [Float]) -> [Float] {
    switch self {
    case .identity: return key
    case .elu: return key.map { $0 > 0 ? $0 + 1 : $0.exponential }
    case .dpfp1, .dpfp2, .dpfp3:
      let halves = key.map { max(0, $0) } + key.map { max(0, -$0) }
      let count = halves.count
      return (1...rolls).flatMap { roll in
        (0..<count).map { halves[$0] * halves[($0 + count - roll) % count] }
      }
    }
  }

  /// Whether all features are positive or 0, so that they can be normalised to a sum of 1.
  var isPositive: Bool { self != .identity }
}
