extension Collection where Element: Equatable {
  /// How many elements at the beginning are the same.
  package func commonPrefix(with other: some Collection<Element>) -> Int {
    zip(self, other).prefix { $0 == $1 }.count
  }
}
