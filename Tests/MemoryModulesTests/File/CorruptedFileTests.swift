import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Transformer

/// Ten thousand damaged memory files: each is refused in a sentence, or holds what the sound one held, bit for bit.
@Suite("Damaged memory files")
struct CorruptedFileTests {
  struct Subject {
    let whole: Data
    let other: Data
    let state: Data
  }

  /// Files of every kind of module, with and without a journal, each with another of the same shape.
  static func subjects(_ bench: Workbench) throws -> [Subject] {
    try FormatMigrationTests.subjects.map { subject in
      let memory = try FrozenMemory.make(subject.kinds, journal: subject.journal, on: bench)
      let other = try FrozenMemory.make(
        subject.kinds, journal: subject.journal, on: bench, seed: 31)
      return Subject(
        whole: try Workbench.bytes(of: memory), other: try Workbench.bytes(of: other),
        state: try Workbench.state(of: memory))
    }
  }

  @Test("10 000 files with damage: none is taken for another memory than it was")
  func damaged() throws {
    let bench = try Workbench.shared.get()
    let subjects = try Self.subjects(bench)
    for subject in subjects { #expect(subject.whole != subject.other) }
    let folder = try TemporaryFolder()
    let path = folder.path("damaged.mneme")
    var random = TestRandom(seed: 11)
    var refused: [Damage: Int] = [:]
    var unharmed: [Damage: Int] = [:]
    let count = 10_000
    for turn in 0..<count {
      let subject = subjects[turn % subjects.count]
      let damage = Damage.allCases[turn / subjects.count % Damage.allCases.count]
      // What happens to change nothing is no damage.
      var bytes = subject.whole
      while bytes == subject.whole {
        bytes = try damage.apply(to: subject.whole, other: subject.other, &random)
      }
      try bytes.write(to: URL(fileURLWithPath: path))
      do throws(MemoryError) {
        let loaded = try DetachableMemory.load(path, model: bench.model, registry: .standard)
        unharmed[damage, default: 0] += 1
        let isSame = (try? Workbench.state(of: loaded)) == subject.state
        #expect(isSame, "turn \(turn), \(damage): accepted as another memory")
      } catch {
        refused[damage, default: 0] += 1
        #expect(!error.explanation.what.isEmpty, "turn \(turn), \(damage)")
      }
    }
    #expect(refused.values.reduce(0, +) + unharmed.values.reduce(0, +) == count)
    for damage in Damage.allCases {
      let (bad, good) = (refused[damage] ?? 0, unharmed[damage] ?? 0)
      print("damaged memory files: \(damage.rawValue): \(bad) refused, \(good) unharmed")
      // What is unharmed has other blanks in its header, or its tensors in another order.
      #expect(bad > 8 * good, "\(damage): \(bad) refused, \(good) unharmed")
    }
  }

  @Test("Files forged with right checksums are refused, or hold finite values in their ranges")
  func forged() throws {
    let bench = try Workbench.shared.get()
    let originals = try Self.subjects(bench).map {
      ForgedMemory(try SafetensorsFile.parse($0.whole, path: "whole"))
    }
    let folder = try TemporaryFolder()
    let path = folder.path("forged.mneme")
    for original in originals {
      try original.serialized().write(to: URL(fileURLWithPath: path))
      _ = try DetachableMemory.load(path, model: bench.model, registry: .standard)
    }
    var random = TestRandom(seed: 12)
    var outcomes = (loaded: 0, refused: 0)
    let count = 1_200
    for turn in 0..<count {
      var memory = originals[turn % originals.count]
      for _ in 0...Int(random.next() % 2) { Self.forge(&memory, &random) }
      try memory.serialized().write(to: URL(fileURLWithPath: path))
      do throws(MemoryError) {
        let loaded = try DetachableMemory.load(path, model: bench.model, registry: .standard)
        outcomes.loaded += 1
        do { try Self.check(loaded, bench, "turn \(turn)") } catch {
          Issue.record("turn \(turn): \(error)")
        }
      } catch {
        outcomes.refused += 1
        #expect(!error.explanation.what.isEmpty)
      }
    }
    print("forged memory files: \(outcomes.refused) refused, \(outcomes.loaded) loaded")
    #expect(outcomes.loaded + outcomes.refused == count)
    #expect(outcomes.loaded > count / 20 && outcomes.refused > count / 5)
  }

  /// One lie about a tensor or the metadata.
  private static func forge(_ memory: inout ForgedMemory, _ random: inout TestRandom) {
    func below(_ limit: Int) -> Int { Int(random.next() % UInt64(max(1, limit))) }
    let place = below(memory.tensors.count)
    var bytes = [UInt8](memory.tensors[place].bytes)
    switch below(8) {
    case 0 where !bytes.isEmpty: bytes[below(bytes.count)] ^= 1 << UInt8(below(8))
    case 1 where bytes.count >= 8:
      // A whole number or a float at its extremes.
      let extremes: [UInt32] = [0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x7f7f_ffff, 0x7f80_0000, 0]
      let value = extremes[below(extremes.count)]
      let start = below(bytes.count / 4) * 4
      for step in 0..<4 { bytes[start + step] = UInt8(value >> (8 * UInt32(step)) & 255) }
    case 2: bytes.removeLast(min(bytes.count, 4 * (1 + below(8))))
    case 3: bytes += bytes.suffix(4 * (1 + below(8)))
    case 4 where bytes.count >= 4:
      // JSON: a digit or a bracket.
      let digits = Array("0123456789-[]{}\",".utf8)
      let start = below(bytes.count)
      bytes[start] = digits[below(digits.count)]
    case 5: memory.tensors[place].name = memory.tensors[below(memory.tensors.count)].name
    case 6:
      let keys = memory.metadata.keys.sorted()
      let key = keys[below(keys.count)]
      var text = Array((memory.metadata[key] ?? "").utf8)
      let digits = Array("0123456789-".utf8)
      let numbers = text.indices.filter { digits.contains(text[$0]) }
      if let number = numbers.isEmpty ? nil : numbers[below(numbers.count)] {
        text[number] = digits[below(digits.count)]
      }
      memory.metadata[key] = String(decoding: text, as: UTF8.self)
    default: memory.tensors[place].shape = [below(9), below(9), below(9)]
    }
    memory.tensors[place].bytes = Data(bytes)
  }

  /// Everything a memory that was accepted holds is finite and in range, and it can be used and saved.
  private static func check(_ memory: DetachableMemory, _ bench: Workbench, _ turn: String) throws {
    let vocabulary = bench.model.configuration.vocabularySize
    for token in memory.journal?.tokens ?? [] {
      #expect(token >= 0 && Int(token) < vocabulary, "\(turn)")
    }
    let isFinite = memory.journal?.surprisals.allSatisfy(\.isFinite) ?? true
    #expect(isFinite, "\(turn)")
    let logits = try bench.logits(TinyLlama.tokens(8, seed: 31), with: memory, asAnswer: true)
    let areNumbers = !logits.contains(where: \.isNaN)
    #expect(areNumbers, "\(turn)")
    let folder = try TemporaryFolder()
    try memory.save(to: folder.path("again.mneme"))
    let file = try SafetensorsFile.open(folder.path("again.mneme"))
    for tensor in file.tensors { #expect(tensor.isFinite, "\(turn): \(tensor.name)") }
    #expect(throws: Never.self, "\(turn)") {
      _ = try DetachableMemory.load(
        folder.path("again.mneme"), model: bench.model, registry: .standard)
    }
  }
}
