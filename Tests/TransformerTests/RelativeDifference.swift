/// The largest difference, relative to the largest value; infinite where a value is no number, or one is missing.
func relativeDifference(_ found: [Float], _ expected: [Float]) -> Float {
  guard found.count == expected.count, found.allSatisfy(\.isFinite) else { return .infinity }
  return zip(found, expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
    / max(1e-12, expected.reduce(0) { max($0, abs($1)) })
}
