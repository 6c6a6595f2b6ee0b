import Foundation
import ModelFiles

extension ModelIdentity: Codable {
  private enum CodingKeys: String, CodingKey {
    case fingerprint, contents, architecture, type, name, configuration, tokenizer, vectors, sketch
  }

  /// The key of a file's metadata.
  static let metadataKey = "mneme.model"
  /// Bytes of JSON that are read; an identity is at most 130 KB, and of usual models 2 to 10.
  static let largestText = 256 << 10

  /// Writes names, digests in hexadecimal digits and the sketch in base64.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(fingerprint.hex, forKey: .fingerprint)
    try container.encodeIfPresent(contents, forKey: .contents)
    try container.encode(architecture, forKey: .architecture)
    try container.encode(type, forKey: .type)
    try container.encodeIfPresent(name, forKey: .name)
    try container.encode(configuration, forKey: .configuration)
    try container.encode(tokenizer, forKey: .tokenizer)
    try container.encode(vectors, forKey: .vectors)
    try container.encode(sketch.bytes.base64EncodedString(), forKey: .sketch)
  }

  /// Reads and checks an identity.
  ///
  /// - Throws: `DecodingError` for a malformed digest, a name that is too long or not printable, and invalid weights.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func refuse(_ key: CodingKeys) -> DecodingError {
      .dataCorruptedError(forKey: key, in: container, debugDescription: "not sound")
    }
    func digest(_ key: CodingKeys) throws -> String {
      let text = try container.decode(String.self, forKey: key)
      guard let digits = ModelFingerprint(hex: text) else { throw refuse(key) }
      return digits.hex
    }
    func name(_ key: CodingKeys) throws -> String {
      let text = try container.decode(String.self, forKey: key)
      guard !text.isEmpty, text.unicodeScalars.count <= Self.nameLength,
        text.unicodeScalars.allSatisfy(Self.isShown)
      else { throw refuse(key) }
      return text
    }
    guard let fingerprint = ModelFingerprint(hex: try digest(.fingerprint)) else {
      throw refuse(.fingerprint)
    }
    self.fingerprint = fingerprint
    contents = container.contains(.contents) ? try digest(.contents) : nil
    architecture = try name(.architecture)
    type = try name(.type)
    self.name = container.contains(.name) ? try name(.name) : nil
    configuration = try digest(.configuration)
    tokenizer = try digest(.tokenizer)
    vectors = try digest(.vectors)
    let text = try container.decode(String.self, forKey: .sketch)
    guard let data = Data(base64Encoded: text), let sketch = WeightSketch(bytes: data) else {
      throw refuse(.sketch)
    }
    self.sketch = sketch
  }

  /// As one line of JSON with sorted keys: the same identity gives the same text.
  package var text: String? {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The identity in a file's metadata; nil in files of earlier versions.
  ///
  /// - Parameter fingerprint: the fingerprint stored elsewhere in the file; nil where there is none.
  /// - Throws: `MemoryError.malformed` for one that cannot be read or is of another model.
  static func read(
    _ metadata: [String: String], fingerprint: ModelFingerprint? = nil, path: String
  ) throws(MemoryError) -> ModelIdentity? {
    guard let text = metadata[metadataKey] else { return nil }
    guard text.utf8.count <= largestText,
      let identity = try? StrictJSON.decode(ModelIdentity.self, from: Data(text.utf8))
    else {
      throw .malformed(
        path: path, what: "the metadata key '\(metadataKey)' does not describe a model",
        expected: "names, digests and sampled weights, \(largestText >> 10) KB at most")
    }
    if let fingerprint, identity.fingerprint != fingerprint {
      throw .malformed(
        path: path, what: "the metadata key '\(metadataKey)' describes another model",
        expected: "the fingerprint \(fingerprint.short)")
    }
    return identity
  }
}
