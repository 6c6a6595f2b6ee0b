import Foundation
import Memory
import Tensors
import Transformer

/// Keys and values of one repetition.
struct RandomPairs {
  let columns: Int
  /// [pairs, columns], of length 1.
  let keys: [Float]
  /// The token of each, all different.
  let values: [Int32]
  /// Other tokens.
  let newValues: [Int32]

  init(_ pairs: Int, seed: Int, context: ModuleContext) {
    columns = context.keyColumns
    var random = SuiteRandom(UInt64(seed), "associative recall", "\(pairs)")
    var keys: [Float] = []
    for _ in 0..<pairs {
      var key = (0..<context.keyColumns).map { _ in Self.normal(&random) }
      LinearAlgebra.normalize(&key, count: context.keyColumns)
      keys += key
    }
    self.keys = keys
    var tokens: Set<Int32> = []
    var drawn: [Int32] = []
    while drawn.count < min(2 * pairs, context.vocabularySize) {
      let token = Int32(random.within(0...context.vocabularySize - 1))
      if tokens.insert(token).inserted { drawn.append(token) }
    }
    values = Array(drawn.prefix(pairs))
    newValues = Array(drawn.suffix(pairs))
  }

  /// A standard normal number (Box and Muller 1958).
  private static func normal(_ random: inout SuiteRandom) -> Float {
    let radius = (-2 * log(max(1e-300, 1 - random.unit()))).squareRoot()
    return Float(radius * cos(2 * .pi * random.unit()))
  }

  /// Keys of some pairs, [rows, columns].
  func keys(_ rows: some Sequence<Int>) -> [Float] {
    rows.flatMap { keys[$0 * columns..<($0 + 1) * columns] }
  }
}
