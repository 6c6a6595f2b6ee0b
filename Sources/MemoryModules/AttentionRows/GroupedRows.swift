/// Rows that lie in groups, each of which stands for some tokens that follow one another.
package protocol GroupedRows {
  associatedtype Group: RowGroup

  var groups: [Group] { get }
  /// The tokens of all groups, one group's after the other's.
  var sources: RowSources { get }
}

package protocol RowGroup {
  /// How many rows it has.
  var rows: Int { get }
  /// How many tokens they stand for.
  var sources: Int { get }
}

extension GroupedRows {
  /// The first row and the first token of each group.
  package var starts: [(rows: Int, sources: Int)] {
    var result: [(rows: Int, sources: Int)] = []
    var (row, source) = (0, 0)
    for group in groups {
      result.append((row, source))
      row += group.rows
      source += group.sources
    }
    return result
  }

  /// The tokens of each group.
  var tokensByGroup: [ArraySlice<Int32>] {
    zip(groups, starts).map { sources.tokens[$1.sources..<$1.sources + $0.sources] }
  }

  /// The place after the last token that a group's rows stand for.
  package func end(ofGroup index: Int) -> Int {
    sources.places[starts[index].sources + groups[index].sources - 1] + 1
  }
}
