import Cryptography
package import Foundation
import ModelFiles

/// The metadata of a memory file.
package struct MemoryFileHeader {
  /// The newest format this version reads and the one it writes.
  package static let format = 2

  struct Module: Codable {
    var kind: ModuleKind
    var state_bytes: Int
    var entries: Int
    var rejected_updates: Int
  }

  /// The format of the file it was read from; `Self.format` for one that is to be written.
  var format = Self.format
  var fingerprint: ModelFingerprint
  var adapterFingerprint: String
  var modules: [Module]
  var tokensSeen: Int
  /// See `DetachableMemory.staleFrom`.
  var staleFrom: Int?
  var created: Double
  var updated: Double
  var sha256: String
  /// The identity of the model; nil in files of earlier versions.
  var identity: ModelIdentity?

  func write(to writer: inout SafetensorsWriter) {
    var metadata = writer.metadata
    metadata[Self.formatKey] = String(Self.format)
    metadata["mneme.model_fingerprint"] = fingerprint.hex
    metadata["mneme.adapter_fingerprint"] = adapterFingerprint
    metadata[ModelIdentity.metadataKey] = identity?.text
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    metadata["mneme.modules"] = (try? encoder.encode(modules))
      .map { String(decoding: $0, as: UTF8.self) }
    metadata["mneme.tokens_seen"] = String(tokensSeen)
    metadata["mneme.stale_from"] = staleFrom.map(String.init)
    metadata["mneme.created"] = String(created)
    metadata["mneme.updated"] = String(updated)
    metadata[Self.checksumKey] = sha256
    metadata[Self.headerChecksumKey] = Self.checksum(of: metadata, layout: writer.layout)
    writer.metadata = metadata
  }

  static let formatKey = "mneme.format"
  static let checksumKey = "mneme.sha256"
  static let headerChecksumKey = "mneme.header_sha256"

  /// SHA-256 over every other metadata entry and the names, types and shapes of the tensors: the data section's
  /// checksum covers neither configurations and gates nor the names of tensors.
  ///
  /// From format 2 on tensors are listed in the order of their data, so that two of one shape cannot be swapped; format
  /// 1 sorted them by name.
  package static func checksum(of metadata: [String: String], layout: [String]) -> String {
    var text = ""
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) where key != headerChecksumKey {
      text += "\(key.utf8.count):\(key)=\(value.utf8.count):\(value);"
    }
    let ordered = metadata[formatKey] == "1" ? layout.sorted() : layout
    return checksum(Data((text + ordered.joined(separator: ";")).utf8))
  }

  init(
    fingerprint: ModelFingerprint, adapterFingerprint: String, modules: [Module], tokensSeen: Int,
    staleFrom: Int?, created: Double, updated: Double, sha256: String,
    identity: ModelIdentity? = nil
  ) {
    self.staleFrom = staleFrom
    self.fingerprint = fingerprint
    self.adapterFingerprint = adapterFingerprint
    self.modules = modules
    self.tokensSeen = tokensSeen
    self.created = created
    self.updated = updated
    self.sha256 = sha256
    self.identity = identity
  }

  /// Reads and checks the metadata, including both checksums.
  init(file: SafetensorsFile) throws(MemoryError) {
    let metadata = file.metadata
    guard let text = metadata[Self.formatKey], let format = Int(text), format > 0 else {
      throw .notAMemory(path: file.path)
    }
    guard format <= Self.format else {
      throw .newerFormat(path: file.path, found: format, supported: Self.format)
    }
    let recorded = metadata[Self.headerChecksumKey] ?? "nothing"
    let computed = Self.checksum(of: metadata, layout: file.layout)
    guard recorded == computed else {
      throw .damaged(path: file.path, recorded: recorded, found: computed)
    }
    func field<T>(_ key: String, _ parse: (String) -> T?) throws(MemoryError) -> T {
      guard let text = metadata["mneme.\(key)"], let value = parse(text) else {
        throw .malformed(
          path: file.path, what: "the metadata key 'mneme.\(key)' is missing or not sound",
          expected: nil)
      }
      return value
    }
    self.format = format
    fingerprint = try field("model_fingerprint") { ModelFingerprint(hex: $0) }
    identity = try ModelIdentity.read(metadata, fingerprint: fingerprint, path: file.path)
    adapterFingerprint = try field("adapter_fingerprint") { $0 }
    modules = try field("modules") {
      try? StrictJSON.decode([Module].self, from: Data($0.utf8))
    }
    tokensSeen = try field("tokens_seen") { Int($0).flatMap { $0 >= 0 ? $0 : nil } }
    staleFrom =
      metadata["mneme.stale_from"] == nil
      ? nil : try field("stale_from") { Int($0).flatMap { $0 >= 0 ? $0 : nil } }
    created = try field("created") { Double($0).flatMap { $0.isFinite ? $0 : nil } }
    updated = try field("updated") { Double($0).flatMap { $0.isFinite ? $0 : nil } }
    sha256 = try field("sha256") { $0 }
    let found = Self.checksum(file.data)
    guard found == sha256 else {
      throw .damaged(path: file.path, recorded: sha256, found: found)
    }
    guard modules.count <= 64,
      modules.allSatisfy({ $0.entries >= 0 && $0.state_bytes >= 0 && $0.rejected_updates >= 0 })
    else {
      throw .malformed(path: file.path, what: "the list of modules is not sound", expected: nil)
    }
  }

  /// SHA-256 as 64 hexadecimal digits.
  package static func checksum(_ data: Data) -> String {
    SHA256.hash(data: data).hexadecimal
  }

  /// The first journal record that some modules are not up to date with (`MemoryState.staleFrom`), checked against the
  /// journal.
  func staleFrom(journal: Journal?, path: String) throws(MemoryError) -> Int? {
    guard let staleFrom else { return nil }
    guard let journal, staleFrom <= journal.records.count else {
      throw .malformed(
        path: path, what: "the metadata key 'mneme.stale_from' is not sound",
        expected: "a record of the journal")
    }
    return staleFrom
  }

  func info(journalTokens: Int) -> MemoryFileInfo {
    MemoryFileInfo(
      format: format, model_fingerprint: fingerprint.hex,
      modules: modules.map {
        .init(
          kind: $0.kind.rawValue, adapter: adapterFingerprint, state_bytes: $0.state_bytes,
          entries: $0.entries, tokens_seen: tokensSeen, rejected_updates: $0.rejected_updates)
      }, journal_tokens: journalTokens, created: MemoryFileInfo.timestamp(created),
      updated: MemoryFileInfo.timestamp(updated), sha256: sha256,
      adapter_fingerprint: adapterFingerprint, model: identity.map { .init($0) })
  }
}
