import Foundation
import ModelFiles
public import Transformer

/// What a memory has read, token by token, with provenance: the ground for `/why`, for replay and for forgetting.
public struct Journal: Sendable, Equatable {
  /// The tokens, in the order they were committed; only learnable ones and the one before each stretch.
  public private(set) var tokens: [Int32] = []
  /// Nats the plain model was surprised by each token; NaN-free, 0 where unknown.
  public private(set) var surprisals: [Float] = []
  /// Index into `sources` per token.
  public private(set) var sourceIndices: [Int32] = []
  /// The stretches' provenance.
  public private(set) var sources: [Provenance] = []

  /// An empty journal.
  public init() {}

  /// The number of tokens.
  public var count: Int { tokens.count }

  /// Appends a token; returns its index.
  @discardableResult
  package mutating func append(token: Int32, surprisal: Float, provenance: Provenance) -> Int {
    if sources.last != provenance { sources.append(provenance) }
    tokens.append(token)
    surprisals.append(surprisal.isFinite ? surprisal : 0)
    sourceIndices.append(Int32(sources.count - 1))
    return tokens.count - 1
  }

  /// Where a token came from; nil outside the journal.
  public func provenance(of index: Int) -> Provenance? {
    guard tokens.indices.contains(index) else { return nil }
    return sources[Int(sourceIndices[index])]
  }

  /// The tokens around an index that belong to the same stretch.
  public func stretch(around index: Int, radius: Int = 12) -> ArraySlice<Int32> {
    guard tokens.indices.contains(index) else { return [] }
    let source = sourceIndices[index]
    var start = index
    while start > 0, index - start < radius, sourceIndices[start - 1] == source { start -= 1 }
    var end = index + 1
    while end < tokens.count, end - index < radius, sourceIndices[end] == source { end += 1 }
    return tokens[start..<end]
  }

  /// Removes some tokens; provenance that nothing refers to any more goes with them.
  ///
  /// - Returns: the new place of each token that stays, nil for those that went, in the old order.
  package mutating func remove(_ indices: Set<Int>) -> [Int?] {
    var kept = Journal()
    var places: [Int?] = []
    for index in tokens.indices {
      guard !indices.contains(index) else {
        places.append(nil)
        continue
      }
      places.append(
        kept.append(
          token: tokens[index], surprisal: surprisals[index],
          provenance: sources[Int(sourceIndices[index])]))
    }
    self = kept
    return places
  }
}

extension Journal {
  /// Adds the journal to a memory file.
  func save(into writer: inout SafetensorsWriter) {
    writer.add("journal.tokens", int32s: tokens, shape: [tokens.count])
    writer.add("journal.surprisals", floats: surprisals, shape: [surprisals.count])
    writer.add("journal.source_indices", int32s: sourceIndices, shape: [sourceIndices.count])
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let json = (try? encoder.encode(sources)).map { [UInt8]($0) } ?? []
    writer.add("journal.sources", uint8s: json, shape: [json.count])
  }

  /// Reads the journal of a memory file; a file written without one gives nil.
  static func load(
    from file: SafetensorsFile, vocabularySize: Int?
  ) throws(MemoryError) -> Journal? {
    guard file.tensor("journal.tokens") != nil else { return nil }
    var journal = Journal()
    let json: [UInt8]
    do throws(ModelFileError) {
      journal.tokens = try file.require("journal.tokens").int32s()
      journal.surprisals = try file.require("journal.surprisals").floats()
      journal.sourceIndices = try file.require("journal.source_indices").int32s()
      json = try file.require("journal.sources").uint8s()
    } catch {
      throw .file(error)
    }
    guard let sources = try? StrictJSON.decode([Provenance].self, from: Data(json)) else {
      throw .malformed(
        path: file.path, what: "the provenance of the journal cannot be read", expected: nil)
    }
    journal.sources = sources
    let count = journal.tokens.count
    guard journal.surprisals.count == count, journal.sourceIndices.count == count,
      journal.surprisals.allSatisfy(\.isFinite),
      journal.sourceIndices.allSatisfy({ $0 >= 0 && Int($0) < sources.count }),
      journal.tokens.allSatisfy({ $0 >= 0 && Int($0) < vocabularySize ?? Int.max })
    else {
      throw .malformed(
        path: file.path, what: "the journal's tensors disagree with each other",
        expected: "one surprisal and one source per token")
    }
    return journal
  }
}
