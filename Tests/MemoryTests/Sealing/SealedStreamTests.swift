import Cryptography
import Foundation
import Memory
import TestSupport
import Testing

@Suite("Encryption in chunks")
struct SealedStreamTests {
  let key = SymmetricKey(randomBytes: 32)
  let plain = Data((0..<100).map { UInt8($0) })
  let chunk = 32
  let stride = 32 + SealedStream.tagCount

  func stream(_ associated: String = "public") -> SealedStream {
    SealedStream(key: key, chunk: chunk, associated: Data(associated.utf8))
  }

  func isRefused(_ sealed: Data, _ stream: SealedStream? = nil) -> Bool {
    do {
      _ = try (stream ?? self.stream()).open(sealed, path: "x")
      return false
    } catch {
      if case .sealing(.forged) = error { return true }
      return false
    }
  }

  @Test("What goes in comes out, at every length around the chunks")
  func roundTrip() throws {
    for count in [1, 2, 31, 32, 33, 63, 64, 65, 96, 100] {
      let sealed = try stream().seal(plain.prefix(count))
      let chunks = (count + chunk - 1) / chunk
      #expect(sealed.count == count + chunks * SealedStream.tagCount)
      #expect(try stream().open(sealed, path: "x") == plain.prefix(count))
      // A slice, whose indices do not begin at 0.
      let slice = (Data([1, 2, 3]) + sealed).dropFirst(3)
      #expect(try stream().open(slice, path: "x") == plain.prefix(count))
    }
  }

  @Test("A flipped bit anywhere is refused")
  func flipped() throws {
    let sealed = try stream().seal(plain)
    for bit in 0..<sealed.count * 8 {
      var bytes = sealed
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(isRefused(bytes), "bit \(bit)")
    }
  }

  @Test("Every truncation and every extension is refused")
  func truncated() throws {
    let sealed = try stream().seal(plain)
    for count in 0..<sealed.count { #expect(isRefused(sealed.prefix(count)), "\(count) bytes") }
    for more in [1, 16, 17, stride] { #expect(isRefused(sealed + Data(count: more))) }
    // Whole chunks, whose last is as long as any: its end is known by the nonce alone.
    let even = try stream().seal(plain.prefix(96))
    #expect(isRefused(even.prefix(2 * stride)))
    #expect(isRefused(even + even.suffix(stride)))
  }

  @Test("Chunks that are swapped, doubled, left out or taken from another file are refused")
  func reordered() throws {
    let sealed = try stream().seal(plain.prefix(96))
    let parts = (0..<3).map { sealed[$0 * stride..<($0 + 1) * stride] }
    let orders = [
      [0, 2, 1], [1, 0, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1], [0, 0, 2], [0, 1, 1], [1, 1, 2],
      [1, 2], [0, 2], [2], [0, 1, 2, 2], [0, 1, 1, 2],
    ]
    for order in orders {
      #expect(isRefused(order.reduce(Data()) { $0 + parts[$1] }), "\(order)")
    }
    let other = SealedStream(
      key: SymmetricKey(randomBytes: 32), chunk: chunk, associated: Data("public".utf8))
    let foreign = try other.seal(plain.prefix(96))
    #expect(isRefused(parts[0] + parts[1] + foreign.suffix(stride)))
    #expect(isRefused(foreign))
  }

  @Test("Changed public data and another size of chunks are refused")
  func associated() throws {
    let sealed = try stream().seal(plain)
    #expect(isRefused(sealed, stream("publik")))
    #expect(isRefused(sealed, stream("")))
    #expect(
      isRefused(sealed, SealedStream(key: key, chunk: 64, associated: Data("public".utf8))))
  }

  @Test("Padding hides the length, costs at most an eighth, and is checked")
  func padding() throws {
    var last = 0
    for count in stride(from: 1, through: 3_000_000, by: 997) {
      let padded = SealedPadding.padded(count)
      #expect(padded >= count && padded >= last && padded.isMultiple(of: SealedPadding.grain))
      #expect(padded - count < max(SealedPadding.grain, count / 8))
      last = padded
    }
    #expect(SealedPadding.padded(13_000_000) - 13_000_000 < 270_000)
    for count in [0, 1, 4087, 4088, 4089, 100_000] {
      let content = Data(repeating: 7, count: count)
      let padded = SealedPadding.pad(content)
      #expect(padded.count == SealedPadding.padded(count + 8))
      #expect(SealedPadding.unpad(padded) == content)
      #expect(SealedPadding.unpad(padded + Data(count: 4096)) == nil)
      #expect(SealedPadding.unpad(padded.dropLast()) == nil)
    }
    var odd = SealedPadding.pad(Data("abc".utf8))
    odd[100] = 1
    #expect(SealedPadding.unpad(odd) == nil)
    #expect(SealedPadding.unpad(Data(repeating: 0xff, count: 4096)) == nil)
    #expect(SealedPadding.unpad(Data()) == nil)
  }

  private func stride(from: Int, through: Int, by: Int) -> StrideThrough<Int> {
    Swift.stride(from: from, through: through, by: by)
  }
}
