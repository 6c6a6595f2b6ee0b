import ArgumentParser
import Mneme

/// `mneme tokenize`: ids and pieces of a text.
struct TokenizeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize", abstract: "Show the tokens of a text.")

  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The text; - reads standard input.")
  var text: String?

  @Option(name: .long, help: "A file with the text.", completion: .file())
  var file: String?

  @Flag(name: .customLong("no-bos"), help: "No beginning-of-sequence token.")
  var noBOS = false

  @Flag(name: .long, help: "Recognise special tokens written out in the text.")
  var special = false

  func validate() throws {
    guard (text == nil) != (file == nil) else {
      throw ValidationError("Give either a text, --file FILE, or - for standard input.")
    }
  }

  func run() async throws {
    let content = try TextFile.text(text, orFile: file)
    let tokenizer = try LanguageModel.tokenizer(ofModel: model.model.map(PathText.expanded))
    let ids = tokenizer.encode(
      content, addBOS: !noBOS && tokenizer.special.addBOS, parseSpecial: special)
    let pieces = ids.map(tokenizer.piece)
    if output.json {
      try JSONOutput.print(Report(ids: ids, pieces: pieces))
      return
    }
    for (id, piece) in zip(ids, pieces) {
      let shown = piece.replacing("\n", with: "\\n").replacing("\r", with: "\\r")
      try StandardStreams.out("\(String(id).padding(to: 8))\(shown)\n")
    }
  }

  private struct Report: Encodable {
    let ids: [Int32]
    let pieces: [String]
  }
}
