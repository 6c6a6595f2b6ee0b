import Tensors

/// Which rows of logits a forward pass computes.
public enum LogitsSelection: Sendable, Equatable {
  /// None; the output matrix is not touched.
  case none
  /// The row of the last token.
  case last
  /// The rows of all tokens.
  case all
}

/// Rows of logits, [rows, vocabulary].
public struct Logits: Sendable {
  /// The number of rows.
  public let rows: Int
  /// Values per row.
  public let vocabularySize: Int
  /// The values, row after row.
  public private(set) var values: [Float]

  init(rows: Int, vocabularySize: Int, values: [Float]) {
    self.rows = rows
    self.vocabularySize = vocabularySize
    self.values = values
  }

  /// Calls `body` with one row, [vocabulary].
  public func withRow<Result>(
    _ row: Int, _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    precondition(row >= 0 && row < rows, "row outside the logits")
    return try values.withUnsafeBufferPointer { all in
      try body(
        UnsafeBufferPointer(rebasing: all[row * vocabularySize..<(row + 1) * vocabularySize]))
    }
  }

  /// One row as an array, [vocabulary].
  public subscript(_ row: Int) -> [Float] {
    withRow(row) { Array($0) }
  }

  /// log p of a token under one row of logits, [vocabulary], nats.
  package static func logProbability(
    of token: Int32, in row: UnsafeBufferPointer<Float>
  ) -> Float {
    guard let start = row.baseAddress else { return -.infinity }
    return row[Int(token)] - LinearAlgebra.logSumExp(start, count: row.count)
  }

  /// The last row; empty when there is none.
  public var last: [Float] { rows > 0 ? self[rows - 1] : [] }
}
