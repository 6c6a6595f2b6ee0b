import Foundation
import Mneme
import TestSupport
import Testing
import Tokenization

/// Where the limit of tokens falls inside a character of several bytes, nothing of the character is shown.
@Suite("A limit inside a character") struct CutCharacterTests {
  /// Whether the bytes of tokens end inside a character.
  private func endInside(_ tokens: [Int32], _ tokenizer: any Tokenizer) -> Bool {
    var stream = TextStream(tokenizer: tokenizer)
    for token in tokens { _ = stream.append(token) }
    return stream.isInsideCharacter
  }

  @Test("A completion that may be longer only has more text")
  func completion() throws {
    // A model of noise over bytes, which begins characters all the time and rarely ends one.
    let model = try TinyChat.shared.get().model
    let completion = TextCompletion(model: model)
    var cuts = 0
    for prompt in ["hello", "a dog", "where", "milk", "the cat sat", "no", "", "zebra"] {
      var options = GenerationOptions()
      options.sampling.seed = 7
      options.stopsRepetition = false
      var shorter = ""
      for count in 1...24 {
        options.maximumResponseTokens = count
        var streamed = ""
        let response = try completion.run(prompt, chat: false, options: options) { streamed += $0 }
          .response
        #expect(streamed == response.content)
        // As bytes: a letter and a mark that follows it are one `Character`.
        #expect(response.content.utf8.starts(with: shorter.utf8), "\(prompt) \(count)")
        if endInside(response.tokens, model.tokenizer) { cuts += 1 }
        shorter = response.content
      }
    }
    #expect(cuts > 0)
  }

  @Test("So has a reply of a chat, in its stream and as a whole")
  func chat() async throws {
    let chat = try TinyChat.shared.get()
    var cuts = 0
    for seed: UInt64 in 1...4 {
      var shorter = ""
      for count in 1...16 {
        let session = chat.session(tokens: count)
        var options = GenerationOptions()
        options.sampling.seed = seed
        options.maximumResponseTokens = count
        options.stopsRepetition = false
        let response = try await session.respond(to: "hello there", options: options)
        #expect(response.content.utf8.starts(with: shorter.utf8), "\(seed) \(count)")
        if endInside(response.tokens, chat.model.tokenizer) { cuts += 1 }
        shorter = response.content
      }
    }
    #expect(cuts > 0)
  }
}
