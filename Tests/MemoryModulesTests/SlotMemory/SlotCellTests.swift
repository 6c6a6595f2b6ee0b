import Foundation
import MemoryModules
import ModelFiles
import TestSupport
import Testing

/// The cells of slot memories against NumPy and PyTorch (`Tools/golden/slot_cells.py`), and their fast forms against plain ones.
@Suite("Slot cells")
struct SlotCellTests {
  private let file: SafetensorsFile

  init() throws {
    file = try SafetensorsFile.open(
      #require(Bundle.module.path(forResource: "Fixtures/slot-cells", ofType: "safetensors")))
  }

  private func floats(_ name: String) throws -> [Float] { try file.require(name).floats() }

  /// Rows of a matrix.
  private func rows(_ name: String) throws -> [[Float]] {
    let tensor = try file.require(name)
    let columns = try #require(tensor.shape.last)
    let values = try tensor.floats()
    return stride(from: 0, to: values.count, by: columns).map { Array(values[$0..<$0 + columns]) }
  }

  /// Rows of bits, 64 to a number.
  private func bits(_ name: String) throws -> [[UInt64]] {
    let tensor = try file.require(name)
    let columns = try #require(tensor.shape.last)
    let values = try tensor.uint8s()
    return stride(from: 0, to: values.count, by: columns).map { start in
      stride(from: 0, to: columns, by: 64).map { word in
        (0..<64).reduce(UInt64(0)) { $0 | UInt64(values[start + word + $1]) << UInt64($1) }
      }
    }
  }

  // MARK: - Sparse distributed memory

  private func sparse() throws -> SparseDistributedMemory {
    SparseDistributedMemory(
      addresses: try bits("sdm.addresses").flatMap { $0 }, addressWords: 2, wordBits: 128,
      radius: 56)
  }

  @Test("Counters, sums and settled words of a sparse distributed memory are NumPy's")
  func sparseDistributed() throws {
    var memory = try sparse()
    let words = try bits("sdm.words")
    let other = try bits("sdm.other")
    for word in words { memory.write(word, at: word) }
    memory.write(other[1], at: other[0])
    #expect(try memory.counters.map(Int32.init) == file.require("sdm.counters").int32s())
    let queries = try bits("sdm.queries")
    let sums = queries.flatMap { memory.sums(at: $0).map(Int32.init) }
    #expect(try sums == file.require("sdm.sums").int32s())
    for query in queries { #expect(memory.sums(at: query) == memory.plainSums(at: query)) }
    let settled = queries.prefix(words.count).map { memory.settle(from: $0, limit: 10).word }
    #expect(try settled == bits("sdm.settled"))
    #expect(settled == words, "a noisy word becomes the stored one")
  }

  @Test("A writing is taken back exactly")
  func takesBack() throws {
    var memory = try sparse()
    let words = try bits("sdm.words")
    for word in words.dropLast() { memory.write(word, at: word) }
    let before = memory
    memory.write(words[4], at: words[4])
    #expect(memory != before)
    memory.write(words[4], at: words[4], times: -1)
    #expect(memory == before)
  }

  @Test("A counter stops at the end of its range")
  func saturates() throws {
    var memory = SparseDistributedMemory(
      addresses: [0], addressWords: 1, wordBits: 64, radius: 0)
    for _ in 0..<5 { memory.write([1], at: [0], times: 10_000) }
    #expect(memory.counters[0] == 30_000 && memory.counters[1] == -30_000)
    #expect(memory.read(at: [0]) == [1])
    #expect(memory.sums(at: [1]).allSatisfy { $0 == 0 }, "nothing is within the radius")
  }

  // MARK: - Fast weights

  @Test(
    "Matrices and readings of fast weights are PyTorch's, and those of plain loops",
    arguments: FastWeightFeatures.allCases, FastWeightRule.allCases)
  func fastWeights(features: FastWeightFeatures, rule: FastWeightRule) throws {
    let (keys, values) = (try rows("fast.keys"), try rows("fast.values"))
    var matrix = FastWeightMatrix(
      rule: rule, features: features, keyColumns: 5, valueColumns: 4)
    var plain = matrix
    for (key, value) in zip(keys, values) {
      matrix.write(key, value: value, rate: 0.75, decay: 0.9)
      plain.plainWrite(key, value: value, rate: 0.75, decay: 0.9)
    }
    let name = "fast.\(features.rawValue).\(rule.rawValue)"
    let expected = try floats("\(name).weights")
    #expect(difference(expected, matrix.weights) < 1e-5)
    #expect(difference(expected, plain.weights) < 1e-5)
    let read = try rows("fast.queries").flatMap { matrix.read($0) }
    #expect(difference(try floats("\(name).read"), read) < 1e-5)
  }

  @Test("The delta rule replaces what a key stood for, the sum rule adds to it")
  func replaces() throws {
    let keys = try rows("fast.keys")
    let values = try rows("fast.values")
    for rule in FastWeightRule.allCases {
      var matrix = FastWeightMatrix(
        rule: rule, features: .identity, keyColumns: 5, valueColumns: 4)
      matrix.write(keys[1], value: values[1])
      matrix.write(keys[1], value: values[2])
      let read = matrix.read(keys[1])
      let expected =
        rule == .sum ? zip(values[1], values[2]).map { $0 + $1 } : values[2]
      #expect(difference(expected, read) < 1e-5, "\(rule)")
    }
  }

  // MARK: - Memory networks

  @Test(
    "Three hops are PyTorch's", arguments: ["tied", "linear", "unsoftened", "key-value"])
  func hops(form: String) throws {
    var question = try floats("network.question")
    let update: MemoryNetwork.Update =
      switch form {
      case "linear": .linear(try floats("network.linear"))
      case "key-value": .keyValue(try floats("network.rotation"))
      default: .tied
      }
    for number in 0..<3 {
      let hop = MemoryNetwork.hop(
        question, keys: try floats("network.keys"), values: try floats("network.values"),
        isLinear: form == "unsoftened", update: update)
      let name = "network.\(form).\(number)"
      #expect(difference(try floats("\(name).attention"), hop.attention) < 1e-5)
      #expect(difference(try floats("\(name).output"), hop.output) < 1e-5)
      let length = hop.question.reduce(0) { $0 + $1 * $1 }.squareRoot()
      question = hop.question.map { $0 / length }
      #expect(difference(try floats("\(name).question"), question) < 1e-5)
    }
  }

  @Test("Position encoding is the paper's")
  func positions() throws {
    let made = MemoryNetwork.positionEncoding(words: 5, columns: 6)
    #expect(difference(try floats("network.encoding"), made) < 1e-6)
    #expect(MemoryNetwork.positionEncoding(words: 0, columns: 6).isEmpty)
  }

  // MARK: - Progressive columns

  @Test("Three columns learn as PyTorch's gradients say, and frozen ones stay to the bit")
  func columns() throws {
    let (examples, targets) = (try rows("columns.examples"), try rows("columns.targets"))
    var network = ProgressiveColumns(
      inputs: 5, hidden: 8, outputs: 4, first: try floats("columns.first"))
    for session in 0..<3 {
      network.beginColumn()
      let frozen = network.columns.dropLast()
      for step in 0..<4 {
        network.learn(
          examples[4 * session + step], target: targets[4 * session + step], rate: 0.5)
      }
      #expect(network.columns.dropLast() == frozen)
    }
    #expect(
      difference(try floats("columns.seconds"), network.columns.flatMap(\.output)) < 1e-5)
    #expect(
      difference(try floats("columns.laterals"), network.columns.flatMap(\.laterals)) < 1e-5)
    let read = [0, 4, 8].flatMap { network.read(examples[$0]).flatMap { $0 } }
    #expect(difference(try floats("columns.read"), read) < 1e-5)
  }

  // MARK: - Codes

  @Test("Codes of items are nearly orthogonal, and signs of their bits")
  func codes() {
    var items = ItemCodes((0..<500).map { Int32($0 * 7 - 900) })
    items.insert(-900)
    #expect(items.items.count == 500)
    let products = items.products(ItemCodes.code(of: -900))
    #expect(abs(products[0] - 1) < 1e-5)
    #expect(products.dropFirst().allSatisfy { abs($0) < 0.35 })
    let bits = ItemCodes.bits(of: 5)
    let signs = ItemCodes.code(of: 5)
    for place in 0..<ItemCodes.width {
      #expect((signs[place] > 0) == (bits[place / 64] >> UInt64(place % 64) & 1 == 1))
    }
  }
}
