/// A text whose identity is its bytes: names, sources, paths and answers.
///
/// Swift's strings compare and hash by Unicode canonical equivalence: "é" as one scalar and as "e" with a combining
/// accent are one key of a dictionary. To a file system, a tokenizer and every other program they are two texts. This
/// type compares, hashes, sorts and searches text as UTF-8 bytes. In JSON it is a plain string.
public struct ByteString: Hashable, Sendable {
  /// The text, its bytes as they were given.
  public let text: String

  /// A text as its bytes.
  public init(_ text: String) { self.text = text }

  public static func == (first: Self, second: Self) -> Bool {
    first.text.utf8.elementsEqual(second.text.utf8)
  }

  public func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }

  /// Whether it begins with these bytes.
  public func hasPrefix(_ prefix: ByteString) -> Bool {
    text.utf8.starts(with: prefix.text.utf8)
  }

  /// Whether it ends with these bytes.
  public func hasSuffix(_ suffix: ByteString) -> Bool {
    text.utf8.reversed().starts(with: suffix.text.utf8.reversed())
  }

  /// The part after the last slash, or the whole text without one: the file name of a path.
  public var lastPathComponent: ByteString {
    let end = text.utf8.split(separator: UInt8(ascii: "/")).last
    return end.flatMap { String($0) }.map(ByteString.init(_:)) ?? self
  }
}

extension ByteString: Comparable {
  /// The order of the bytes, which is that of the scalars.
  public static func < (first: Self, second: Self) -> Bool {
    first.text.utf8.lexicographicallyPrecedes(second.text.utf8)
  }
}

extension ByteString: ExpressibleByStringInterpolation {
  public init(stringLiteral text: String) { self.init(text) }
}

extension ByteString: CustomStringConvertible {
  public var description: String { text }
}

extension ByteString: Codable {
  public init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode(String.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}

extension Dictionary where Key == ByteString {
  /// The value of a text, by its bytes.
  public subscript(text: String) -> Value? {
    get { self[ByteString(text)] }
    set { self[ByteString(text)] = newValue }
  }
}
