/// Which remembered tokens stand in a session's context anyway, word for word.
///
/// Their rows are not shown: attention would count them twice. A token is in the context when four consecutive tokens around it
/// are found there. That depends on the words alone, so it is the same after a restart, however the stream was split, and
/// where a conversation that grew too long was read again without its beginning.
package struct ContextOverlap {
  /// Tokens that have to agree in a row; fewer are common in any text.
  private static let length = 4

  private let runs: Set<[Int32]>

  /// - Parameter tokens: the committed tokens of a session.
  package init(_ tokens: some Collection<Int32>) {
    let tokens = Array(tokens)
    guard tokens.count >= Self.length else {
      runs = []
      return
    }
    runs = Set((0...tokens.count - Self.length).map { Array(tokens[$0..<$0 + Self.length]) })
  }

  /// Per token whether it is in the context.
  package func isInContext(_ tokens: [Int32]) -> [Bool] {
    var result = [Bool](repeating: false, count: tokens.count)
    guard !runs.isEmpty, tokens.count >= Self.length else { return result }
    for start in 0...tokens.count - Self.length
    where runs.contains(Array(tokens[start..<start + Self.length])) {
      for index in start..<start + Self.length { result[index] = true }
    }
    return result
  }
}
