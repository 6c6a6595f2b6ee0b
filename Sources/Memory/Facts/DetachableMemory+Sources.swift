public import ModelFiles
import Transformer

extension DetachableMemory {
  /// The sources of what was learned, each once, in the order in which they first occur.
  public var sources: [ByteString] {
    var seen: Set<ByteString> = []
    let read = journal?.records.map(\.provenance.source) ?? []
    let facts = factMemory?.facts.map(\.provenance.source) ?? []
    return (read + facts).filter { seen.insert($0).inserted }
  }

  /// The other sources whose path ends in the same name: suggestions for a user who gave the name of a file instead of
  /// its path, or the reverse.
  public func sources(namedLike source: ByteString) -> [ByteString] {
    sources.filter { $0 != source && $0.lastPathComponent == source.lastPathComponent }
  }
}
