import Memory

/// Configurations in a list, each of which may leave out what has its default: an adapter's JSON is merged with the defaults
/// object by object, which does not reach into lists.
@propertyWrapper
public struct StoredConfigurations: Sendable, Codable, Equatable {
  /// The configurations.
  public var wrappedValue: [NeuralConfiguration]

  /// Wraps a list.
  public init(wrappedValue: [NeuralConfiguration]) { self.wrappedValue = wrappedValue }

  public init(from decoder: any Decoder) throws {
    var list = try decoder.unkeyedContainer()
    wrappedValue = []
    while !list.isAtEnd {
      wrappedValue.append(try list.decode(NeuralConfiguration.Stored.self).configuration)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(wrappedValue)
  }
}

extension NeuralConfiguration {
  /// A configuration as JSON of any age holds it, read without a model.
  struct Stored: Decodable {
    let configuration: NeuralConfiguration

    init(from decoder: any Decoder) throws {
      configuration = try NeuralConfiguration(
        merging: decoder, into: NeuralConfiguration(hiddenWidth: 32))
    }
  }
}
