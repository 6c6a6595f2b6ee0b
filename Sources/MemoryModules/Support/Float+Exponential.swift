import Foundation

extension Float {
  /// The natural logarithm.
  var logarithm: Float { Foundation.log(self) }

  /// e to the power of it.
  var exponential: Float { Foundation.exp(self) }

  var hyperbolicTangent: Float { Foundation.tanh(self) }
}
