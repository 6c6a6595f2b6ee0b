import ArgumentParser
import Mneme

/// The types of weights a command takes.
protocol WeightTypeList {
  static var types: [ElementType] { get }
}

/// The types `mneme model convert` writes.
enum ConvertedTypes: WeightTypeList { static let types = ConversionPlan.types }

/// The types `mneme model quantize` writes.
enum QuantizedTypes: WeightTypeList { static let types = QuantizationPlan.types }

/// A type of weights as users write it, in any case of letters; one of those that the command takes.
struct WeightTypeArgument<List: WeightTypeList>: ExpressibleByArgument, Sendable {
  /// The type.
  let element: ElementType

  init?(argument: String) {
    let name = argument.uppercased()
    guard let element = List.types.first(where: { $0.name == name }) else { return nil }
    self.element = element
  }

  /// A type that stands in the list.
  init(_ element: ElementType) { self.element = element }

  var defaultValueDescription: String { element.name }
  static var allValueStrings: [String] { List.types.map(\.name) }
}
