import Memory
import Transformer

/// How much of a text stands in what memories have read, passage by passage.
///
/// Passages of a few tokens tell a text that was read from one that only has words in common with it, whatever stood
/// around it when it was read.
package enum ReadingOverlap {
  /// Tokens of a passage: more than the phrases that unrelated texts share.
  private static let length = 12
  /// The share from which a text counts as read even where a part of the journal is missing.
  private static let certain = 0.9

  /// The share of a text that memories have read, 0 to 1; nil when they cannot tell.
  static func share(of text: [Int32], readBy memories: [DetachableMemory]) -> Double? {
    let share = share(of: text, in: memories.compactMap { $0.journal?.read })
    let isWhole = memories.allSatisfy { ($0.journal?.committed ?? 0) >= $0.tokensSeen }
    return isWhole || share >= certain ? share : nil
  }

  /// The share of a text's tokens that belong to a passage of one of the readings.
  package static func share(of text: [Int32], in readings: [[Int32]]) -> Double {
    let length = min(length, text.count)
    guard length > 0 else { return 0 }
    let passages = passages(of: text, length)
    let wanted = Set(passages)
    var found: Set<UInt64> = []
    for reading in readings {
      found.formUnion(Self.passages(of: reading, length).filter(wanted.contains))
    }
    var covered = 0
    var end = 0
    for (start, passage) in passages.enumerated() where found.contains(passage) {
      covered += start + length - max(start, end)
      end = start + length
    }
    return Double(covered) / Double(text.count)
  }

  /// A hash of every passage of a length, in order; each is made from the one before.
  private static func passages(of tokens: [Int32], _ length: Int) -> [UInt64] {
    guard tokens.count >= length else { return [] }
    let base: UInt64 = 0x9E37_79B9_7F4A_7C15
    let last = (0..<length).reduce(1 as UInt64) { power, _ in power &* base }
    var hashes: [UInt64] = []
    hashes.reserveCapacity(tokens.count - length + 1)
    var hash: UInt64 = 0
    for (index, token) in tokens.enumerated() {
      hash = hash &* base &+ value(token)
      if index >= length { hash = hash &- value(tokens[index - length]) &* last }
      if index >= length - 1 { hashes.append(hash) }
    }
    return hashes
  }

  private static func value(_ token: Int32) -> UInt64 { UInt64(UInt32(bitPattern: token)) &+ 1 }
}

extension Journal {
  /// What was committed to be learned, without the context around it.
  fileprivate var read: [Int32] {
    zip(stream, marks).compactMap { token, mark in
      mark.isLearnable && !mark.isLead ? token : nil
    }
  }
}
