import Foundation
import ModelFiles
import Tensors
import TestSupport
import Testing

@Suite("Hugging Face folders with random damage")
struct FolderDamageTests {
  private static let pieces = [
    "{", "}", "[", "]", "\"", ",", ":", "0", "-1", "1e999", "null", "true", "\\u0000", "..", "/",
    "9223372036854775808", "4294967296", "65535", "\u{0}", "\u{7f}", "[[[[[[[[[[[[[[[[[[",
  ]

  /// Bytes with one to four places changed, removed or added.
  private func damaged(
    _ bytes: Data, within range: Range<Int>, _ random: inout TestRandom
  ) -> Data {
    var bytes = [UInt8](bytes)
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let limit = max(range.lowerBound + 1, min(range.upperBound, bytes.count))
      let place = Int.random(in: range.lowerBound..<limit, using: &random)
      guard place < bytes.count else { continue }
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes[place] ^= UInt8.random(in: 1...255, using: &random)
      case 1: bytes[place] = UInt8(ascii: "0") + UInt8.random(in: 0...9, using: &random)
      case 2:
        bytes.removeSubrange(
          place..<min(bytes.count, place + Int.random(in: 1...9, using: &random)))
      case 3: bytes.removeSubrange(place...)
      case 4:
        let end = min(bytes.count, place + Int.random(in: 1...30, using: &random))
        bytes.insert(contentsOf: bytes[place..<end], at: place)
      default:
        let piece = Self.pieces.randomElement(using: &random) ?? "0"
        bytes.insert(contentsOf: piece.utf8, at: place)
      }
    }
    return Data(bytes)
  }

  @Test(
    "Opens or says what is wrong; the bytes of what opens can be read",
    arguments: ["llama", "mistral-shards-old", "gemma3-vision", "phi3-short", "gpt2"])
  func mutations(name: String) throws {
    let copy = try FolderCopy(name)
    var random = TestRandom(seed: 11)
    let names = try FileManager.default.contentsOfDirectory(atPath: copy.path).filter {
      $0 == "config.json" || $0.contains(".safetensors")
    }.sorted()
    let originals = try names.map { try copy.data($0) }
    var (opened, refused) = (0, 0)
    for _ in 0..<600 {
      let chosen = Int.random(in: 0..<names.count, using: &random)
      let bytes = originals[chosen]
      // Of the weights, the header and its length.
      let header = bytes.prefix(2).reduce((0, 1)) { ($0.0 + Int($1) * $0.1, $0.1 * 256) }.0 + 8
      let range = names[chosen].hasSuffix(".json") ? 0..<bytes.count : 0..<min(header, bytes.count)
      try copy.write(damaged(bytes, within: range, &random), as: names[chosen])
      do {
        let file = try ModelFile.open(copy.path)
        for tensor in file.tensors {
          #expect(tensor.type.byteCount(elements: tensor.elementCount) == tensor.bytes.count)
          _ = tensor.bytes.reduce(UInt8(0)) { $0 ^ $1 }
        }
        opened += 1
      } catch {
        #expect(!error.explanation.what.isEmpty)
        refused += 1
      }
      try copy.write(bytes, as: names[chosen])
    }
    #expect(refused > 200 && opened > 10, "\(opened) opened, \(refused) refused")
  }
}
