import Cryptography
import Foundation
import ModelFiles
import Tensors
public import Transformer

/// Identifies a model: SHA-256 over its architecture, hyper-parameters, tokenizer and a sample of every tensor's bytes.
///
/// Two files with the same weights, vocabulary and hyper-parameters have the same fingerprint whatever their names and
/// descriptions; a fine-tune of the same shape has another.
public struct ModelFingerprint: Sendable, Codable, Equatable, CustomStringConvertible {
  /// 64 lower-case hexadecimal digits.
  public let hex: String

  /// A fingerprint from its digits; nil when they are not 64 lower-case hexadecimal digits.
  public init?(hex: String) {
    guard hex.utf8.count == 64,
      hex.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
    else { return nil }
    self.hex = hex
  }

  /// The first 12 digits, for messages.
  public var short: String { String(hex.prefix(12)) }

  public var description: String { short }

  /// Bytes read from the start, middle and end of each tensor.
  private static let sample = 4096

  /// Computes the fingerprint of a model; reads a few kilobytes per tensor.
  public init(of model: TransformerModel) {
    var hash = SHA256()
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    if let json = try? encoder.encode(model.configuration) { hash.update(data: json) }
    let metadata = model.file.metadata
    for key in metadata.keys.sorted()
    where key.hasPrefix("tokenizer.") && key != "tokenizer.chat_template" {
      hash.update(data: Data("\(key)=".utf8))
      if let value = metadata[key] { Self.update(&hash, value) }
    }
    for tensor in model.file.tensors.sorted(by: { $0.name < $1.name }) {
      hash.update(data: Data("\(tensor.name):\(tensor.type.name):\(tensor.shape);".utf8))
      let count = tensor.bytes.count
      for start in [0, max(0, count / 2 - Self.sample / 2), max(0, count - Self.sample)] {
        let end = min(count, start + Self.sample)
        hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: tensor.bytes[start..<end]))
      }
    }
    hex = hash.finalize().hexadecimal
  }

  private static func update(_ hash: inout SHA256, _ value: GGUFValue) {
    switch value {
    case .stringArray(let texts):
      for text in texts {
        hash.update(data: Data("\(text.utf8.count):".utf8))
        hash.update(data: Data(text.utf8))
      }
    case .floatArray(let numbers):
      numbers.withUnsafeBytes { hash.update(bufferPointer: $0) }
    default:
      hash.update(data: Data("\(value)".utf8))
    }
  }
}
