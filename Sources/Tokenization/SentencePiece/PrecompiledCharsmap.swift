import ModelFiles

/// The character replacements that a SentencePiece model is trained with, such as NFKC.
///
/// The format (SentencePiece's `Normalizer::DecodePrecompiledCharsMap`): the byte count of a trie as 32 bits, the trie
/// as a double array of 32-bit units (Darts-clone), then the replacements, each ended by a zero byte. The library walks
/// the trie without bounds checks; here every step is checked, so that no table can cause reads outside the buffer.
struct PrecompiledCharsmap: Sendable {
  private let units: [UInt32]
  private let replacements: [UInt8]
  /// More than any character's replacement needs (the longest of NFKC has 33 bytes).
  private static let longestReplacement = 256
  /// More than any match's key needs; without a limit a cyclic trie would be slow.
  private static let longestKey = 256
  private static let largestTable = 16 << 20

  /// The table of a file, or nil when there is none.
  init?(metadata: GGUFMetadata, path: String) throws(TokenizerError) {
    let key = "tokenizer.ggml.precompiled_charsmap"
    guard metadata[key] != nil else { return nil }
    guard let numbers = metadata.integers(key), numbers.count <= Self.largestTable else {
      throw .invalidCharsmap(path: path, what: "is no array of bytes")
    }
    if numbers.isEmpty { return nil }
    var blob: [UInt8] = []
    blob.reserveCapacity(numbers.count)
    for number in numbers {
      // Some writers store signed bytes.
      guard let byte = UInt8(exactly: number < 0 ? number + 256 : number) else {
        throw .invalidCharsmap(path: path, what: "is no array of bytes")
      }
      blob.append(byte)
    }
    func word(_ offset: Int) -> UInt32 {
      blob[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
    guard blob.count > 4, case let size = Int(word(0)), size % 4 == 0, size < blob.count - 4 else {
      throw .invalidCharsmap(path: path, what: "is shorter than it announces")
    }
    units = stride(from: 4, to: 4 + size, by: 4).map(word)
    replacements = Array(blob[(4 + size)...])
    guard replacements.last == 0, String(validating: replacements, as: UTF8.self) != nil else {
      throw .invalidCharsmap(path: path, what: "holds replacements that are not valid UTF-8")
    }
    let longest = replacements.split(separator: 0).map(\.count).max() ?? 0
    guard longest <= Self.longestReplacement else {
      throw .invalidCharsmap(path: path, what: "replaces a character by \(longest) bytes")
    }
  }

  /// The text with the longest match at every place replaced.
  ///
  /// - Parameter kept: pieces that stay as they are where they stand in the text.
  func replaced(_ text: ArraySlice<UInt8>, keeping kept: [[UInt8]] = []) -> [UInt8] {
    let kept = kept.sorted { $0.count > $1.count }
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var position = text.startIndex
    while position < text.endIndex {
      if let piece = kept.first(where: { text[position...].starts(with: $0) }) {
        result += piece
        position += piece.count
      } else if let match = longestMatch(in: text[position...]) {
        result += replacements[match.replacement...].prefix { $0 != 0 }
        position += match.length
      } else {
        let start = position
        position += 1
        while position < text.endIndex, text[position] & 0b1100_0000 == 0b1000_0000 {
          position += 1
        }
        result += text[start..<position]
      }
    }
    return result
  }

  private func longestMatch(in text: ArraySlice<UInt8>) -> (length: Int, replacement: Int)? {
    guard let root = units.first else { return nil }
    var node = Self.offset(root)
    var found: (length: Int, replacement: Int)?
    for (index, byte) in text.prefix(Self.longestKey).enumerated() {
      node ^= Int(byte)
      guard node < units.count else { break }
      let unit = units[node]
      // A unit's label, with the highest bit for those that hold values.
      guard unit & 0x8000_00ff == UInt32(byte) else { break }
      node ^= Self.offset(unit)
      guard unit & 0x100 != 0 else { continue }
      guard node < units.count, case let value = Int(units[node] & 0x7fff_ffff),
        value < replacements.count
      else { break }
      let next = text.index(text.startIndex, offsetBy: index + 1)
      // A match that ended within a character would leave half of it.
      guard next == text.endIndex || text[next] & 0b1100_0000 != 0b1000_0000 else { continue }
      found = (index + 1, value)
    }
    return found
  }

  /// The offset of a unit's children, relative to itself.
  private static func offset(_ unit: UInt32) -> Int {
    Int((unit >> 10) << ((unit & 0x200) >> 6))
  }
}
