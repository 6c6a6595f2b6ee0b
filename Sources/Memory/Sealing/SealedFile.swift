import Cryptography
import Foundation
import ModelFiles

/// A memory file that is encrypted: a safetensors file of one tensor, whose metadata describes only the encryption.
enum SealedFile {
  /// The format version that introduced sealed files; the file inside has its own version.
  static let format = 2
  static let encryptionKey = "mneme.encryption"
  static let tensorName = "mneme.sealed"
  static let cipher = "AES-256-GCM"
  static let function = "scrypt"
  /// Bytes of plain text in a chunk.
  static let standardChunk = 1 << 20
  static let chunks = 1 << 12...1 << 24
  /// The longest description that is read, bytes.
  static let longestDescription = 4096

  /// The public description, in JSON with sorted keys; names as in the file.
  private struct Description: Codable {
    var check: String
    var chunk: Int
    var cipher: String
    var kdf: String
    var n: Int
    var nonce: String
    var p: Int
    var r: Int
    var salt: String
  }

  static func isSealed(_ file: SafetensorsFile) -> Bool { file.metadata[encryptionKey] != nil }

  /// The sealed form of a file's bytes, different at every call.
  static func seal(
    _ content: Data, with sealing: Sealing, chunk: Int = standardChunk
  ) throws(MemoryError) -> SafetensorsWriter {
    let nonce = [UInt8].random(Sealing.nonceCount)
    let description = try Description(
      check: sealing.check().hexadecimal, chunk: chunk, cipher: cipher, kdf: function,
      n: sealing.derivation.rounds, nonce: nonce.hexadecimal, p: sealing.derivation.lanes,
      r: KeyDerivation.blockSize, salt: sealing.derivation.salt.hexadecimal)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    guard let json = try? encoder.encode(description) else {
      throw .sealing(.failed(step: "describing the encryption"))
    }
    var metadata = [
      MemoryFileHeader.formatKey: String(format),
      encryptionKey: String(decoding: json, as: UTF8.self),
    ]
    let stream = try SealedStream(
      key: sealing.fileKey(nonce), chunk: chunk, associated: associated(metadata))
    let bytes = try stream.seal(SealedPadding.pad(content))
    var writer = SafetensorsWriter()
    writer.add(tensorName, type: .u8, shape: [bytes.count], bytes: bytes)
    metadata[MemoryFileHeader.checksumKey] = MemoryFileHeader.checksum(bytes)
    metadata[MemoryFileHeader.headerChecksumKey] =
      MemoryFileHeader.checksum(of: metadata, layout: writer.layout)
    writer.metadata = metadata
    return writer
  }

  /// The bytes of the file inside, and how to seal them again.
  ///
  /// - Throws: `MemoryError.damaged` for accidents, `.sealing` for everything else.
  static func open(
    _ file: SafetensorsFile, passphrase: Passphrase?
  ) throws(MemoryError) -> (content: Data, sealing: Sealing) {
    let path = file.path
    let metadata = file.metadata
    let known = [
      MemoryFileHeader.formatKey, encryptionKey, MemoryFileHeader.checksumKey,
      MemoryFileHeader.headerChecksumKey,
    ]
    guard let text = metadata[MemoryFileHeader.formatKey], let found = Int(text), found > 0 else {
      throw .notAMemory(path: path)
    }
    guard found <= format else {
      throw .newerFormat(path: path, found: found, supported: format)
    }
    guard metadata.count == known.count, known.allSatisfy({ metadata[$0] != nil }),
      file.tensors.count == 1, let tensor = file.tensors.first, tensor.name == tensorName,
      tensor.type == .u8, tensor.shape.count == 1
    else {
      throw .sealing(
        .malformed(
          path: path, what: "the encrypted memory file holds something else",
          expected: "the tensor '\(tensorName)' alone and \(known.count) metadata entries"))
    }
    try checkSums(file)
    let (description, derivation, nonce) = try describe(
      metadata[encryptionKey] ?? "", path: path)
    guard let passphrase else { throw .sealing(.passphraseNeeded(path: path)) }
    let sealing = try Sealing(passphrase, derivation: derivation)
    guard try sealing.check().hexadecimal == description.check else {
      throw .sealing(.wrongPassphrase(path: path))
    }
    let stream = try SealedStream(
      key: sealing.fileKey(nonce), chunk: description.chunk, associated: associated(metadata))
    guard let content = SealedPadding.unpad(try stream.open(tensor.data, path: path)) else {
      throw .sealing(
        .malformed(
          path: path, what: "what was encrypted does not have the length it announces",
          expected: "a length, a memory file and zeros"))
    }
    return (content, sealing)
  }

  /// The associated data with which every chunk is authenticated.
  private static func associated(_ metadata: [String: String]) -> Data {
    Data("\(metadata[MemoryFileHeader.formatKey] ?? "")\n\(metadata[encryptionKey] ?? "")".utf8)
  }

  private static func checkSums(_ file: SafetensorsFile) throws(MemoryError) {
    let sums = [
      (
        MemoryFileHeader.headerChecksumKey,
        MemoryFileHeader.checksum(of: file.metadata, layout: file.layout)
      ),
      (MemoryFileHeader.checksumKey, MemoryFileHeader.checksum(file.data)),
    ]
    for (key, found) in sums {
      let recorded = file.metadata[key] ?? "nothing"
      guard recorded == found else {
        throw .damaged(path: file.path, recorded: recorded, found: found)
      }
    }
  }

  private static func describe(
    _ text: String, path: String
  ) throws(MemoryError) -> (Description, KeyDerivation, nonce: [UInt8]) {
    guard text.utf8.count <= longestDescription,
      let description = try? StrictJSON.decode(Description.self, from: Data(text.utf8))
    else {
      throw .sealing(
        .malformed(
          path: path, what: "the description of the encryption cannot be read",
          expected: "a JSON object with the cipher, the key derivation and their parameters"))
    }
    guard description.cipher == cipher, description.kdf == function else {
      throw .sealing(
        .malformed(
          path: path,
          what: "the memory is encrypted with \(quoted(description.cipher)) and "
            + quoted(description.kdf), expected: "'\(cipher)' and '\(function)'"))
    }
    guard chunks.contains(description.chunk), description.chunk.nonzeroBitCount == 1,
      let nonce = [UInt8](hexadecimal: description.nonce), nonce.count == Sealing.nonceCount,
      let salt = [UInt8](hexadecimal: description.salt),
      let derivation = KeyDerivation(
        salt: salt, rounds: description.n, blockSize: description.r, lanes: description.p)
    else {
      throw .sealing(
        .malformed(
          path: path, what: "the parameters of the encryption are out of bounds",
          expected: "scrypt with N a power of two from 2^15 to 2^18, r = 8 and p from 1 to 4, "
            + "chunks of 2^12 to 2^24 bytes"))
    }
    return (description, derivation, nonce)
  }
}
