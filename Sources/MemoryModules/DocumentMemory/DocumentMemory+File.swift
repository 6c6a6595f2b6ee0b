import Foundation
public import Memory
public import ModelFiles

extension DocumentMemory {
  /// A document in the file: `document.documents`, JSON as U8.
  private struct Entry: Codable {
    var conversation: String
    var source: String
    var groups: Int
    var tokens: Int
  }

  public func save(into writer: inout SafetensorsWriter) {
    state.rows.save("document.rows", into: &writer)
    state.open.save("document.open", into: &writer)
    let all = state.documents + (state.reading.map { [$0] } ?? [])
    let entries = all.map {
      Entry(
        conversation: $0.conversation.text, source: $0.source.text, groups: $0.groups,
        tokens: $0.tokens)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let json = (try? encoder.encode(entries)) ?? Data("[]".utf8)
    writer.add("document.documents", type: .u8, shape: [json.count], bytes: json)
    writer.add(
      "document.counters", int64s: [Int64(state.written), Int64(state.rejected)], shape: [2])
  }

  public func load(from file: SafetensorsFile) throws(MemoryError) {
    var loaded = State(
      rows: try HeadRows("document.rows", in: file, shape: shape, type: configuration.type),
      open: try RowBank("document.open", in: file, shape: shape, type: configuration.type))
    try loaded.open.expectPlain(in: file.path)
    (loaded.written, loaded.rejected) = try file.counters("document.counters")
    let fault = MemoryError.malformed(
      path: file.path, what: "the document memory's list of documents does not fit its rows",
      expected: "for each document its groups of rows and its tokens")
    let entries: [Entry]
    do {
      entries = try StrictJSON.decode([Entry].self, from: file.require("document.documents").data)
    } catch let error as ModelFileError {
      throw .file(error)
    } catch {
      throw fault
    }
    var documents = entries.map {
      Document(
        conversation: ByteString($0.conversation), source: ByteString($0.source),
        groups: $0.groups, tokens: $0.tokens)
    }
    if !loaded.open.isEmpty { loaded.reading = documents.popLast() }
    loaded.documents = documents
    guard loaded.open.isEmpty == (loaded.reading == nil),
      documents.allSatisfy({
        (1...1 << 30).contains($0.groups) && (1...1 << 40).contains($0.tokens)
      }),
      loaded.hasSoundGroups, loaded.written >= loaded.rows.sources.count + loaded.open.count
    else { throw fault }
    state = loaded
  }
}

extension DocumentMemory.State {
  /// Whether every document has its groups, and those its tokens.
  fileprivate var hasSoundGroups: Bool {
    guard documents.reduce(0, { min(1 << 40, $0 + $1.groups) }) == rows.groups.count else {
      return false
    }
    return zip(documents, groups).allSatisfy { document, groups in
      rows.groups[groups].reduce(0) { $0 + $1.sources } == document.tokens
    }
  }
}
