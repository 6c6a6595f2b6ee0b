import Foundation

/// The checked header of a safetensors file.
///
/// Enforces the format's whole contract: unique names, sizes that follow from type and shape, and tensors that cover
/// the data exactly, without holes or overlap. Every byte is accounted for.
struct SafetensorsHeader {
  private(set) var metadata: [String: String] = [:]
  private var entries: [Entry] = []

  private struct Entry {
    let name: String
    let type: SafetensorsType
    let shape: [Int]
    let range: Range<Int>
  }

  /// A broken rule, without the path.
  private struct Failure: Error {
    let fault: SafetensorsFault
    init(_ fault: SafetensorsFault) { self.fault = fault }
  }

  init(_ json: Data, path: String) throws(ModelFileError) {
    do throws(Failure) {
      for member in try Self.members(json) {
        if member.name == "__metadata__" {
          metadata = try Self.strings(member.value)
        } else {
          entries.append(try Self.entry(member))
        }
      }
    } catch {
      throw .safetensors(path: path, error.fault)
    }
    guard entries.count <= SafetensorsFile.tensorLimit else {
      throw .excessive(
        path: path, what: "the number of tensors", found: UInt64(entries.count),
        limit: UInt64(SafetensorsFile.tensorLimit))
    }
    // Tensors without elements share their offset with the next one; sorted by end, they come first.
    entries.sort {
      ($0.range.lowerBound, $0.range.upperBound, $0.name)
        < ($1.range.lowerBound, $1.range.upperBound, $1.name)
    }
  }

  private static func members(_ json: Data) throws(Failure) -> [JSONValue.Member] {
    // The format requires the brace as the very first byte, without white space before it.
    guard json.first == UInt8(ascii: "{") else { throw Failure(.headerNotObject) }
    let parsed = json.withUnsafeBytes { bytes in
      Result { () throws(JSONParser.Failure) in try JSONParser.parse(bytes) }
    }
    switch parsed {
    case .success(let value):
      guard let members = value.object else { throw Failure(.headerNotObject) }
      return members
    case .failure(let failure):
      throw Failure(.headerNotJSON(what: failure.what, offset: failure.offset))
    }
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
    guard extents.count <= SafetensorsFile.dimensionLimit else {
      throw malformed("at most \(SafetensorsFile.dimensionLimit) extents")
    }
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

  /// Splits the data into the tensors, which cover it from the first byte to the last.
  func tensors(in data: Data, path: String) throws(ModelFileError) -> [SafetensorsTensor] {
    var expected = 0
    var tensors: [SafetensorsTensor] = []
    for entry in entries {
      let start = entry.range.lowerBound
      guard start == expected else {
        let fault: SafetensorsFault =
          start > expected
          ? .hole(before: entry.name, found: start, expected: expected)
          : .overlap(tensor: entry.name, found: start, expected: expected)
        throw .safetensors(path: path, fault)
      }
      expected = entry.range.upperBound
      guard expected <= data.count else {
        throw .safetensors(path: path, .incompleteCover(found: expected, expected: data.count))
      }
      let first = data.startIndex + start
      tensors.append(
        SafetensorsTensor(
          name: entry.name, type: entry.type, shape: entry.shape,
          data: data[first..<first + entry.range.count], path: path))
    }
    guard expected == data.count else {
      throw .safetensors(path: path, .incompleteCover(found: expected, expected: data.count))
    }
    return tensors
  }
}
