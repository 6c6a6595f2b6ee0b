import Foundation
import Mneme
import TestSupport
import Testing

/// The example of the article UsingTheLibrary, compiled as it stands there and run on a model of random weights.
@Suite("Library example")
struct LibraryExampleTests {
  @Test("It compiles and runs")
  func example() async throws {
    let tiny = try TinyChat.shared.get()
    let modelPath = tiny.tiny.path
    let memoryPath = tiny.freshPath()

    // begin of the example
    let model = try await LanguageModel.load(modelPath)  // or .load() for the bundled one
    let chat = ChatSession(model, instructions: "You are a helpful assistant.")
    try await chat.attach(memoryPath)  // a memory file, made if it is missing

    for try await piece in chat.streamResponse(to: "My dog is called Bozkif.") {
      print(piece, terminator: "")
    }
    try await chat.detach(memoryPath)  // saves it first; one session at a time writes to a file

    let later = ChatSession(model)  // another process, another day
    try await later.attach(memoryPath)
    print(try await later.respond(to: "What is my dog called?").content)
    // end of the example

    #expect(FileManager.default.fileExists(atPath: memoryPath))
    #expect(await later.transcript.exchanges.count == 1)
  }
}
