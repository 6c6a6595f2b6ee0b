import Foundation
import ModelFiles
import Tensors
import TestSupport
import Testing

/// Files that are not what they claim to be.
@Suite struct GGUFDamageTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func opened(_ bytes: Data) throws -> ModelFile {
    try ModelFile.open(folder.write(bytes, as: UUID().uuidString))
  }

  /// A little-endian file built by hand.
  private struct Builder {
    var bytes = Data("GGUF".utf8)

    mutating func u32(_ value: UInt32) { append(value) }
    mutating func u64(_ value: UInt64) { append(value) }
    mutating func text(_ value: String) {
      u64(UInt64(value.utf8.count))
      bytes.append(contentsOf: value.utf8)
    }
    mutating func start(tensors: UInt64 = 0, keys: UInt64 = 0) {
      u32(3)
      u64(tensors)
      u64(keys)
    }
    mutating func tensor(
      _ name: String, _ extents: [UInt64], type: UInt32 = 0, offset: UInt64 = 0
    ) {
      text(name)
      u32(UInt32(extents.count))
      for extent in extents { u64(extent) }
      u32(type)
      u64(offset)
    }
    mutating func pad(data count: Int) {
      bytes.append(Data(count: (32 - bytes.count % 32) % 32 + count))
    }
    private mutating func append<T: FixedWidthInteger>(_ value: T) {
      withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
  }

  private func failure(_ build: (inout Builder) -> Void) -> ModelFileError? {
    var builder = Builder()
    build(&builder)
    return ModelFilesTests.failure { _ = try opened(builder.bytes) }
  }

  @Test func everyTruncationIsAnError() throws {
    let whole = sampleGGUF().serialized()
    #expect(throws: Never.self) { _ = try opened(whole) }
    // Behind the last tensor there is only padding, without which the file is still complete.
    let end = whole.count - 20
    for length in 1..<end {
      #expect(throws: ModelFileError.self, "\(length) bytes") {
        _ = try opened(whole.prefix(length))
      }
    }
  }

  @Test func flippedBitsNeverDoHarm() throws {
    let whole = sampleGGUF().serialized()
    var numbers = Numbers(state: 1)
    var survivors = 0
    for _ in 0..<2500 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...3, using: &numbers) {
        bytes[Int.random(in: 0..<bytes.count, using: &numbers)] ^=
          1
          << UInt8.random(in: 0..<8, using: &numbers)
      }
      do {
        let file = try opened(bytes)
        // Every byte of every tensor can be read.
        for tensor in file.tensors { survivors += tensor.bytes.reduce(0) { $0 ^ Int($1) } & 1 }
      } catch is ModelFileError {}
    }
    #expect(survivors > 0)
  }

  @Test func randomBytesBehindTheMagicAreErrors() throws {
    var numbers = Numbers(state: 2)
    for _ in 0..<500 {
      let noise = (0..<200).map { _ in UInt8.random(in: 0...255, using: &numbers) }
      #expect(throws: ModelFileError.self) {
        _ = try opened(Data("GGUF".utf8) + [3, 0, 0, 0] + noise)
      }
    }
  }

  @Test func otherFilesAreToldByTheirBegin() throws {
    let jpeg = Data([0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46])
    for bytes in [jpeg, Data("Call me Ishmael.".utf8), Data("GG".utf8), Data("FUGG\u{3}".utf8)] {
      guard case .wrongMagic(_, "GGUF", _) = ModelFilesTests.failure({ _ = try opened(bytes) })
      else {
        Issue.record("\(Array(bytes)) was taken for something else")
        continue
      }
    }
    let directory = folder.url.path
    #expect(
      ModelFilesTests.failure { _ = try ModelFile.open(directory) }
        == .huggingFace(path: directory, .notAModel))
  }

  @Test func otherVersionsAreNamed() {
    for version: UInt32 in [0, 1, 4, 0x0300_0000] {
      guard case .unsupportedVersion(_, _, UInt64(version), _) = failure({ $0.u32(version) })
      else {
        Issue.record("version \(version)")
        continue
      }
    }
  }

  @Test func hugeCountsAreRefusedBeforeAnythingIsAllocated() {
    for count: UInt64 in [1 << 20, 1 << 40, .max] {
      guard case .excessive = failure({ $0.start(tensors: count) }) else {
        Issue.record("\(count) tensors")
        continue
      }
      guard case .excessive = failure({ $0.start(keys: count) }) else {
        Issue.record("\(count) keys")
        continue
      }
    }
    // A count within the cap that the file cannot hold.
    guard case .truncated = failure({ $0.start(keys: 90_000) }) else {
      Issue.record("90000 keys in no bytes")
      return
    }
  }

  @Test func longStringsAndArraysAreRefused() {
    let string = failure {
      $0.start(keys: 1)
      $0.text("key")
      $0.u32(8)
      $0.u64(.max)
    }
    guard case .excessive = string else {
      Issue.record("\(String(describing: string))")
      return
    }
    let array = failure {
      $0.start(keys: 1)
      $0.text("key")
      $0.u32(9)
      $0.u32(8)
      $0.u64(1_000_000)
    }
    guard case .truncated = array else {
      Issue.record("\(String(describing: array))")
      return
    }
  }

  @Test func valuesOutsideTheFormatAreRefused() {
    let nested = failure {
      $0.start(keys: 1)
      $0.text("key")
      $0.u32(9)
      $0.u32(9)
      $0.u64(1)
    }
    let unknown = failure {
      $0.start(keys: 1)
      $0.text("key")
      $0.u32(13)
    }
    let truth = failure {
      $0.start(keys: 1)
      $0.text("key")
      $0.u32(7)
      $0.bytes.append(2)
    }
    let key = failure {
      $0.start(keys: 1)
      $0.u64(2)
      $0.bytes.append(contentsOf: [0xc3, 0x28])
      $0.u32(4)
      $0.u32(1)
    }
    for error in [nested, unknown, truth, key] {
      guard case .malformed = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
  }

  @Test func namesMustDiffer() {
    let keys = failure {
      $0.start(keys: 2)
      for _ in 0..<2 {
        $0.text("key")
        $0.u32(4)
        $0.u32(1)
      }
    }
    guard case .duplicate(_, "the key", "key") = keys else {
      Issue.record("\(String(describing: keys))")
      return
    }
    let tensors = failure {
      $0.start(tensors: 2)
      $0.tensor("t", [8])
      $0.tensor("t", [8], offset: 32)
      $0.pad(data: 64)
    }
    guard case .duplicate(_, "the tensor", "t") = tensors else {
      Issue.record("\(String(describing: tensors))")
      return
    }
  }

  @Test func sizesThatOverflowAreRefused() {
    for extents: [UInt64] in [
      [1 << 32, 1 << 32], [1 << 31, 1 << 31, 1 << 2], [1 << 62, 2], [UInt64.max], [1 << 63],
      [0], [8, 0],
    ] {
      let error = failure {
        $0.start(tensors: 1)
        $0.tensor("t", extents)
        $0.pad(data: 64)
      }
      guard case .malformed = error else {
        Issue.record("\(extents): \(String(describing: error))")
        continue
      }
    }
    // The elements fit 64 bits, their bytes do not.
    let bytes = failure {
      $0.start(tensors: 1)
      $0.tensor("t", [1 << 62])
      $0.pad(data: 64)
    }
    guard case .malformed = bytes else {
      Issue.record("\(String(describing: bytes))")
      return
    }
  }

  @Test func tensorsStayInsideTheFileAndApart() {
    func error(_ second: UInt64, extent: UInt64 = 8) -> ModelFileError? {
      failure {
        $0.start(tensors: 2)
        $0.tensor("a", [8])
        $0.tensor("b", [extent], offset: second)
        $0.pad(data: 64)
      }
    }
    #expect(error(32) == nil)
    for (offset, extent): (UInt64, UInt64) in [
      (64, 8), (32, 9), (1 << 40, 8), (UInt64.max - 31, 8), (0x7fff_ffff_ffff_ffe0, 8),
    ] {
      switch error(offset, extent: extent) {
      case .truncated, .malformed: break
      case let other: Issue.record("\(offset), \(extent): \(String(describing: other))")
      }
    }
    guard case .malformed(_, let what, _, _) = error(0), what.contains("overlap") else {
      Issue.record("overlap")
      return
    }
    guard case .malformed = error(16) else {
      Issue.record("an offset off the alignment")
      return
    }
  }

  @Test func alignmentsMustBePowersOfTwo() {
    for alignment: UInt32 in [0, 3, 48, 1 << 21] {
      let error = failure {
        $0.start(keys: 1)
        $0.text("general.alignment")
        $0.u32(4)
        $0.u32(alignment)
      }
      guard case .malformed = error else {
        Issue.record("\(alignment): \(String(describing: error))")
        continue
      }
    }
  }

  @Test func typesNotReadYetAreCalledByTheirNames() {
    for (number, name): (UInt32, String) in [
      (9, "Q8_1 (9)"), (19, "IQ1_S (19)"), (99, "number 99"),
    ] {
      let error = failure {
        $0.start(tensors: 1)
        $0.tensor("t", [256], type: number)
        $0.pad(data: 1024)
      }
      guard case .unsupportedTensorType(_, "t", name) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
    let rows = failure {
      $0.start(tensors: 1)
      $0.tensor("t", [31], type: 8)
      $0.pad(data: 1024)
    }
    guard case .malformed = rows else {
      Issue.record("a row of 31 in blocks of 32")
      return
    }
  }

  @Test func fiveDimensionsAreRefused() {
    for count in [0, 5] {
      let error = failure {
        $0.start(tensors: 1)
        $0.tensor("t", Array(repeating: 1, count: count))
        $0.pad(data: 64)
      }
      guard case .excessive = error else {
        Issue.record("\(count): \(String(describing: error))")
        continue
      }
    }
  }
}
