import Foundation
import MnemeEvaluation
import ModelFiles
import TestSupport
import Testing
import Tokenization

@Suite("The suites that come with the program")
struct StandardSuitesTests {
  @Test("Names, order, and what each says of itself")
  func names() {
    #expect(
      StandardSuites.all.map(\.name) == [
        "lifecycle", "copy", "recall", "updates", "everyday", "needles", "stream", "sessions",
        "edits", "conversations", "cost",
      ])
    for suite in StandardSuites.all {
      #expect(StandardSuites.named(suite.name.uppercased())?.title == suite.title)
      #expect(suite.summary.hasSuffix("."))
      #expect(!suite.summary.contains("\n"))
      #expect(suite.needsData == (suite.name == "conversations"))
      #expect(suite.splitsSessions == (suite.name == "sessions"))
    }
    #expect(StandardSuites.named("nothing") == nil)
  }

  @Test("Lifecycle and cost have no tasks of their own")
  func others() throws {
    #expect(try LifecycleSuite().plan(SuiteOptions()) == .lifecycle)
    #expect(try CostSuite().plan(SuiteOptions()) == .cost(tokens: [512, 2048, 8192]))
    #expect(try CostSuite().plan(SuiteOptions(lengths: [7])) == .cost(tokens: [7]))
  }

  @Test(
    "Same seed, same work; another seed, other work", arguments: SuiteWork.generated + ["stream"])
  func seeds(name: String) throws {
    let suite = try #require(StandardSuites.named(name))
    let plan = try suite.plan(SuiteOptions(seed: 3))
    #expect(try suite.plan(SuiteOptions(seed: 3)) == plan)
    #expect(try suite.plan(SuiteOptions(seed: 4)) != plan)
  }

  /// The work of seed 0 as it was when it was first published: figures of different versions can be compared only as long as
  /// it does not change.
  private static let digests: [(String, String)] = [
    ("copy", "b4e91bc7c15ad145"),
    ("recall", "8a424a91f42e3dda"),
    ("updates", "a4e9dd654c782582"),
    ("everyday", "ebedfa30d5f55067"),
    ("needles", "d563d9e224b91554"),
    ("sessions", "dd000a4320e86288"),
    ("edits", "f182f7475c477c35"),
    ("stream", "6a46b672db9b0ce2"),
  ]

  @Test("The work of a seed does not change from machine to machine", arguments: digests)
  func fixed(name: String, digest: String) throws {
    let found = try Self.digest(name)
    #expect(found == digest)
  }

  static func digest(_ name: String) throws -> String {
    let suite = try #require(StandardSuites.named(name))
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    var data = Data()
    switch try suite.plan(SuiteOptions()) {
    case .episodes(let episodes, let decoys): data = try encoder.encode([episodes, decoys])
    case .texts(let tasks): data = try encoder.encode(tasks)
    case .lifecycle, .cost: break
    }
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in data { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    return String(hash, radix: 16)
  }

  @Test(
    "Decoys are as many, of the same form, and hold none of the answers",
    arguments: SuiteWork.generated)
  func decoys(name: String) throws {
    for seed in [0, 1, 2, 99] as [UInt64] {
      let (episodes, decoys) = try SuiteWork.episodes(name, SuiteOptions(seed: seed))
      #expect(!episodes.isEmpty)
      #expect(decoys.count == episodes.count)
      #expect(Set(episodes.map(\.id)).count == episodes.count)
      #expect(Set(episodes.flatMap(\.questions).map(\.prompt)).count > 1)
      for (episode, decoy) in zip(episodes, decoys) {
        #expect(decoy.sessions.map(\.count).count == episode.sessions.count)
        let told = SuiteWork.told(decoy)
        for question in episode.questions {
          #expect(!AnswerText.contains(told, question.answers), "\(question.prompt)")
        }
      }
    }
  }

  @Test(
    "Questions have answers and kinds, and what is wrong is not right",
    arguments: SuiteWork.generated)
  func questions(name: String) throws {
    for episode in try SuiteWork.episodes(name, SuiteOptions(seed: 5)).episodes {
      for question in episode.questions {
        // A question that is unrelated to what was told has no answer.
        #expect(
          question.answers.contains { !AnswerText.words($0).isEmpty }
            || question.isUnrelated && question.kind == "unrelated" && name == "everyday")
        #expect(question.kind != nil)
        if !question.isForgotten {
          #expect(Set(question.wrong).isDisjoint(with: question.answers))
        }
      }
      for telling in episode.sessions.joined() {
        #expect(telling.text.isEmpty == (telling.kind == .forget))
      }
    }
  }

  @Test("More episodes are asked for, and given", arguments: SuiteWork.generated)
  func more(name: String) throws {
    let one = try SuiteWork.episodes(name, SuiteOptions(episodes: 1)).episodes
    let two = try SuiteWork.episodes(name, SuiteOptions(episodes: 2)).episodes
    #expect(two.count == 2 * one.count)
  }

  @Test(
    "A run stays small, in the bundled model's tokens",
    .enabled(if: FileManager.default.fileExists(atPath: Repository.bundledModel)))
  func sizes() throws {
    let tokenizer = try loadTokenizer(from: ModelFile.open(Repository.bundledModel))
    let options = SuiteOptions { text in
      tokenizer.encode(text, addBOS: false, parseSpecial: false).count
    }
    for suite in StandardSuites.all {
      guard !suite.needsData else { continue }
      switch try suite.plan(options) {
      case .episodes(let episodes, _):
        let told = episodes.flatMap { $0.sessions.joined() }
          .reduce(0) { $0 + options.countTokens($1.text) }
        let asked = episodes.reduce(0) { $0 + $1.questions.count }
        #expect((1...13_000).contains(told), "\(suite.name): \(told) tokens")
        #expect((20...120).contains(asked), "\(suite.name): \(asked) questions")
      case .texts(let tasks):
        let read = tasks.map { options.countTokens($0.text) }
        #expect((7_500...8_400).contains(read.reduce(0, +)), "\(suite.name): \(read)")
      case .lifecycle, .cost: break
      }
    }
  }
}
