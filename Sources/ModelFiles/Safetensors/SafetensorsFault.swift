/// The rules of the safetensors format that a file can violate.
public enum SafetensorsFault: Sendable, Equatable {
  /// Fewer than the eight bytes of the header's length.
  case tooShort(bytes: Int)
  case headerTooLarge(length: UInt64, limit: Int)
  case headerBeyondFile(length: UInt64, available: Int)
  case headerNotJSON(what: String, offset: Int)
  case headerNotObject
  case metadataNotStrings(key: String)
  /// A tensor's entry lacks a member or holds one of another kind.
  case malformedEntry(tensor: String, expected: String)
  case unknownType(tensor: String, found: String)
  case sizeOverflow(tensor: String)
  /// The declared bytes of a tensor do not match its type and shape.
  case wrongLength(tensor: String, found: Int, expected: Int)
  case offsetsReversed(tensor: String)
  /// Unused bytes between two tensors, or before the first.
  case hole(before: String, found: Int, expected: Int)
  case overlap(tensor: String, found: Int, expected: Int)
  /// The tensors end before or after the end of the file.
  case incompleteCover(found: Int, expected: Int)

  var explanation: (what: String, expected: String?) {
    switch self {
    case .tooShort(let bytes):
      ("the file has \(bytes) bytes, too few for a safetensors header", "at least 10")
    case .headerTooLarge(let length, let limit):
      ("the header's length is \(length)", "at most \(limit)")
    case .headerBeyondFile(let length, let available):
      ("the header's length is \(length), beyond the end of the file", "at most \(available)")
    case .headerNotJSON(let what, let offset):
      ("the header is not valid JSON: \(what) at its byte \(offset)", nil)
    case .headerNotObject: ("the header is not a JSON object", nil)
    case .metadataNotStrings(let key):
      ("the metadata entry \(quoted(key)) is not a string", "strings only")
    case .malformedEntry(let tensor, let expected):
      ("the entry of tensor \(quoted(tensor)) is malformed", expected)
    case .unknownType(let tensor, let found):
      ("tensor \(quoted(tensor)) has the unknown type \(quoted(found))", nil)
    case .sizeOverflow(let tensor): ("the size of tensor \(quoted(tensor)) overflows", nil)
    case .wrongLength(let tensor, let found, let expected):
      ("tensor \(quoted(tensor)) holds \(found) bytes", "\(expected) for its type and shape")
    case .offsetsReversed(let tensor): ("tensor \(quoted(tensor)) ends before it begins", nil)
    case .hole(let tensor, let found, let expected):
      ("there is a hole before tensor \(quoted(tensor)), which starts at \(found)", "\(expected)")
    case .overlap(let tensor, let found, let expected):
      ("tensor \(quoted(tensor)) starts at \(found), inside the one before", "\(expected)")
    case .incompleteCover(let found, let expected):
      (
        "the tensors end at byte \(found) of the data where the file ends at \(expected)",
        "the tensors cover the file exactly"
      )
    }
  }
}
