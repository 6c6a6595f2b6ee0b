import Foundation

/// The decoded JSON header.
struct SafetensorsHeader {
  var metadata: [String: String] = [:]
  private var entries: [(name: String, entry: Entry)] = []

  private struct Entry: Decodable {
    let dtype: String
    let shape: [Int]
    let data_offsets: [Int]
  }

  init(_ json: Data, path: String) throws(ModelFileError) {
    guard json.first == UInt8(ascii: "{") else {
      throw .malformed(
        path: path, what: "this is not a safetensors file", offset: 8,
        expected: "a JSON header that begins with '{'")
    }
    try Self.refuseDuplicateKeys(json, path: path)
    let decoded: [String: HeaderValue]
    do {
      decoded = try JSONDecoder().decode([String: HeaderValue].self, from: json)
    } catch {
      throw .malformed(
        path: path, what: "the header is not valid safetensors JSON", offset: 8,
        expected: "dtype, shape and data_offsets for every tensor")
    }
    for (name, value) in decoded {
      switch value {
      case .metadata(let values) where name == "__metadata__": metadata = values
      case .tensor(let entry) where name != "__metadata__": entries.append((name, entry))
      default:
        throw .malformed(
          path: path, what: "the header entry \(quoted(name)) is of the wrong kind", offset: 8,
          expected: nil)
      }
    }
    entries.sort {
      ($0.entry.data_offsets.first ?? 0, $0.entry.data_offsets.last ?? 0, $0.name)
        < ($1.entry.data_offsets.first ?? 0, $1.entry.data_offsets.last ?? 0, $1.name)
    }
  }

  private enum HeaderValue: Decodable {
    case metadata([String: String])
    case tensor(Entry)

    init(from decoder: any Decoder) throws {
      if let entry = try? Entry(from: decoder) {
        self = .tensor(entry)
      } else {
        self = .metadata(try [String: String](from: decoder))
      }
    }
  }

  /// Cuts the data into the tensors; ranges must follow each other without holes and cover everything.
  func tensors(in data: Data, path: String) throws(ModelFileError) -> [SafetensorsTensor] {
    var end = 0
    var tensors: [SafetensorsTensor] = []
    for (name, entry) in entries {
      guard let type = SafetensorsType(rawValue: entry.dtype) else {
        throw .unsupportedTensorType(path: path, tensor: name, type: quoted(entry.dtype))
      }
      guard entry.data_offsets.count == 2, entry.data_offsets[0] == end,
        entry.data_offsets[1] >= end, entry.data_offsets[1] <= data.count
      else {
        throw .malformed(
          path: path, what: "tensor \(quoted(name)) lies at \(entry.data_offsets)", offset: nil,
          expected: "a range from \(end) on within the \(data.count) bytes of data")
      }
      var size = type.size
      for extent in entry.shape {
        let (product, overflow) = size.multipliedReportingOverflow(by: extent)
        guard extent >= 0, !overflow else {
          throw .malformed(
            path: path, what: "tensor \(quoted(name)) has shape \(entry.shape)", offset: nil,
            expected: "a size that is possible")
        }
        size = product
      }
      guard size == entry.data_offsets[1] - end else {
        throw .malformed(
          path: path,
          what: "tensor \(quoted(name)) has \(entry.data_offsets[1] - end) bytes", offset: nil,
          expected: "\(size) for \(entry.dtype) \(entry.shape)")
      }
      let first = data.startIndex + end
      tensors.append(
        SafetensorsTensor(
          name: name, type: type, shape: entry.shape, bytes: [UInt8](data[first..<first + size]),
          path: path))
      end = entry.data_offsets[1]
    }
    guard end == data.count else {
      throw .malformed(
        path: path, what: "\(data.count - end) bytes belong to no tensor", offset: nil,
        expected: "tensors that cover all data")
    }
    return tensors
  }

  /// A decoder keeps one of two equal keys silently; two readers might keep different ones.
  private static func refuseDuplicateKeys(_ json: Data, path: String) throws(ModelFileError) {
    var seen: [Set<Data>] = []
    var depth = 0
    var index = json.startIndex
    var expectsKey = false
    while index < json.endIndex {
      switch json[index] {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        guard depth <= 8 else {
          throw .malformed(path: path, what: "the header is nested", offset: nil, expected: nil)
        }
        expectsKey = json[index] == UInt8(ascii: "{")
        seen.append([])
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if seen.popLast() == nil { return }
        expectsKey = false
      case UInt8(ascii: ","): expectsKey = true
      case UInt8(ascii: ":"): expectsKey = false
      case UInt8(ascii: "\""):
        let start = index + 1
        index = start
        while index < json.endIndex, json[index] != UInt8(ascii: "\"") {
          index += json[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard index < json.endIndex, start <= index else { return }
        let after = json[(index + 1)...].first { $0 != 32 && $0 != 10 && $0 != 13 && $0 != 9 }
        if expectsKey, after == UInt8(ascii: ":"), !seen.isEmpty {
          let key = Data(json[start..<index])
          guard seen[seen.count - 1].insert(key).inserted else {
            throw .duplicate(
              path: path, what: "the key", name: String(decoding: key, as: UTF8.self))
          }
        }
      default: break
      }
      index += 1
    }
  }
}
