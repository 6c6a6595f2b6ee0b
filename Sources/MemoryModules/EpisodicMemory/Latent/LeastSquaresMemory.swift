import Tensors

/// Larimar's memory matrix (arXiv 2403.11901, eqs. 2-6) in additive form, Float64.
///
/// M = (A + lambda I)^-1 B with A = sum wᵀw and B = sum wᵀz minimises sum |z - w M|^2 + lambda |M|^2 over all written
/// pairs. Writing adds, forgetting subtracts, merging adds two memories; the order does not matter. A and B are the
/// state; M and P = (A + lambda I)^-1 are updated by a rank-1 update at each operation (recursive least squares) and
/// recomputed from A and B at intervals, so that rounding errors do not accumulate.
package struct LeastSquaresMemory: Sendable, Equatable {
  /// Rows of M (K).
  package let slots: Int
  /// Columns of M (C).
  package let columns: Int
  /// Ridge lambda: the paper leaves it out, but without it eq. 4 is undefined while fewer facts than slots are written.
  package let ridge: Double
  /// Writes minus forgets.
  package private(set) var count = 0
  package private(set) var a: [Double]  // [slots, slots]
  package private(set) var b: [Double]  // [slots, columns]
  package private(set) var m: [Double]  // [slots, columns]
  private var p: [Double]  // [slots, slots]
  private var updates = 0

  /// Rank-1 updates after which M and P are recomputed.
  private static let refreshInterval = 2048

  /// An empty memory.
  package init(slots: Int, columns: Int, ridge: Double = 1e-3) {
    precondition(slots > 0 && columns > 0 && ridge > 0, "a memory of some size with some ridge")
    self.slots = slots
    self.columns = columns
    self.ridge = ridge
    a = [Double](repeating: 0, count: slots * slots)
    b = [Double](repeating: 0, count: slots * columns)
    m = b
    p = a
    for slot in 0..<slots { p[slot * slots + slot] = 1 / ridge }
  }

  /// Writes a value at an address.
  ///
  /// - Parameters:
  ///   - address: w, [slots].
  ///   - value: z, [columns].
  /// - Returns: false, and nothing is changed, when a value is not finite.
  @discardableResult
  package mutating func write(_ address: [Double], _ value: [Double]) -> Bool {
    update(address, value, sign: 1)
  }

  /// Removes what was written at an address.
  ///
  /// - Returns: false, and nothing is changed, when it cannot have been written: A would no longer be positive
  ///   definite.
  @discardableResult
  package mutating func forget(_ address: [Double], _ value: [Double]) -> Bool {
    guard count > 0 else { return false }
    guard update(address, value, sign: -1) else { return false }
    if count == 0 { self = LeastSquaresMemory(slots: slots, columns: columns, ridge: ridge) }
    return true
  }

  /// Writes several facts; the same as one after the other, solved once.
  ///
  /// - Parameters:
  ///   - addresses: [count, slots].
  ///   - values: [count, columns].
  @discardableResult
  package mutating func write(batch addresses: [Double], _ values: [Double], count rows: Int)
    -> Bool
  {
    precondition(
      addresses.count == rows * slots && values.count == rows * columns, "one row per fact")
    guard addresses.allSatisfy(\.isFinite), values.allSatisfy(\.isFinite) else { return false }
    for row in 0..<rows {
      add(
        Array(addresses[row * slots..<(row + 1) * slots]),
        Array(values[row * columns..<(row + 1) * columns]), sign: 1)
    }
    count += rows
    return solve()
  }

  /// The union of two memories of one shape: A and B add.
  ///
  /// - Returns: false, and nothing is changed, when the shapes or ridges differ.
  @discardableResult
  package mutating func merge(_ other: LeastSquaresMemory) -> Bool {
    guard slots == other.slots, columns == other.columns, ridge == other.ridge else { return false }
    for index in a.indices { a[index] += other.a[index] }
    for index in b.indices { b[index] += other.b[index] }
    count += other.count
    return solve()
  }

  /// z = w M, [columns].
  package func read(_ address: [Double]) -> [Double] {
    precondition(address.count == slots, "one weight per slot")
    var value = [Double](repeating: 0, count: columns)
    let columns = columns
    value.withUnsafeMutableBufferPointer { value in
      m.withUnsafeBufferPointer { m in
        guard let value = value.baseAddress, let m = m.baseAddress else { return }
        for slot in 0..<slots where address[slot] != 0 {
          Self.add(address[slot], m + slot * columns, to: value, count: columns)
        }
      }
    }
    return value
  }

  /// Recomputes M and P from A and B.
  @discardableResult
  package mutating func solve() -> Bool {
    var regularised = a
    for slot in 0..<slots { regularised[slot * slots + slot] += ridge }
    guard let factor = Cholesky(regularised, order: slots) else { return false }
    m = b
    factor.solve(&m, columns: columns)
    p = factor.inverse
    updates = 0
    return true
  }

  /// One write (sign 1) or forget (sign -1).
  ///
  /// g = P w / (1 + s w P wᵀ); M += s g (z - w M); P -= s g (P w)ᵀ.
  private mutating func update(_ w: [Double], _ z: [Double], sign: Double) -> Bool {
    precondition(w.count == slots && z.count == columns, "an address and a value of this memory")
    guard w.allSatisfy(\.isFinite), z.allSatisfy(\.isFinite) else { return false }
    let (slots, columns) = (self.slots, self.columns)
    // Addresses are often nearly one-hot: only slots with a weight are visited.
    let active = w.indices.filter { w[$0] != 0 }
    var pw = [Double](repeating: 0, count: slots)
    pw.withUnsafeMutableBufferPointer { pw in
      p.withUnsafeBufferPointer { p in
        guard let pw = pw.baseAddress, let p = p.baseAddress else { return }
        for slot in active { Self.add(w[slot], p + slot * slots, to: pw, count: slots) }
      }
    }
    let strength = 1 + sign * active.reduce(0.0) { $0 + w[$1] * pw[$1] }
    guard strength.isFinite else { return false }
    if sign < 0, strength < 1e-3 { return subtractAndSolve(w, z) }
    var error = z
    let present = read(w)
    for column in error.indices { error[column] -= present[column] }
    add(w, z, sign: sign)
    count += sign > 0 ? 1 : -1
    updates += 1
    if updates >= Self.refreshInterval { return solve() }
    let factor = sign / strength
    // Two passes over rows of K and C values each: writing is bound by memory, so each row is touched once.
    m.withUnsafeMutableBufferPointer { m in
      p.withUnsafeMutableBufferPointer { p in
        error.withUnsafeBufferPointer { error in
          pw.withUnsafeBufferPointer { pw in
            guard let m = m.baseAddress, let p = p.baseAddress, let error = error.baseAddress,
              let pw = pw.baseAddress
            else { return }
            for slot in 0..<slots where pw[slot] != 0 {
              let gain = factor * pw[slot]
              Self.add(gain, error, to: m + slot * columns, count: columns)
              Self.add(-gain, pw, to: p + slot * slots, count: slots)
            }
          }
        }
      }
    }
    return true
  }

  /// Forgets close to singularity, where a rank-1 update would round too much: M and P are recomputed. If something was
  /// subtracted that was never written, A + lambda I has no Cholesky factor, and nothing is changed.
  private mutating func subtractAndSolve(_ w: [Double], _ z: [Double]) -> Bool {
    let before = self
    add(w, z, sign: -1)
    count -= 1
    guard a.indices.filter({ $0 % (slots + 1) == 0 }).allSatisfy({ a[$0] > -1e-9 }), solve() else {
      self = before
      return false
    }
    return true
  }

  private mutating func add(_ w: [Double], _ z: [Double], sign: Double) {
    let active = w.indices.filter { w[$0] != 0 }
    let (slots, columns) = (self.slots, self.columns)
    a.withUnsafeMutableBufferPointer { a in
      b.withUnsafeMutableBufferPointer { b in
        w.withUnsafeBufferPointer { w in
          z.withUnsafeBufferPointer { z in
            guard let a = a.baseAddress, let b = b.baseAddress, let w = w.baseAddress,
              let z = z.baseAddress
            else { return }
            for slot in active {
              let weight = sign * w[slot]
              Self.add(weight, w, to: a + slot * slots, count: slots)
              Self.add(weight, z, to: b + slot * columns, count: columns)
            }
          }
        }
      }
    }
  }

  /// y += factor x
  @inline(__always)
  private static func add(
    _ factor: Double, _ x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>, count: Int
  ) {
    for index in 0..<count { y[index] += factor * x[index] }
  }
}
