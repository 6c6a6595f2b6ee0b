import Foundation

extension Float {
  /// The natural logarithm.
  var logarithm: Float { Foundation.log(self) }

  /// e to the power of it.
  var exponential: Float { Foundation.exp(self) }

  var hyperbolicTangent: Float { Foundation.tanh(self) }

  /// log(1 + e^x), always positive.
  var softplus: Float { self > 20 ? self : Foundation.log1p(Foundation.exp(self)) }

  func raised(to power: Float) -> Float { Foundation.pow(self, power) }
}
