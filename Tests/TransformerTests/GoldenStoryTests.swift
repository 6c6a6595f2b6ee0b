import Foundation
import ModelFiles
import Tensors
import TestSupport
import Testing
import Transformer

@Suite struct GoldenStoryTests {
  @Test(
    .enabled(if: Shared.has("weights/stories260K.gguf")), arguments: [1, 2])
  func tellsTheStoryOfTheReferenceProgram(threads: Int) throws {
    let path = try #require(Shared.path("weights/stories260K.gguf"))
    let golden = try #require(Shared.path("weights/stories260K.golden.txt"))
    let file = try ModelFile.open(path)
    let model = try TransformerModel(file: file, threads: ThreadPool(threads: threads))
    let session = TransformerSession(model: model)
    let pieces = try #require(file.metadata.strings("tokenizer.ggml.tokens"))
    var token: Int32 = 1
    var text = ""
    for _ in 0..<200 {
      let logits = try session.forward([token]).last
      let best = try #require(logits.indices.max { logits[$0] < logits[$1] })
      token = Int32(best)
      if token == 1 { break }
      text += pieces[best]
    }
    let told = text.replacingOccurrences(of: "\u{2581}", with: " ")
      .replacingOccurrences(of: "<0x0A>", with: "\n").trimmingCharacters(in: .whitespaces)
    let expected = try String(contentsOfFile: golden, encoding: .utf8)
    #expect(told == expected.trimmingCharacters(in: .whitespacesAndNewlines))
  }
}
