import Mneme
import MnemeEvaluation
import Testing

@Suite("Whether a memory has read a text, in the results of a run")
struct TextStandingTests {
  private let chat: TinyChat

  init() throws { chat = try TinyChat.shared.get() }

  private static let tale = String(repeating: "the dog sat. a cat ran, far away. ", count: 6)
  private static let other = "a boat on the river, under a bridge, and nobody in it at all today."

  /// The share of a text that a memory had read, as the results of a run record it.
  ///
  /// - Parameter taught: what the memory's file was taught; nil for a new memory.
  private func share(
    of text: String, taught: String?, keepsJournal: Bool = true, learns: Bool = false
  ) throws -> Double? {
    var source = MemorySource.new([.neighbor], adapter: nil)
    if let taught {
      let path = chat.freshPath()
      _ = try MemoryTeaching(
        model: chat.model, path: path, newModules: [.neighbor], keepsJournal: keepsJournal
      ).run([LearningInput(name: "taught", content: .text(taught))])
      source = .files([path])
    }
    let evaluation = MemoryEvaluation(
      model: chat.model, memories: [.init(name: "attached", source: source)])
    let plan = try PlannedSuite(
      OwnTextSuite(text, label: "a text", learns: learns), options: SuiteOptions())
    let results = try evaluation.run([plan], settings: evaluation.settings(suites: ["text"]))
    let standing = try #require(results.suites[0].texts[0].standing)
    #expect(standing.isLearned == learns)
    #expect(standing.read["detached"] == nil)
    let again = try EvaluationResults(json: try JSONOutputForTests.line(results), path: "r")
    #expect(again.suites[0].texts[0].standing == standing)
    return standing.read["attached"]
  }

  @Test("A text that was taught was read, another one was not, and a new memory has read nothing")
  func told() throws {
    #expect(try share(of: Self.tale, taught: Self.tale) == 1)
    #expect(try share(of: Self.other, taught: Self.tale) == 0)
    #expect(try share(of: Self.tale, taught: nil) == 0)
    // What it learns while it is measured was not read before.
    #expect(try share(of: Self.tale, taught: nil, learns: true) == 0)
  }

  @Test("Without a journal the memory cannot tell, and nothing is recorded")
  func withoutJournal() throws {
    #expect(try share(of: Self.tale, taught: Self.tale, keepsJournal: false) == nil)
    #expect(try share(of: Self.other, taught: Self.tale, keepsJournal: false) == nil)
  }
}
