import Foundation
import ModelFiles
import Tokenization

/// Any bytes as a vocabulary: a GGUF file, a `tokenizer.json` or a SentencePiece model, by their first bytes.
enum TokenizerTarget {
  private static let texts = [
    "hello w\u{f6}rld 12 <|end|>\n\u{2581}x \0  it's", "\u{65e5}\u{672c}\u{8a9e}\u{1F999} 1e9",
    " ", "", "aaaaaaaaaaaaaaaaaaaaaaaa<s></s>",
  ]

  static func run(_ bytes: UnsafeRawBufferPointer) {
    guard let file = file(of: bytes), let tokenizer = try? loadTokenizer(from: file) else { return }
    for text in texts {
      for parses in [false, true] {
        let ids = tokenizer.encode(text, addBOS: true, parseSpecial: parses)
        for id in ids where id < 0 || Int(id) >= tokenizer.vocabularySize {
          Target.report("token \(id) of \(tokenizer.vocabularySize)")
        }
        _ = tokenizer.decode(ids)
        var stream = TextStream(tokenizer: tokenizer, stripsLeadingSpace: true)
        for id in ids { _ = stream.append(id) }
      }
    }
    let ids = (0..<Int32(min(tokenizer.vocabularySize, 64))).map { $0 }
    _ = tokenizer.decode(ids)
    for id in ids { _ = tokenizer.piece(id) }
  }

  private static func file(of bytes: UnsafeRawBufferPointer) -> ModelFile? {
    if bytes.starts(with: "GGUF".utf8) {
      return try? ModelFile.open(Target.write(bytes, as: "vocabulary.gguf"))
    }
    let isJSON = bytes.first == UInt8(ascii: "{")
    let folder = "\(Target.folder)/vocabulary-\(isJSON ? "json" : "proto")"
    try? FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    let name = isJSON ? "tokenizer.json" : "tokenizer.model"
    _ = Target.write(bytes, as: "vocabulary-\(isJSON ? "json" : "proto")/\(name)")
    guard
      let metadata = try? HuggingFaceVocabulary.metadata(ofFolder: folder, vocabularySize: nil)
    else { return nil }
    var writer = GGUFWriter()
    writer.metadata = metadata
    let path = "\(Target.folder)/made.gguf"
    guard (try? writer.write(to: path)) != nil else { return nil }
    return try? ModelFile.open(path)
  }
}
