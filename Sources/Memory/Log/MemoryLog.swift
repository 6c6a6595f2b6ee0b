import Cryptography
import Foundation
import ModelFiles
import Transformer

/// What a memory has read since its file was written last, as `<file>-log` holds it: commits of the journal, which the model
/// reads again to rebuild the state (`JournalReplay`).
///
/// A memory file is written whole, and at ten thousand facts that is a gigabyte; the commits of an exchange are a few
/// hundred bytes. The file on disk stays a complete safetensors file all the time.
///
/// The log is a sequence of frames: the payload's length (UInt32, little-endian), the payload, and SHA-256 over the checksum
/// of the frame before and the payload. A frame that is cut off or does not fit ends the log: what was written before it
/// counts. The first payload is public and names the memory file by the checksum in its header, so that the log of another
/// version counts for nothing. The others are JSON; the logs of encrypted memories are encrypted, frame by frame
/// (AES-256-GCM; the key is derived from the memory's, the nonce is the frame's number).
struct MemoryLog: Equatable {
  /// Commits of the journal that the file itself holds.
  var records: Int
  /// The last position's activations when the file was written, as a safetensors file; nil where nothing went before.
  var carried: Data?
  /// The commits since, oldest first.
  var entries: [Entry] = []

  /// A commit, as the journal has it.
  struct Entry: Codable, Equatable {
    var parent: Int
    var keep: Int
    var lead: Int
    var endsSegment: Bool
    var provenance: Provenance
    var tokens: [Int32]  // [record]
    var marks: [UInt8]  // [record]
    var surprisals: [Float]  // [learned]
    var fact: ToldFact?
  }

  /// The public first payload.
  private struct Opening: Codable {
    var format: Int
    /// The checksum of the memory file's header.
    var base: String
    /// Of the key, in hexadecimal digits; nil where nothing is encrypted.
    var nonce: String?
  }

  /// The second payload.
  private struct Start: Codable {
    var records: Int
    var carried: Data?
  }

  private static let format = 1
  /// Bytes of a payload that are read.
  private static let longestPayload = 16 << 20
}

extension MemoryLog {
  /// Writes frames, one after the other.
  struct Writer {
    private(set) var size = 0
    private var checksum = Data()
    private var number = 0
    private let key: SymmetricKey?
    private let encoder: JSONEncoder = {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      return encoder
    }()

    /// The beginning of a log.
    ///
    /// - Parameter base: the checksum of the memory file's header.
    static func begin(
      _ log: MemoryLog, base: String, sealing: Sealing?
    ) throws(MemoryError) -> (writer: Writer, bytes: Data) {
      let nonce = sealing.map { _ in [UInt8].random(Sealing.nonceCount) }
      var key: SymmetricKey?
      if let sealing, let nonce { key = try sealing.fileKey(nonce) }
      var writer = Writer(key: key)
      var bytes = try writer.frame(
        Opening(format: format, base: base, nonce: nonce?.hexadecimal), isPublic: true)
      bytes += try writer.frame(Start(records: log.records, carried: log.carried))
      if !log.entries.isEmpty { bytes += try writer.frame(log.entries) }
      return (writer, bytes)
    }

    private init(key: SymmetricKey?) { self.key = key }

    /// A frame of further commits.
    mutating func append(_ entries: [Entry]) throws(MemoryError) -> Data { try frame(entries) }

    private mutating func frame(
      _ value: some Encodable, isPublic: Bool = false
    ) throws(MemoryError) -> Data {
      guard var payload = try? encoder.encode(value) else {
        throw .sealing(.failed(step: "describing what was learned"))
      }
      if let key, !isPublic {
        do throws(CryptographyError) {
          payload = try AES256GCM.seal(
            payload, key: key, nonce: MemoryLog.nonce(number), associated: checksum)
        } catch {
          throw .sealing(.failed(step: "encrypting"))
        }
      }
      checksum = MemoryLog.checksum(after: checksum, payload)
      number += 1
      let frame =
        withUnsafeBytes(of: UInt32(payload.count).littleEndian) { Data($0) } + payload + checksum
      size += frame.count
      return frame
    }
  }

  /// The log in some bytes, as far as it is whole; nil when it belongs to another version of the file.
  ///
  /// - Parameter base: the checksum of the memory file's header.
  /// - Throws: `MemoryError.sealing` where it is encrypted and the memory is not, or under another key.
  init?(_ bytes: Data, base: String, sealing: Sealing?, path: String) throws(MemoryError) {
    var reader = FrameReader(bytes)
    guard let first = reader.next(),
      let opening = try? StrictJSON.decode(Opening.self, from: first.payload),
      opening.format == Self.format, opening.base == base
    else { return nil }
    var key: SymmetricKey?
    if let digits = opening.nonce {
      guard let nonce = [UInt8](hexadecimal: digits), nonce.count == Sealing.nonceCount, let sealing
      else { return nil }
      key = try sealing.fileKey(nonce)
    } else if sealing != nil {
      // In plain text beside an encrypted file: not this program's.
      return nil
    }
    var before = first.checksum
    var number = 1
    func opened(_ frame: FrameReader.Frame) throws(MemoryError) -> Data {
      guard let key else { return frame.payload }
      do throws(CryptographyError) {
        return try AES256GCM.open(
          frame.payload, key: key, nonce: Self.nonce(number), associated: before)
      } catch {
        throw .sealing(.forged(path: path, chunk: number))
      }
    }
    guard let second = reader.next(),
      let start = try? StrictJSON.decode(Start.self, from: opened(second)), start.records >= 0
    else { return nil }
    records = start.records
    carried = start.carried
    before = second.checksum
    number += 1
    while let frame = reader.next() {
      guard let more = try? StrictJSON.decode([Entry].self, from: opened(frame)) else { break }
      entries += more
      before = frame.checksum
      number += 1
    }
  }

  private static func checksum(after last: Data, _ payload: Data) -> Data {
    var hash = SHA256()
    hash.update(data: last)
    hash.update(data: payload)
    return Data(hash.finalize())
  }

  private static func nonce(_ number: Int) -> [UInt8] {
    [0, 0, 0, 0] + withUnsafeBytes(of: UInt64(number).bigEndian) { [UInt8]($0) }
  }

  /// Reads frames while they are whole.
  private struct FrameReader {
    struct Frame {
      var payload: Data
      var checksum: Data
    }

    private var rest: Data
    private var last = Data()

    init(_ bytes: Data) { rest = bytes }

    mutating func next() -> Frame? {
      guard rest.count >= 4 else { return nil }
      let count = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
      guard count <= MemoryLog.longestPayload, rest.count >= 4 + count + SHA256.Digest.count else {
        return nil
      }
      // Copies: their indices begin at 0.
      let payload = Data(rest.dropFirst(4).prefix(count))
      let checksum = Data(rest.dropFirst(4 + count).prefix(SHA256.Digest.count))
      guard checksum == MemoryLog.checksum(after: last, payload) else { return nil }
      rest = rest.dropFirst(4 + count + SHA256.Digest.count)
      last = checksum
      return Frame(payload: payload, checksum: checksum)
    }
  }
}
