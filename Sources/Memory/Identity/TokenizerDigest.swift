import Cryptography
import Foundation
import ModelFiles

/// SHA-256 over everything that determines how a text is tokenised; `ModelIdentity` lists what is included.
enum TokenizerDigest {
  static func of(_ metadata: GGUFMetadata) -> String {
    var hash = SHA256()
    func add(_ text: String) {
      hash.update(data: Data("\(text.utf8.count):".utf8))
      hash.update(data: Data(text.utf8))
    }
    func add(_ name: String, _ value: String?) {
      add(name)
      add(value ?? "none")
    }
    func add(_ name: String, texts: [String]) {
      add(name)
      add("\(texts.count)")
      for text in texts { add(text) }
    }
    func add(_ name: String, numbers: [Int]) {
      add(name)
      add("\(numbers.count)")
      numbers.map { Int64($0).littleEndian }.withUnsafeBytes { hash.update(bufferPointer: $0) }
    }
    let model = metadata.string("tokenizer.ggml.model") ?? "none"
    let pieces = metadata.strings("tokenizer.ggml.tokens") ?? []
    // The defaults of this kind of vocabulary, for keys the file leaves out.
    let defaults = Defaults.of(model)
    add("model", model)
    add("tokens", texts: pieces)
    let kinds = metadata.integers("tokenizer.ggml.token_type") ?? pieces.map { _ in 1 }
    add("kinds", numbers: kinds)
    add("merges", texts: metadata.strings("tokenizer.ggml.merges") ?? [])
    add("pre", model == "gpt2" ? metadata.string("tokenizer.ggml.pre") : nil)
    if model != "gpt2" { add("scores", numbers: order(of: metadata, model: model, kinds: kinds)) }
    for (name, fallback) in [
      ("bos", defaults.bos), ("eos", defaults.eos), ("unknown", defaults.unknown),
    ] {
      let id = metadata.integer("tokenizer.ggml.\(name)_token_id") ?? fallback
      add(name, id.map(String.init))
    }
    for (name, fallback) in [
      ("add_bos_token", defaults.addBOS), ("add_eos_token", defaults.addEOS),
      ("add_space_prefix", model != "gpt2"), ("remove_extra_whitespaces", false),
    ] {
      add(name, "\(metadata.bool("tokenizer.ggml.\(name)") ?? fallback)")
    }
    if let charsmap = metadata["tokenizer.ggml.precompiled_charsmap"] {
      add("charsmap", bytes(charsmap))
    }
    return hash.finalize().hexadecimal
  }

  /// Pairs are merged by falling score: only the order of pieces counts, and converters number it differently. A unigram
  /// model adds scores up: their values count.
  private static func order(of metadata: GGUFMetadata, model: String, kinds: [Int]) -> [Int] {
    let scores = metadata.floats("tokenizer.ggml.scores") ?? []
    guard model == "llama" else { return scores.map { Int($0.bitPattern) } }
    let normal = scores.indices.filter { $0 >= kinds.count || kinds[$0] == 1 }
    var ranks: [Int] = []
    var last: Float?
    for id in normal.sorted(by: { (scores[$1], $0) < (scores[$0], $1) }) {
      // Pieces of equal score are distinguished from those of falling score.
      if last == scores[id] { ranks.append(-1) }
      ranks.append(id)
      last = scores[id]
    }
    return ranks
  }

  /// The same bytes as signed and as unsigned numbers.
  private static func bytes(_ value: GGUFValue) -> String {
    switch value {
    case .unsignedArray(let numbers):
      numbers.map { String(UInt8(truncatingIfNeeded: $0)) }.joined(separator: ",")
    case .signedArray(let numbers):
      numbers.map { String(UInt8(truncatingIfNeeded: $0)) }.joined(separator: ",")
    default: "other"
    }
  }

  /// Special tokens of vocabularies that do not name them (llama.cpp's).
  private struct Defaults {
    var bos: Int?
    var eos: Int?
    var unknown: Int?
    var addBOS = false
    var addEOS = false

    static func of(_ model: String) -> Defaults {
      switch model {
      case "llama": Defaults(bos: 1, eos: 2, unknown: 0, addBOS: true)
      case "t5": Defaults(eos: 1, unknown: 2, addEOS: true)
      default: Defaults()
      }
    }
  }
}
