import Generation
import Memory
import ModelFiles
import Tokenization
import Transformer

/// What a model's template writes around messages.
struct StudyFrame {
  /// Before the first message of a user.
  private(set) var begin: [Int32] = []
  /// After a text, before what is asked about it.
  private(set) var border: [Int32] = []
  /// After the beginning of a sentence, to ask for all of it.
  private(set) var ask: [Int32] = []
  /// Between a question and its answer.
  private(set) var reply: [Int32] = []
  /// Between an answer and the next question.
  private(set) var nextTurn: [Int32] = []

  /// Nothing for a model without a tokenizer.
  init(_ context: ModuleContext) {
    guard let tokenizer = context.tokenizer else { return }
    func encoded(_ text: String) -> [Int32] {
      tokenizer.encode(text, addBOS: false, parseSpecial: false)
    }
    border = encoded(BorderRows.border)
    ask = encoded("...?")
    let template = ChatTemplate(of: context.model.file.metadata, tokenizer: tokenizer)
    let words = [
      ChatMessage(role: .user, content: "word"), ChatMessage(role: .assistant, content: "word"),
    ]
    let chat = template.encode(words + words, addGenerationPrompt: false)
    // The runs of tokens that are nobody's words.
    var marks: [[Int32]] = [[]]
    var wasSaid = false
    for (token, part) in zip(chat.tokens, chat.parts) {
      let isSaid = part == .user || part == .assistant
      if isSaid, !wasSaid { marks.append([]) }
      if !isSaid { marks[marks.count - 1].append(token) }
      wasSaid = isSaid
    }
    guard marks.count == 5 else { return }
    (begin, reply, nextTurn) = (marks[0], marks[1], marks[2])
  }
}
