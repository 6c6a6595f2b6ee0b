import ModelFiles
import TestSupport
import Tokenization

/// A byte-level vocabulary small enough to read: the 256 bytes by their value, then what merges make, then marks.
struct SmallByteVocabulary {
  var pieces: [String]
  var kinds: [Int64]?
  var merges: [String]
  var metadata: [String: GGUFValue] = ["tokenizer.ggml.pre": .string("gpt-2")]

  /// Each merge joins two pieces written as they are: letters stand for themselves, a space is "Ġ".
  init(merges: [String] = ["h e", "l l", "he ll", "hell o", "Ġ w", "Ġ Ġ", "Ã ©"]) {
    var next: UInt32 = 256
    pieces = (UInt32(0)..<256).map { byte in
      // Latin-1's printable bytes stand for themselves, the others for what follows Latin-1.
      let isPrintable = 33...126 ~= byte || 161...172 ~= byte || 174...255 ~= byte
      defer { if !isPrintable { next += 1 } }
      return String(Character(Unicode.Scalar(isPrintable ? byte : next) ?? "?"))
    }
    self.merges = merges
    for merge in merges { pieces.append(merge.replacing(" ", with: "")) }
    kinds = Array(repeating: 1, count: pieces.count)
  }

  @discardableResult
  mutating func append(_ piece: String, kind: Int64) -> Int32 {
    pieces.append(piece)
    kinds?.append(kind)
    return Int32(pieces.count - 1)
  }

  func writer() -> GGUFWriter {
    var writer = GGUFWriter()
    writer.metadata["tokenizer.ggml.model"] = .string("gpt2")
    writer.metadata["tokenizer.ggml.tokens"] = .stringArray(pieces)
    writer.metadata["tokenizer.ggml.merges"] = .stringArray(merges)
    if let kinds { writer.metadata["tokenizer.ggml.token_type"] = .signedArray(kinds) }
    for (key, value) in metadata { writer.metadata[key] = value }
    return writer
  }

  func tokenizer() throws -> any Tokenizer {
    try loadTokenizer(from: SmallVocabulary.file(writer()))
  }

  func error() -> TokenizerError? {
    do {
      _ = try tokenizer()
      return nil
    } catch {
      return error as? TokenizerError
    }
  }
}
