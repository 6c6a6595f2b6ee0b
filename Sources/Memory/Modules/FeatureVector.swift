/// The names of a module's own gate features, in the order of its vectors.
public protocol FeatureName: RawRepresentable<String>, CaseIterable, Hashable, Sendable {}

extension FeatureName {
  /// The names, as adapters hold them.
  public static var names: [String] { allCases.map(\.rawValue) }
}

/// One value per feature; what is not set is 0.
public struct FeatureVector<Name: FeatureName>: Sendable, Equatable {
  /// In the order of `Name.allCases`.
  public private(set) var values: [Float]

  /// All zeros.
  public init() { values = [Float](repeating: 0, count: Name.allCases.count) }

  /// Some values; the rest are zeros.
  public init(_ some: KeyValuePairs<Name, Float>) {
    self.init()
    for (name, value) in some { self[name] = value }
  }

  /// The values of a reading of the module; zeros when their count differs from the number of names.
  public init(_ values: [Float]) {
    self.init()
    if values.count == self.values.count { self.values = values }
  }

  /// The value of a feature.
  public subscript(name: Name) -> Float {
    get { values[Self.place(name)] }
    set { values[Self.place(name)] = newValue }
  }

  private static func place(_ name: Name) -> Int {
    var place = 0
    for other in Name.allCases {
      if other == name { return place }
      place += 1
    }
    return place
  }
}
