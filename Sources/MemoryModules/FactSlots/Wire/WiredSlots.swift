import Memory
import ModelFiles

/// The slots of a wired machine: a token each, in the order in which they were told.
struct WiredSlots: Sendable, Equatable {
  /// [slots, columns].
  private(set) var contents: [Float] = []
  private(set) var tokens: [Int32] = []
  /// The place of each token in the journal, -1 without one.
  private(set) var journal: [Int] = []
  /// 1 where a sentence begins, else 0.
  private(set) var begins: [UInt8] = []
  /// The first slots, which can be read: those of segments that have ended.
  private(set) var readable = 0
  /// Tokens that were not learned because what they are made of was not finite.
  var rejected = 0
  let columns: Int
  /// The most that are kept.
  let limit: Int

  init(_ wiring: MachineWiring) { (columns, limit) = (wiring.columns, wiring.slots) }

  var count: Int { tokens.count }
  var stateBytes: Int { count * (4 * columns + 12) }

  /// Adds a slot; the write head moves on by one.
  mutating func write(_ content: [Float], token: Int32, journal place: Int, begins: Bool) {
    contents += content
    tokens.append(token)
    journal.append(place)
    self.begins.append(begins || tokens.count == 1 ? 1 : 0)
  }

  /// Lets the oldest go that are too many, and all others be read.
  mutating func endSegment() {
    let excess = count - limit
    if excess > 0 { keep { $0 >= excess } }
    readable = count
  }

  /// Removes the sentences that hold tokens of some places in the journal: their mean is in the contents of all their slots.
  ///
  /// - Parameter places: never asked of a token without one.
  /// - Returns: how many slots there were.
  mutating func forget(_ places: (Int) -> Bool) -> Int {
    func isGone(_ place: Int) -> Bool { place >= 0 && places(place) }
    guard journal.contains(where: isGone) else { return 0 }
    let before = count
    var gone = [Bool](repeating: false, count: count)
    var start = 0
    for slot in 0..<count {
      if begins[slot] == 1 { start = slot }
      if isGone(journal[slot]) { for other in start...slot { gone[other] = true } }
      if slot > start, gone[start] { gone[slot] = true }
    }
    keep { !gone[$0] }
    return before - count
  }

  private mutating func keep(_ isKept: (Int) -> Bool) {
    let kept = tokens.indices.filter(isKept)
    readable = kept.count { $0 < readable }
    contents = kept.flatMap { contents[$0 * columns..<($0 + 1) * columns] }
    tokens = kept.map { tokens[$0] }
    journal = kept.map { journal[$0] }
    begins = kept.map { begins[$0] }
    if !begins.isEmpty { begins[0] = 1 }
  }

  /// The slots that can be read, but those of some places in the journal.
  func read(without places: Set<Int>) -> WiredSlots {
    var rest = self
    let end = readable
    if end < count { rest.keep { $0 < end } }
    if !places.isEmpty { _ = rest.forget(places.contains) }
    return rest
  }

  /// What a head over the slots says: the tokens with the most weight, the most first.
  ///
  /// - Parameter weights: [slots].
  func shares(_ weights: [Float], limit: Int) -> [(token: Int32, weight: Float)] {
    var shares: [Int32: Float] = [:]
    for (slot, weight) in weights.enumerated() { shares[tokens[slot], default: 0] += weight }
    return shares.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(limit).map {
      (token: $0.key, weight: $0.value)
    }
  }

  mutating func remap(_ newIndex: (Int) -> Int?) {
    journal = journal.map { $0 < 0 ? -1 : newIndex($0) ?? -1 }
  }

  /// Adds another's slots after these.
  mutating func unite(with other: WiredSlots, journal place: Int?) {
    contents += other.contents
    tokens += other.tokens
    begins += other.begins
    journal += other.journal.map { old in place.map { old < 0 ? -1 : old + $0 } ?? -1 }
    endSegment()
  }

  // MARK: - File

  /// Adds the slots to a file:
  ///
  /// | tensor | type, shape |
  /// |---|---|
  /// | `<kind>.wire.contents` | F32 [slots, columns] |
  /// | `<kind>.wire.tokens` | I32 [slots] |
  /// | `<kind>.wire.journal` | I64 [slots] |
  /// | `<kind>.wire.begins` | U8 [slots]: 1 where a sentence begins |
  /// | `<kind>.wire.rejected` | I64 [1]: tokens that were not learned because what they are made of was not finite |
  func save(as prefix: String, into writer: inout SafetensorsWriter) {
    writer.add("\(prefix).contents", floats: contents, shape: [count, columns])
    writer.add("\(prefix).tokens", int32s: tokens, shape: [count])
    writer.add("\(prefix).journal", int64s: journal.map(Int64.init), shape: [count])
    writer.add("\(prefix).begins", uint8s: begins, shape: [count])
    writer.add("\(prefix).rejected", int64s: [Int64(rejected)], shape: [1])
  }

  /// - Throws: `MemoryError` for slots that are missing or do not agree with each other.
  mutating func load(
    _ prefix: String, from file: SafetensorsFile, vocabularySize: Int
  ) throws(MemoryError) {
    let (loaded, found, places, counter): ([Float], [Int32], [Int64], [Int64])
    let starts: [UInt8]
    do throws(ModelFileError) {
      found = try file.require("\(prefix).tokens").int32s()
      loaded = try file.floats("\(prefix).contents", shape: [found.count, columns])
      places = try file.require("\(prefix).journal").int64s()
      starts = try file.require("\(prefix).begins").uint8s()
      counter = try file.require("\(prefix).rejected").int64s()
    } catch {
      throw .file(error)
    }
    guard places.count == found.count, found.count <= limit, counter.count == 1,
      starts.count == found.count,
      starts.allSatisfy({ $0 <= 1 }), starts.first ?? 1 == 1,
      (0..<1 << 40).contains(counter[0]),
      found.allSatisfy({ $0 >= 0 && Int($0) < vocabularySize }),
      places.allSatisfy({ $0 >= -1 }), loaded.allSatisfy({ $0.magnitude <= 1 })
    else {
      throw .malformed(
        path: file.path, what: "the slots of a wired machine do not agree with each other",
        expected: "a token of the vocabulary and a content within 1 for each")
    }
    contents = loaded
    tokens = found
    begins = starts
    journal = places.map { Int(clamping: $0) }
    rejected = Int(counter[0])
    readable = count
  }
}
