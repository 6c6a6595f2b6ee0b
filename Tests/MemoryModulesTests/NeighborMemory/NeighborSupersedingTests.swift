import Foundation
import Memory
import MemoryModules
import TestSupport
import Testing
import Tokenization
import Transformer

/// What was said later behind the same words takes the place of what was said before.
@Suite("Neighbor memory: what is out of date")
struct NeighborSupersedingTests {
  let bench: Workbench
  let tokenizer: any Tokenizer

  init() throws {
    bench = try Workbench.shared.get()
    tokenizer = try loadTokenizer(from: bench.model.file)
  }

  private func memory(
    knowsWords: Bool = true, _ change: (inout NeighborConfiguration) -> Void
  ) throws -> NeighborMemory {
    var configuration = NeighborConfiguration()
    change(&configuration)
    let names = NeighborMemory.gateFeatureNames
    return try NeighborMemory(
      context: ModuleContext(
        model: bench.model, keyColumns: 2, tokenizer: knowsWords ? tokenizer : nil),
      parameters: ModuleParameters(configuration, gate: .closed(names)))
  }

  private func key(_ degrees: Float) -> [Float] {
    [cos(degrees / 180 * .pi), sin(degrees / 180 * .pi)]
  }

  /// Tokens behind keys of their own, each at so many degrees, as one text.
  private func tell(_ pairs: [(degrees: Float, token: Int32)], to memory: NeighborMemory) {
    let width = bench.model.configuration.width
    memory.write(
      WriteBatch(
        keys: pairs.flatMap { key($0.degrees) },
        hidden: [Float](repeating: 0, count: pairs.count * width),
        targets: pairs.map(\.token), logProbabilities: pairs.map { _ in -1 },
        journal: Array(pairs.indices)))
    memory.endSegment()
  }

  /// What is heard behind a key, of three tokens that matter.
  private func heard(_ memory: NeighborMemory) throws -> Set<Int32> {
    let width = bench.model.configuration.width
    let reading = try #require(
      memory.read(
        ReadInput(rows: 1, keys: key(0), hidden: [Float](repeating: 0, count: width)))[0])
    guard case .sparse(let tokens, _) = reading.distribution else { return [] }
    return Set(tokens).intersection([7, 8, 9])
  }

  @Test("A newer neighbor takes the place of an older one behind a like key and the same tokens")
  func tokens() throws {
    /// Three tokens behind keys that nobody asks for, then the one that matters.
    func say(_ context: [Int32], _ degrees: Float, _ token: Int32, to memory: NeighborMemory) {
      tell(context.map { (180, $0) } + [(degrees, token)], to: memory)
    }
    let (dog, cat): ([Int32], [Int32]) = ([21, 22, 23], [31, 22, 23])
    for (from, expected): (Float, Set<Int32>) in [
      (2, [7, 8, 9]), (0.99, [7, 8, 9]), (0.9, [8, 9]),
    ] {
      let memory = try memory(knowsWords: false) { $0.supersededFrom = from }
      // The older entry is the nearer one to what is asked.
      say(dog, 1, 7, to: memory)
      say(cat, 2, 8, to: memory)
      #expect(try heard(memory) == [7, 8], "about something else")
      say(dog, 20, 9, to: memory)
      #expect(try heard(memory) == expected)
      // Said once more, the first is the newest again.
      say(dog, 3, 7, to: memory)
      #expect(try heard(memory) == (from == 0.9 ? [7, 8] : [7, 8, 9]))
    }
  }

  @Test(
    "The same words back to where a clause begins, capitals aside",
    arguments: [
      ("my cat is", "my cat is", true), ("my cat is", "No, my cat is", true),
      ("My cat is", "No, my cat is", true), ("Well. my cat is", "No, my cat is", true),
      ("my cat is", "my fat cat is", false), ("my house is", "my mouse is", false),
      ("so my cat is", "but my cat is", false), ("my cat is", "your cat is", false),
    ])
  func clauses(old: String, new: String, isSame: Bool) throws {
    let memory = try memory { $0.supersededFrom = 0.9 }
    for (text, degrees, token): (String, Float, Int32) in [(old, 1, 7), (new, 5, 9)] {
      let tokens = tokenizer.encode(text, addBOS: false, parseSpecial: false)
      tell(tokens.map { (180, $0) } + [(degrees, token)], to: memory)
    }
    #expect(try heard(memory) == (isSame ? [9] : [7, 9]))
  }

  @Test("An answer that follows pointers hears what was said since")
  func pointers() throws {
    for (from, expected): (Float, Int32) in [(2, 7), (0.9, 9)] {
      let memory = try memory(knowsWords: false) {
        $0.supersededFrom = from
        $0.answerPointers = 1
        $0.neighbors = 1
      }
      tell([(180, 21), (0, 22), (40, 23), (80, 7)], to: memory)
      // Said anew behind other keys: nothing points there.
      tell([(180, 21), (-60, 22), (-90, 23), (82, 9)], to: memory)
      let width = bench.model.configuration.width
      let degrees: [Float] = [0, 40, 81.5]
      let tokens = [Int32](repeating: 3, count: 18) + [22, 23]
      let readings = memory.read(
        ReadInput(
          rows: 3, keys: degrees.flatMap(key), hidden: [Float](repeating: 0, count: 3 * width),
          text: TextWindow(
            tokens: tokens, positions: [17, 18, 19], mode: .answer(from: 18, question: 0..<18))))
      #expect(readings.map { $0?.top?.token } == [22, 23, expected])
    }
  }
}
