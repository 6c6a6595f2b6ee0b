public import ModelFiles
import Transformer

/// What to forget: everything that matches any of these criteria.
public struct ForgettingSelection: Sendable, Equatable {
  /// Facts, by their numbers.
  public var facts: Set<Int> = []
  /// Everything from these sources.
  public var sources: Set<ByteString> = []
  /// Everything said in these conversations.
  public var conversations: Set<ByteString> = []
  /// Everything learned at these times, seconds since 1970.
  public var times: Range<Double>?

  /// Nothing.
  public init() {}

  /// Some facts.
  public static func facts(_ ids: Set<Int>) -> Self {
    var selection = Self()
    selection.facts = ids
    return selection
  }

  /// Everything that came from a source.
  public static func source(_ name: ByteString) -> Self {
    var selection = Self()
    selection.sources = [name]
    return selection
  }

  /// Everything from a range of times.
  public static func times(_ range: Range<Double>) -> Self {
    var selection = Self()
    selection.times = range
    return selection
  }

  /// Whether something of this provenance is to be forgotten, whatever it says.
  func contains(_ provenance: Provenance) -> Bool {
    sources.contains(provenance.source) || conversations.contains(provenance.conversation)
      || times?.contains(provenance.time) ?? false
  }
}
