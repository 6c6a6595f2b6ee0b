import Generation
import Tokenization

extension ChatSession {
  /// What ends a reply that has become a loop.
  var repetitionGuard: RepetitionGuard {
    RepetitionGuard { [tokenizer = model.tokenizer] token in
      // A part of a character of several bytes is taken for a letter.
      tokenizer.bytes(of: token, renderSpecial: false).contains {
        $0 >= 0x80 || UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20
      }
    }
  }

  /// What stays of a reply that became a loop: all up to the end of the first repetition.
  ///
  /// A loop is found at whatever token it begins, in the middle of a sentence perhaps; the cut is at the first end of a
  /// sentence after the first repetition and before the second one ends, or else where a character ends.
  func cut(_ tokens: [Int32], after loop: RepetitionGuard.Loop) -> [Int32] {
    let last = min(loop.firstEnd + loop.period, tokens.count)
    var stream = TextStream(tokenizer: model.tokenizer)
    var said = ""
    var whole: Int?
    for (index, token) in tokens[..<last].enumerated() {
      said += stream.append(token)
      guard index + 1 >= loop.firstEnd, !stream.isInsideCharacter else { continue }
      if let end = said.last, end.isNewline || ".!?\u{3002}\u{0964}".contains(end) {
        return Array(tokens[...index])
      }
      if whole == nil { whole = index + 1 }
    }
    return Array(tokens[..<(whole ?? loop.firstEnd)])
  }
}
