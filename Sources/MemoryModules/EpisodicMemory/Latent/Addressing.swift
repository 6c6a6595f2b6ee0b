import Foundation
public import Memory
import Tensors

/// How a latent becomes an address, the weights of the slots (Larimar, arXiv 2403.11901, sections 3 and 5, appendix E).
public enum Addressing: String, ConfigurationChoice {
  /// A slot per fact, one-hot: Gaussian addressing in the limit of zero width. Capacity is the ledger's.
  case slots
  /// W = z M_ref^+ with a constant random M_ref: the address can be recomputed when the fact is forgotten.
  case reference
  /// w_k proportional to exp(-|z - M_ref,k|^2 / (2 a s^2)), s the distance of the nearest row; rows of M_ref are the keys
  /// of the first facts: slots grow online.
  case gaussian
  /// W = z M^+ with the present memory: the address changes with every write, so forgetting requires a rebuild.
  case current
}

/// Turns latents into addresses.
package struct Addresser: Sendable {
  package let addressing: Addressing
  package let slots: Int
  package let columns: Int
  /// Rows of M_ref in use, [rows, columns].
  package private(set) var reference: [Double] = []
  private var inverse: PseudoInverse?

  /// Width of the Gaussian relative to the distance of the nearest row (appendix E).
  private static let gaussianWidth = 1e-3

  package init(addressing: Addressing, slots: Int, columns: Int, seed: UInt64 = 0x4c61_7269_6d61_72)
  {
    self.addressing = addressing
    self.slots = slots
    self.columns = columns
    guard addressing == .reference || addressing == .current else { return }
    reference = Self.normal(slots * columns, seed: seed)
    guard addressing == .reference else { return }
    // The reference is constant, so its inverse is computed once.
    inverse = PseudoInverse(reference, rows: slots, columns: columns)
    inverse?.expand()
  }

  /// Rows of M_ref in use.
  package var rows: Int { reference.count / columns }

  /// The most directions that addresses can span.
  package var rank: Int {
    switch addressing {
    case .reference, .current: min(slots, columns)
    case .slots, .gaussian: slots
    }
  }

  /// Adds a slot for a key, if slots grow and one is free; true if a slot was added.
  package mutating func admit(_ key: [Double]) -> Bool {
    guard addressing == .gaussian || addressing == .slots, rows < slots else { return false }
    reference.append(contentsOf: key)
    return true
  }

  /// The address of a key, [slots].
  ///
  /// - Parameter memory: M - M_0, [slots, columns]; used by `current` addressing only.
  package func address(_ key: [Double], memory: @autoclosure () -> [Double]) -> [Double] {
    precondition(key.count == columns, "a key of this width")
    switch addressing {
    case .reference:
      return inverse?.weights(of: key) ?? [Double](repeating: 0, count: slots)
    case .current:
      // M_0 is the random reference, and the memory stores the difference from it: alone, M would span only one
      // direction per fact.
      var present = memory()
      for index in present.indices { present[index] += reference[index] }
      return PseudoInverse(present, rows: slots, columns: columns, relativeRidge: 1e-6)
        .weights(of: key)
    case .gaussian, .slots:
      return gaussian(key)
    }
  }

  /// The read of M_0 at an address, [columns]; zero for all but `current` addressing.
  package func prior(_ address: [Double]) -> [Double] {
    var value = [Double](repeating: 0, count: columns)
    guard addressing == .current else { return value }
    for slot in 0..<slots {
      for column in 0..<columns {
        value[column] += address[slot] * reference[slot * columns + column]
      }
    }
    return value
  }

  private func gaussian(_ key: [Double]) -> [Double] {
    var weights = [Double](repeating: 0, count: slots)
    guard rows > 0 else { return weights }
    let distances = (0..<rows).map { row in
      var total = 0.0
      for column in 0..<columns {
        let difference = key[column] - reference[row * columns + column]
        total += difference * difference
      }
      return total
    }
    guard let nearest = distances.indices.min(by: { distances[$0] < distances[$1] }),
      distances[nearest].isFinite
    else { return weights }
    guard addressing == .gaussian, distances[nearest] > 1e-24 else {
      weights[nearest] = 1
      return weights
    }
    let scale = 1 / (2 * Self.gaussianWidth * distances[nearest])
    var total = 0.0
    for row in 0..<rows {
      let weight = exp(-(distances[row] - distances[nearest]) * scale)
      // Negligible weights are set to zero, so that addresses stay sparse.
      if weight > 1e-12 { weights[row] = weight }
      total += weights[row]
    }
    for row in 0..<rows { weights[row] /= total }
    return weights
  }

  /// Approximately normal values, the same on every machine: sums of twelve uniform numbers.
  package static func normal(_ count: Int, seed: UInt64) -> [Double] {
    var generator = SplitMix64(seed: seed)
    return (0..<count).map { _ in
      (0..<12).reduce(-6.0) { sum, _ in sum + Double(generator.next() >> 11) * 0x1p-53 }
    }
  }
}
