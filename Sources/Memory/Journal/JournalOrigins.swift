import Foundation
import ModelFiles
import Transformer

/// The provenance of commits as a memory file stores it, with every name once.
///
/// | tensor | shape | |
/// |---|---|---|
/// | `journal.origins` | I32 [n, 4] | conversation, source (both places in the names), role, turn |
/// | `journal.times` | F64 [n] | seconds since 1970 |
/// | `journal.names` | U8 | JSON, an array of strings |
struct JournalOrigins {
  private static let roles: [Role] = [.user, .assistant, .system, .document]

  private var origins: [Provenance] = []
  private var names: [ByteString] = []
  private var places: [ByteString: Int32] = [:]
  private var rows: [Int32] = []

  init() {}

  /// The index of a provenance; consecutive equal ones share it.
  mutating func index(of provenance: Provenance) -> Int32 {
    if origins.last != provenance {
      origins.append(provenance)
      rows += [
        name(provenance.conversation), name(provenance.source),
        Int32(Self.roles.firstIndex(of: provenance.role) ?? 0), Int32(clamping: provenance.turn),
      ]
    }
    return Int32(origins.count - 1)
  }

  private mutating func name(_ text: ByteString) -> Int32 {
    if let place = places[text] { return place }
    let place = Int32(names.count)
    names.append(text)
    places[text] = place
    return place
  }

  func save(into writer: inout SafetensorsWriter) {
    writer.add("journal.origins", int32s: rows, shape: [origins.count, 4])
    writer.add("journal.times", doubles: origins.map(\.time), shape: [origins.count])
    let json = (try? JSONEncoder().encode(names)).map { [UInt8]($0) } ?? []
    writer.add("journal.names", uint8s: json, shape: [json.count])
  }

  /// Reads what `save` wrote.
  ///
  /// - Throws: `MemoryError.malformed` when the tensors disagree.
  init(file: SafetensorsFile) throws(MemoryError) {
    let times: [Double]
    let json: [UInt8]
    do throws(ModelFileError) {
      rows = try file.require("journal.origins").int32s()
      times = try file.require("journal.times").doubles()
      json = try file.require("journal.names").uint8s()
    } catch {
      throw .file(error)
    }
    guard let names = try? StrictJSON.decode([ByteString].self, from: Data(json)),
      rows.count == 4 * times.count, times.allSatisfy(\.isFinite)
    else { throw Self.unsound(file) }
    self.names = names
    for (index, time) in times.enumerated() {
      let row = rows[4 * index..<4 * index + 4].map(Int.init)
      guard names.indices.contains(row[0]), names.indices.contains(row[1]),
        Self.roles.indices.contains(row[2]), row[3] >= 0
      else { throw Self.unsound(file) }
      origins.append(
        Provenance(
          conversation: names[row[0]].text, turn: row[3], role: Self.roles[row[2]],
          source: names[row[1]].text, time: time))
    }
  }

  func provenance(at index: Int) -> Provenance? {
    origins.indices.contains(index) ? origins[index] : nil
  }

  private static func unsound(_ file: SafetensorsFile) -> MemoryError {
    .malformed(
      path: file.path, what: "the provenance of the journal cannot be read",
      expected: "a name, a role, a turn and a time per origin")
  }
}
