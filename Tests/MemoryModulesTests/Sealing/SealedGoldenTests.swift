import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing

/// A file that `Tools/golden/sealed_file.py` wrote, with other libraries, and everything that can be done to it.
@Suite("An encrypted file from elsewhere")
struct SealedGoldenTests {
  private struct Record: Decodable {
    let passphrase: String
    let content_sha256: String
    let content_bytes: Int
  }

  let folder: TemporaryFolder
  let whole: Data
  private let record: Record
  let passphrase: Passphrase

  init() throws {
    folder = try TemporaryFolder()
    let file = try #require(
      Bundle.module.url(forResource: "sealed", withExtension: "mneme", subdirectory: "Fixtures"))
    let json = try #require(
      Bundle.module.url(forResource: "sealed", withExtension: "json", subdirectory: "Fixtures"))
    whole = try Data(contentsOf: file)
    record = try JSONDecoder().decode(Record.self, from: Data(contentsOf: json))
    passphrase = try Passphrase(record.passphrase)
  }

  /// What `info` makes of bytes.
  private func error(of bytes: Data) throws -> MemoryError? {
    let path = try folder.write(bytes, as: "x.mneme")
    do throws(MemoryError) {
      _ = try DetachableMemory.info(path, passphrase: passphrase)
      return nil
    } catch {
      return error
    }
  }

  /// The file with other parts and checksums that agree with them.
  private func rewritten(
    _ change: (inout [String: String], inout Data) -> Void
  ) throws -> Data {
    let file = try SafetensorsFile.parse(whole, path: "x")
    var metadata = file.metadata
    var bytes = Data(file.data)
    change(&metadata, &bytes)
    var writer = SafetensorsWriter()
    writer.add("mneme.sealed", type: .u8, shape: [bytes.count], bytes: bytes)
    metadata["mneme.sha256"] = MemoryFileHeader.checksum(bytes)
    metadata["mneme.header_sha256"] = MemoryFileHeader.checksum(
      of: metadata, layout: writer.layout)
    writer.metadata = metadata
    return writer.serialized()
  }

  @Test("It opens, and what is inside is what was put there")
  func opens() throws {
    let path = try folder.write(whole, as: "x.mneme")
    #expect(DetachableMemory.isSealed(path))
    let info = try DetachableMemory.info(path, passphrase: passphrase)
    #expect(info.journal_tokens == 2500)
    #expect(info.model_fingerprint == String(repeating: "5a", count: 32))
    #expect(info.encryption?.contains("AES-256-GCM") == true)
    try DetachableMemory.decrypt(path, passphrase: passphrase)
    let content = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(content.count == record.content_bytes)
    #expect(MemoryFileHeader.checksum(content) == record.content_sha256)
    #expect(!DetachableMemory.isSealed(path))
    #expect(try error(of: rewritten { _, _ in }) == nil)
  }

  @Test("A flipped bit is refused: all of the header, some of the rest")
  func flipped() throws {
    let header = 8 + whole.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let bits =
      Array(0..<header * 8)
      + Array(stride(from: header * 8, to: whole.count * 8, by: 997))
    for bit in bits {
      var bytes = whole
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(try error(of: bytes) != nil, "bit \(bit)")
    }
  }

  @Test("Damage is told from a wrong passphrase and from forgery")
  func causes() throws {
    var bytes = whole
    bytes[bytes.count - 5] ^= 1
    guard case .damaged = try error(of: bytes) else {
      Issue.record("a changed byte is damage")
      return
    }
    let path = try folder.write(whole, as: "y.mneme")
    #expect(throws: MemoryError.sealing(.wrongPassphrase(path: path))) {
      _ = try DetachableMemory.info(path, passphrase: Passphrase("something else"))
    }
    #expect(throws: MemoryError.sealing(.passphraseNeeded(path: path))) {
      _ = try DetachableMemory.info(path)
    }
    let forged = try rewritten { $1[5000] ^= 1 }
    #expect(
      try error(of: forged) == .sealing(.forged(path: folder.path("x.mneme"), chunk: 1)))
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == whole)
  }

  @Test("Under right checksums, too, chunks cannot be swapped, dropped, doubled or cut")
  func forged() throws {
    let size = 4096 + 16
    func part(_ data: Data, _ index: Int) -> Data { data[index * size..<(index + 1) * size] }
    let changes: [(inout Data) -> Void] = [
      { $0 = part($0, 1) + part($0, 0) + $0[(2 * size)...] },
      { $0 = Data($0[size...]) },
      { $0 = part($0, 0) + $0 },
      { $0 = Data($0.dropLast(size)) },
      { $0 = Data($0.dropLast(1)) },
      { $0 = $0 + Data(count: size) },
      { $0 = Data() },
      { $0 = Data(count: 16) },
    ]
    for (index, change) in changes.enumerated() {
      let error = try error(of: rewritten { change(&$1) })
      guard case .sealing(.forged) = error else {
        Issue.record("change \(index): \(String(describing: error))")
        continue
      }
    }
    var generator = TinyLlama.Generator(seed: 3)
    for _ in 0..<300 {
      let error = try error(
        of: rewritten { _, data in
          data[Int.random(in: 0..<data.count, using: &generator)] ^=
            1 << UInt8.random(in: 0..<8, using: &generator)
        })
      guard case .sealing(.forged) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
  }

  @Test("Parameters that are out of bounds are refused at once, whatever they ask for")
  func hostile() throws {
    let texts: [(String, String)] = [
      (#""n": 32768"#, #""n": 1099511627776"#), (#""n": 32768"#, #""n": 9223372036854775807"#),
      (#""n": 32768"#, #""n": 32769"#), (#""n": 32768"#, #""n": 16384"#),
      (#""n": 32768"#, #""n": 0"#), (#""n": 32768"#, #""n": -32768"#),
      (#""n": 32768"#, #""n": 1e300"#), (#""n": 32768"#, #""n": "32768""#),
      (#""n": 32768"#, #""n": 524288"#), (#""r": 8"#, #""r": 1048576"#),
      (#""r": 8"#, #""r": 0"#), (#""p": 1"#, #""p": 1000000"#), (#""p": 1"#, #""p": 0"#),
      (#""p": 1"#, #""p": 5"#), (#""chunk": 4096"#, #""chunk": 0"#),
      (#""chunk": 4096"#, #""chunk": -1"#), (#""chunk": 4096"#, #""chunk": 4097"#),
      (#""chunk": 4096"#, #""chunk": 4611686018427387904"#),
      ("AES-256-GCM", "ROT13"), ("scrypt", "none"), (#""salt": ""#, #""salt": "00"#),
      (#""nonce": ""#, #""nonce": "zz"#), (#""check": ""#, #""check": 0, "x": ""#),
    ]
    let clock = ContinuousClock()
    for (old, new) in texts {
      let bytes = try rewritten { metadata, _ in
        let text = metadata["mneme.encryption"] ?? ""
        let changed = text.replacing(old, with: new)
        #expect(changed != text, "\(old) is in the description")
        metadata["mneme.encryption"] = changed
      }
      let began = clock.now
      guard case .sealing(.malformed) = try error(of: bytes) else {
        Issue.record("\(new) is refused")
        continue
      }
      #expect(clock.now - began < .seconds(2))
    }
    for text in ["", "[]", "{}", "null", String(repeating: "[", count: 4000)] {
      let bytes = try rewritten { metadata, _ in metadata["mneme.encryption"] = text }
      guard case .sealing(.malformed) = try error(of: bytes) else {
        Issue.record("\(text.prefix(9)) is refused")
        continue
      }
    }
    let endless = try rewritten { metadata, _ in
      metadata["mneme.encryption"]? += String(repeating: " ", count: 5000)
    }
    #expect(try error(of: endless) != nil)
  }

  @Test("Other metadata, tensors and formats are refused")
  func strangers() throws {
    #expect(
      try error(
        of: rewritten {
          $0["mneme.format"] = "1"; _ = $1
        }) != nil)
    #expect(
      try error(
        of: rewritten {
          $0["mneme.format"] = "99"; _ = $1
        })
        == .newerFormat(path: folder.path("x.mneme"), found: 99, supported: 2))
    for nonsense in ["0", "-2", "two", ""] {
      #expect(
        try error(
          of: rewritten {
            $0["mneme.format"] = nonsense; _ = $1
          })
          == .notAMemory(path: folder.path("x.mneme")))
    }
    #expect(
      try error(
        of: rewritten {
          $0["mneme.modules"] = "[]"; _ = $1
        }) != nil)
    let file = try SafetensorsFile.parse(whole, path: "x")
    var writer = SafetensorsWriter(metadata: file.metadata)
    writer.add("mneme.sealed", type: .i8, shape: [file.data.count], bytes: Data(file.data))
    #expect(try error(of: writer.serialized()) != nil)
    writer = SafetensorsWriter(metadata: file.metadata)
    writer.add("mneme.sealed", type: .u8, shape: [file.data.count], bytes: Data(file.data))
    writer.add("journal.tokens", int32s: [1], shape: [1])
    #expect(try error(of: writer.serialized()) != nil)
  }
}
