import Tensors

/// Queries as byte codes, with the values that bound the error of a product of codes.
struct QueryCodes: Sendable {
  let columns: Int
  let padded: Int
  private(set) var codes: [Int8] = []  // [rows, padded]
  private(set) var scales: [Float] = []
  /// Upper bound of the length of the quantised query.
  private(set) var lengths: [Float] = []
  /// Upper bound of the distance of the query from its codes plus the rounding of exact scores, per unit of key length.
  private(set) var errors: [Float] = []
  /// 128 times the sum of the codes: what the bias of the stored codes adds.
  private(set) var offsets: [Int32] = []
  private(set) var areFinite: [Bool] = []

  /// - Parameter queries: [rows, columns].
  init(_ queries: UnsafePointer<Float>, rows: Int, columns: Int) {
    self.columns = columns
    padded = ByteCodes.steps(columns: columns) * 4
    codes.reserveCapacity(rows * padded)
    for row in 0..<rows {
      let query = queries + row * columns
      let isFinite = (0..<columns).allSatisfy { query[$0].isFinite }
      areFinite.append(isFinite)
      guard isFinite else {
        codes.append(contentsOf: repeatElement(0, count: padded))
        scales.append(0)
        lengths.append(0)
        errors.append(0)
        offsets.append(0)
        continue
      }
      let quantised = ByteCodes.quantise(query, columns: columns)
      let (residual, length) = StoredKey.bounds(
        query, count: columns, codes: quantised.codes, scale: quantised.scale)
      codes.append(contentsOf: quantised.codes)
      scales.append(quantised.scale)
      lengths.append(length + residual)
      // A Float32 sum of n products is off by at most n units in the last place of the lengths' product.
      errors.append(residual + Float(columns + 8) * 0x1p-23 * length)
      offsets.append(quantised.codes.reduce(0) { $0 + Int32($1) } * 128)
    }
  }
}

/// The result of scanning byte codes: the rows that may be among the k best.
struct CodeScan {
  /// A row and the upper bound of its score.
  struct Candidate {
    let row: Int32
    let upper: Float
  }

  private static let blockRows = 128

  let k: Int
  /// Per query the k largest lower bounds.
  private(set) var largest: [LargestValues]
  /// Per query the rows whose upper bound reached the threshold at the time of the scan.
  private(set) var candidates: [[Candidate]]
  private var products: [Int32]
  private var chosen = [UInt32](repeating: 0, count: blockRows)
  private var lower = [Float](repeating: 0, count: blockRows)
  private var upper = [Float](repeating: 0, count: blockRows)

  init(queries: Int, k: Int) {
    self.k = k
    largest = [LargestValues](repeating: LargestValues(capacity: k), count: queries)
    candidates = [[Candidate]](repeating: [], count: queries)
    products = [Int32](repeating: 0, count: queries * Self.blockRows)
  }

  /// Scans rows for the queries `first..<first + count`.
  ///
  /// - Parameter row: the number of the row at a place of the block; nil for a deleted one.
  mutating func scan(
    _ block: CodeBlock, queries: QueryCodes, first: Int, count: Int, row: (Int) -> Int32?
  ) {
    let groupBytes = ByteCodes.groupBytes(columns: queries.columns)
    for start in stride(from: 0, to: block.count, by: Self.blockRows) {
      let rows = min(Self.blockRows, block.count - start)
      block.codes.withUnsafeBufferPointer { codes in
        queries.codes.withUnsafeBufferPointer { query in
          guard let codes = codes.baseAddress, let query = query.baseAddress else { return }
          ByteCodes.products(
            codes + start / ByteCodes.group * groupBytes,
            groups: (rows + ByteCodes.group - 1) / ByteCodes.group, columns: queries.columns,
            queries: query + first * queries.padded, count: count, into: &products,
            ldo: Self.blockRows)
        }
      }
      for index in 0..<count where queries.areFinite[first + index] {
        select(block, start: start, rows: rows, queries: queries, first, index, row)
      }
    }
  }

  private mutating func select(
    _ block: CodeBlock, start: Int, rows: Int, queries: QueryCodes, _ first: Int, _ index: Int,
    _ row: (Int) -> Int32?
  ) {
    let query = first + index
    let found = products.withUnsafeBufferPointer { products -> Int in
      block.scales.withUnsafeBufferPointer { scales in
        block.residuals.withUnsafeBufferPointer { residuals in
          block.lengths.withUnsafeBufferPointer { lengths in
            guard let products = products.baseAddress, let scales = scales.baseAddress,
              let residuals = residuals.baseAddress, let lengths = lengths.baseAddress
            else { return 0 }
            return ByteCodes.select(
              products + index * Self.blockRows, offset: queries.offsets[query],
              scales: scales + start, residuals: residuals + start, lengths: lengths + start,
              rows: rows, scale: queries.scales[query], length: queries.lengths[query],
              error: queries.errors[query], threshold: largest[index].threshold, chosen: &chosen,
              lower: &lower, upper: &upper)
          }
        }
      }
    }
    for hit in 0..<found {
      guard upper[hit] >= largest[index].threshold, let row = row(start + Int(chosen[hit])) else {
        continue
      }
      largest[index].offer(lower[hit])
      candidates[index].append(Candidate(row: row, upper: upper[hit]))
    }
    if candidates[index].count > 8 * k + 4096 {
      let threshold = largest[index].threshold
      candidates[index].removeAll { $0.upper < threshold }
    }
  }
}
