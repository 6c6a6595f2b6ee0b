/// Which columns of a table are worth their place.
package enum FilledColumns {
  /// The columns that hold a value in some row. Where none does all are kept, since the table then says just that.
  ///
  /// - Parameters:
  ///   - count: columns in all.
  ///   - fixed: columns at the beginning that always stay, such as the names of the rows.
  ///   - hasValue: whether a column holds a value in some row.
  package static func kept(
    of count: Int, keeping fixed: Int = 1, where hasValue: (Int) -> Bool
  ) -> [Int] {
    let filled = (0..<count).filter { $0 >= fixed && hasValue($0) }
    return filled.isEmpty ? Array(0..<count) : Array(0..<min(fixed, count)) + filled
  }
}
