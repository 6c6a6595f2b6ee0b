import ModelFiles
package import Transformer

/// The contents of a memory file's journal, readable without the model.
public struct MemoryHistory: Sendable {
  /// The kinds of memory in the file.
  public let kinds: [ModuleKind]
  /// The fingerprint of the model it was made with.
  public let fingerprint: ModelFingerprint
  /// The identity of that model; nil in files of earlier versions.
  public let identity: ModelIdentity?
  /// The journal; nil when the file has none.
  package let journal: Journal?

  /// Whether everything in it can be replayed.
  public var isReplayable: Bool { journal?.isReplayable == true }
}

extension DetachableMemory {
  /// The journal of a memory file, with the kinds and the model.
  ///
  /// - Throws: `MemoryError` for a file that is damaged.
  public static func history(
    _ path: String, passphrase: Passphrase? = nil
  ) throws(MemoryError) -> MemoryHistory {
    try checkWhole(path, passphrase: passphrase)
    let (file, _, _) = try open(path, passphrase: passphrase)
    let header = try MemoryFileHeader(file: file)
    return MemoryHistory(
      kinds: header.modules.map(\.kind), fingerprint: header.fingerprint,
      identity: header.identity, journal: try Journal.load(from: file, vocabularySize: nil))
  }

  /// Replays everything another memory has read into this one, in the same tokens.
  ///
  /// - Returns: tokens that passed through the model.
  /// - Throws: `MemoryError.noReplay`, and as `JournalReplay.run`.
  public func relive(
    _ history: MemoryHistory, progress: @escaping (Double) throws -> Void = { _ in }
  ) throws -> Int {
    guard let journal = history.journal, journal.isReplayable else {
      throw MemoryError.noReplay(name: name, hint: "only what it reads from now on can be noted")
    }
    let limit = Int32(clamping: context.vocabularySize)
    guard journal.stream.allSatisfy({ $0 < limit }) else {
      throw MemoryError.cannotMerge(
        names: [name], what: "its tokens are not all tokens of this model",
        hint: "name the model it was made with (--from)")
    }
    var replay = JournalReplay(journal, into: self, progress: progress)
    let tokens = try replay.run(from: 0)
    changeOtherwise()
    return tokens
  }
}

extension MemoryHistory {
  /// A run of text in a commit's context or in the commit itself.
  package struct Words: Sendable, Equatable {
    package var part: TokenPart
    package var tokens: [Int32]
    /// Whether some of it was learnable.
    package var isLearnable: Bool
  }

  /// A commit as text: the context by speaker, and the commit's own text.
  package struct Telling: Sendable, Equatable {
    package var provenance: Provenance
    package var before: [Words]
    package var own: [Words]
    package var fact: ToldFact?
  }

  /// The commits from which something was learned, as text.
  package var tellings: [Telling] {
    guard let journal else { return [] }
    return journal.records.indices.compactMap { index in
      let record = journal.records[index]
      guard journal.marks[record.own].contains(where: \.isLearnable) else { return nil }
      let places = journal.places(through: index)
      let own = record.count - record.lead
      return Telling(
        provenance: record.provenance,
        before: Self.words(places.dropLast(own), in: journal),
        own: Self.words(places.suffix(own), in: journal), fact: record.fact)
    }
  }

  private static func words(_ places: ArraySlice<Int>, in journal: Journal) -> [Words] {
    var result: [Words] = []
    var follows = false
    for place in places {
      let mark = journal.marks[place]
      guard mark.part != .mark else {
        follows = false
        continue
      }
      if follows, let last = result.indices.last, result[last].part == mark.part {
        result[last].tokens.append(journal.stream[place])
        if mark.isLearnable { result[last].isLearnable = true }
      } else {
        result.append(
          Words(
            part: mark.part, tokens: [journal.stream[place]], isLearnable: mark.isLearnable))
      }
      follows = true
    }
    return result
  }
}
