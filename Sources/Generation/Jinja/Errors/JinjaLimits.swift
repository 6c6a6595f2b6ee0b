/// Limits of a template: far above the needs of published templates, and low enough to be harmless.
package struct JinjaLimits: Sendable {
  /// Bytes of the template.
  package var templateBytes = 1 << 19
  /// Brackets, operators and statements within each other.
  package var nesting = 80
  /// Operators, filters and accesses in one tag.
  package var links = 1000
  /// Expressions and statements under evaluation at the same time, macros included.
  package var depth = 240
  /// Lists and dictionaries within each other.
  package var valueDepth = 40
  /// Evaluated expressions and statements, plus half the characters and all the elements they make.
  package var work = 4_000_000
  /// Characters of one string; the output is one.
  package var characters = 1 << 22
  /// Elements of one list.
  package var elements = 1 << 18
  /// Elements of a `range`; Jinja's own limit.
  package var range = 100_000

  package init() {}
}
