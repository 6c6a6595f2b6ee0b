import Crypto
package import Foundation
import ModelFiles

/// The metadata of a memory file.
package struct MemoryFileHeader {
  /// The newest format this version reads and the one it writes.
  package static let format = 1

  struct Module: Codable {
    var kind: ModuleKind
    var state_bytes: Int
    var entries: Int
    var rejected_updates: Int
  }

  var fingerprint: ModelFingerprint
  var adapterFingerprint: String
  var modules: [Module]
  var tokensSeen: Int
  var created: Double
  var updated: Double
  var sha256: String

  func write(to writer: inout SafetensorsWriter) {
    var metadata = writer.metadata
    metadata["mneme.format"] = String(Self.format)
    metadata["mneme.model_fingerprint"] = fingerprint.hex
    metadata["mneme.adapter_fingerprint"] = adapterFingerprint
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    metadata["mneme.modules"] = (try? encoder.encode(modules))
      .map { String(decoding: $0, as: UTF8.self) }
    metadata["mneme.tokens_seen"] = String(tokensSeen)
    metadata["mneme.created"] = String(created)
    metadata["mneme.updated"] = String(updated)
    metadata["mneme.sha256"] = sha256
    metadata[Self.headerChecksumKey] = Self.checksum(of: metadata, layout: writer.layout)
    writer.metadata = metadata
  }

  private static let headerChecksumKey = "mneme.header_sha256"

  /// SHA-256 over every other metadata entry and the names, types and shapes of the tensors: the data section's checksum
  /// says nothing about configurations and gates, nor which tensor is which.
  private static func checksum(of metadata: [String: String], layout: [String]) -> String {
    var text = ""
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) where key != headerChecksumKey {
      text += "\(key.utf8.count):\(key)=\(value.utf8.count):\(value);"
    }
    return checksum(Data((text + layout.sorted().joined(separator: ";")).utf8))
  }

  init(
    fingerprint: ModelFingerprint, adapterFingerprint: String, modules: [Module], tokensSeen: Int,
    created: Double, updated: Double, sha256: String
  ) {
    self.fingerprint = fingerprint
    self.adapterFingerprint = adapterFingerprint
    self.modules = modules
    self.tokensSeen = tokensSeen
    self.created = created
    self.updated = updated
    self.sha256 = sha256
  }

  /// Reads and checks the metadata; both checksums are compared with what is there.
  init(file: SafetensorsFile) throws(MemoryError) {
    let metadata = file.metadata
    guard let text = metadata["mneme.format"], let format = Int(text), format > 0 else {
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
    fingerprint = try field("model_fingerprint") { ModelFingerprint(hex: $0) }
    adapterFingerprint = try field("adapter_fingerprint") { $0 }
    modules = try field("modules") {
      try? StrictJSON.decode([Module].self, from: Data($0.utf8))
    }
    tokensSeen = try field("tokens_seen") { Int($0).flatMap { $0 >= 0 ? $0 : nil } }
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

  func info(journalTokens: Int) -> MemoryFileInfo {
    MemoryFileInfo(
      format: Self.format, model_fingerprint: fingerprint.hex,
      modules: modules.map {
        .init(
          kind: $0.kind.rawValue, adapter: adapterFingerprint, state_bytes: $0.state_bytes,
          entries: $0.entries, tokens_seen: tokensSeen, rejected_updates: $0.rejected_updates)
      }, journal_tokens: journalTokens, created: MemoryFileInfo.timestamp(created),
      updated: MemoryFileInfo.timestamp(updated), sha256: sha256)
  }
}
