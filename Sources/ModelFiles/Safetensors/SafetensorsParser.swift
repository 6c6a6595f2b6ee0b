/// The checks behind `SafetensorsFile`.
struct SafetensorsParser {
  struct Failure: Error {
    let fault: SafetensorsFault
    init(_ fault: SafetensorsFault) { self.fault = fault }
  }

  private(set) var metadata: [String: String] = [:]
  private(set) var tensors: [SafetensorsTensor] = []
  let dataStart: Int

  private struct Entry {
    let name: String
    let type: SafetensorsType
    let shape: [Int]
    let range: Range<Int>
  }

  init(storage: FileBytes) throws(Failure) {
    let bytes = storage.bytes
    guard bytes.count >= 8 else { throw Failure(.tooShort(bytes: bytes.count)) }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    let limit = SafetensorsFile.maximumHeaderLength
    guard length <= UInt64(limit) else {
      throw Failure(.headerTooLarge(length: length, limit: limit))
    }
    guard length <= UInt64(bytes.count - 8) else {
      throw Failure(.headerBeyondFile(length: length, available: bytes.count - 8))
    }
    dataStart = 8 + Int(length)
    let header: JSONValue
    do {
      header = try JSONParser.parse(UnsafeRawBufferPointer(rebasing: bytes[8..<dataStart]))
    } catch {
      throw Failure(.headerNotJSON(what: error.what, offset: error.offset))
    }
    // The format demands the brace as the very first byte, so that no white space hides in front of it.
    guard let members = header.object, bytes[8] == UInt8(ascii: "{") else {
      throw Failure(.headerNotObject)
    }
    var entries: [Entry] = []
    for member in members {
      if member.name == "__metadata__" {
        metadata = try Self.strings(member.value)
      } else {
        entries.append(try Self.entry(member))
      }
    }
    try place(entries, in: storage)
  }

  private static func strings(_ value: JSONValue) throws(Failure) -> [String: String] {
    guard let members = value.object else {
      throw Failure(.metadataNotStrings(key: "__metadata__"))
    }
    var strings: [String: String] = [:]
    for member in members {
      guard let text = member.value.string else {
        throw Failure(.metadataNotStrings(key: member.name))
      }
      strings[member.name] = text
    }
    return strings
  }

  private static func entry(_ member: JSONValue.Member) throws(Failure) -> Entry {
    let name = member.name
    func malformed(_ expected: String) -> Failure {
      Failure(.malformedEntry(tensor: name, expected: expected))
    }
    guard let parts = member.value.object, parts.count == 3 else {
      throw malformed("'dtype', 'shape' and 'data_offsets'")
    }
    func part(_ key: String) -> JSONValue? { parts.first { $0.name == key }?.value }
    guard let typeName = part("dtype")?.string else { throw malformed("a string as 'dtype'") }
    guard let type = SafetensorsType(rawValue: typeName) else {
      throw Failure(.unknownType(tensor: name, found: typeName))
    }
    guard let extents = part("shape")?.array?.map(\.integer),
      let offsets = part("data_offsets")?.array?.map(\.integer), offsets.count == 2,
      let start = offsets[0], let end = offsets[1], start >= 0, end >= 0
    else { throw malformed("whole numbers as 'shape' and two of them as 'data_offsets'") }
    guard start <= end else { throw Failure(.offsetsReversed(tensor: name)) }
    var shape: [Int] = []
    var size = type.size
    for extent in extents {
      guard let extent, extent >= 0 else { throw malformed("extents that are not negative") }
      let (product, overflow) = size.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw Failure(.sizeOverflow(tensor: name)) }
      size = product
      shape.append(extent)
    }
    guard size == end - start else {
      throw Failure(.wrongLength(tensor: name, found: end - start, expected: size))
    }
    return Entry(name: name, type: type, shape: shape, range: start..<end)
  }

  /// Checks that the tensors follow each other from the first byte of the data to the last.
  private mutating func place(_ entries: [Entry], in storage: FileBytes) throws(Failure) {
    let available = storage.bytes.count - dataStart
    // Tensors without elements share their offset with the next one; by end, then, they come first.
    let sorted = entries.sorted {
      ($0.range.lowerBound, $0.range.upperBound, $0.name)
        < ($1.range.lowerBound, $1.range.upperBound, $1.name)
    }
    var expected = 0
    for entry in sorted {
      let start = entry.range.lowerBound
      guard start == expected else {
        throw Failure(
          start > expected
            ? .hole(before: entry.name, found: start, expected: expected)
            : .overlap(tensor: entry.name, found: start, expected: expected))
      }
      expected = entry.range.upperBound
      guard expected <= available else {
        throw Failure(.incompleteCover(found: expected, expected: available))
      }
      let place = dataStart + start..<dataStart + expected
      tensors.append(
        SafetensorsTensor(
          name: entry.name, type: entry.type, shape: entry.shape,
          bytes: UnsafeRawBufferPointer(rebasing: storage.bytes[place]), storage: storage))
    }
    guard expected == available else {
      throw Failure(.incompleteCover(found: expected, expected: available))
    }
  }
}
