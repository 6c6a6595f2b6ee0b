import Foundation
import Memory
import MemoryModules
import TestSupport
import Testing
import Tokenization
import Transformer

/// What a memory has read, as lines that anything can read, and the memory made of them again.
@Suite("Export and import")
struct ExportTests {
  let lives: ForgettingBench
  let tokenizer: any Tokenizer

  init() throws {
    lives = try ForgettingBench()
    tokenizer = try loadTokenizer(from: lives.bench.model.file)
  }

  private typealias Bench = ForgettingBench

  private var steps: [ForgettingBench.Step] {
    var told = Bench.document("told", seed: 30, count: 12)
    told.fact = "a fact"
    return [Bench.document("a", seed: 3), Bench.turn("chat", 1), told, Bench.turn("chat", 2)]
  }

  private func lines(_ data: Data) throws -> [[String: Any]] {
    try data.split(separator: UInt8(ascii: "\n")).map {
      try #require(try JSONSerialization.jsonObject(with: $0) as? [String: Any])
    }
  }

  @Test("Exported and imported, it is the same file", arguments: ForgetEqualityTests.kinds)
  func roundTrip(kinds: [ModuleKind]) throws {
    let memory = try lives.memory(kinds, steps)
    let exported = memory.exported(with: tokenizer)
    let again = try lives.bench.memory(try DetachableMemory.exportedKinds(exported, path: "x"))
    let tokens = try again.importLines(exported, path: "x")
    #expect(tokens > 0)
    try ForgettingBench.expectSameFile(memory, again, "\(kinds)")
    #expect(again.exported(with: tokenizer) == exported)
  }

  @Test("Every line is an object that says what it is, with its text and where it came from")
  func readable() throws {
    let memory = try lives.memory([.episodic, .neighbor], steps)
    let all = try lines(memory.exported(with: tokenizer))
    #expect(all.first?["type"] as? String == "head")
    #expect(all.first?["modules"] as? [String] == ["episodic", "neighbor"])
    let commits = all.filter { $0["type"] as? String == "commit" }
    #expect(commits.count == 6)
    for commit in commits {
      #expect(commit["source"] is String && commit["conversation"] is String)
      #expect((commit["date"] as? String)?.hasSuffix("Z") == true)
    }
    let text = try #require(commits.first?["text"] as? String)
    #expect(text == tokenizer.decode(TinyLlama.tokens(25, seed: 3)))
    let facts = all.filter { $0["type"] as? String == "fact" }
    #expect(facts.contains { $0["text"] as? String == "a fact" })
    #expect(facts.allSatisfy { ($0["id"] as? String)?.count == 12 })
  }

  @Test("A line that is not sound is refused by its number, and nothing was learned")
  func hostile() throws {
    let memory = try lives.memory([.neighbor], steps)
    let good = String(decoding: memory.exported(with: tokenizer), as: UTF8.self)
      .split(separator: "\n").map(String.init)
    func attempt(_ lines: [String]) throws -> DetachableMemory {
      let empty = try lives.bench.memory([.neighbor])
      defer { #expect(empty.isEmpty) }
      _ = try empty.importLines(Data(lines.joined(separator: "\n").utf8), path: "x")
      return empty
    }
    func replaced(_ index: Int, _ old: String, _ new: String) -> [String] {
      var lines = good
      #expect(lines[index].contains(old))
      lines[index] = lines[index].replacingOccurrences(of: old, with: new)
      return lines
    }
    for (lines, line) in [
      (Array(good.dropFirst()), 1), (["nonsense"] + good, 1), ([good[0], good[0]], 2),
      (replaced(1, "\"parent\":-1", "\"parent\":7"), 2),
      (replaced(1, "\"keep\":0", "\"keep\":5"), 2),
      (replaced(1, "\"lead\":0", "\"lead\":-1"), 2),
      (replaced(2, "\"marks\":[", "\"marks\":[200,"), 3),
      (replaced(2, "\"tokens\":[", "\"tokens\":[70000,"), 3),
      (replaced(2, "\"role\":\"user\"", "\"role\":\"king\""), 3),
      (replaced(1, "\"type\":\"commit\"", "\"type\":\"poem\""), 2),
    ] {
      do {
        _ = try attempt(lines)
        Issue.record("line \(line) was taken")
      } catch MemoryError.notAnExport(_, let found, _) {
        #expect(found == line)
      }
    }
    #expect(throws: MemoryError.self) {
      _ = try attempt(replaced(0, memory.fingerprint.hex, String(repeating: "0", count: 64)))
    }
  }
}
