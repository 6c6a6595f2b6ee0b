import CKernels

/// Vector and matrix operations on Float32; matrices are row-major.
///
/// The fast paths are C kernels, which give the same bits on every processor; `Reference` holds the same operations in plain
/// Swift.
public enum LinearAlgebra {
  /// The SIMD level the kernels run at: "AVX-512 VNNI", "AVX-512", "AVX2 VNNI", "AVX2" or "portable".
  public static var kernelLevel: String {
    switch mn_level() {
    case Int32(MN_AVX512_VNNI): "AVX-512 VNNI"
    case Int32(MN_AVX512): "AVX-512"
    case Int32(MN_AVX2_VNNI): "AVX2 VNNI"
    case Int32(MN_AVX2): "AVX2"
    default: "portable"
    }
  }

  /// Why `MNEME_KERNELS` (avx512vnni, avx512, avx2vnni, avx2 or portable) is not followed, one sentence; nil where it is, or is not set.
  public static var kernelRemark: String? { mn_level_remark().map { String(cString: $0) } }

  /// The sum of products of two vectors of `count` elements.
  public static func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Float
  {
    mn_dot(a, b, count)
  }

  /// y += a x over `count` elements.
  public static func axpy(
    _ a: Float, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, count: Int
  ) {
    mn_axpy(a, x, y, count)
  }

  /// y[r] = w[r] . x for a dense Float32 matrix w [rows, columns].
  public static func gemv(
    _ w: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>,
    rows: Int, columns: Int
  ) {
    mn_gemv_f32(w, x, y, rows, columns)
  }

  /// y[r] = w[r] . x for a dense Float16 matrix w [rows, columns], given as bit patterns.
  public static func gemv(
    half w: UnsafePointer<UInt16>, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>,
    rows: Int, columns: Int
  ) {
    mn_gemv_f16(w, x, y, rows, columns)
  }

  /// y[t, r] = w[r] . x[t] for a dense Float32 matrix w [rows, columns] and `count` inputs `ldx` elements apart.
  ///
  /// Each output's bits depend on its row of w and of x alone. `y` has rows `ldy` elements apart.
  public static func rowProducts(
    _ w: UnsafePointer<Float>, _ x: UnsafePointer<Float>, ldx: Int, count: Int,
    into y: UnsafeMutablePointer<Float>, ldy: Int, rows: Int, columns: Int
  ) {
    mn_gemm_f32(w, x, ldx, count, y, ldy, rows, columns)
  }

  /// y[t] = sum over j of p[t, j] v[j], added to y when `accumulate`; the terms are added in order of j.
  ///
  /// - Parameters:
  ///   - p: weights, [count, n] with rows `ldp` elements apart.
  ///   - v: values, [n, columns].
  ///   - y: results, [count, columns] with rows `ldy` elements apart.
  public static func weightedSum(
    _ p: UnsafePointer<Float>, ldp: Int, count: Int, values v: UnsafePointer<Float>, n: Int,
    columns: Int, into y: UnsafeMutablePointer<Float>, ldy: Int, accumulate: Bool
  ) {
    mn_weighted_sum(p, ldp, count, v, n, columns, y, ldy, accumulate ? 1 : 0)
  }

  /// Turns `count` scores into probabilities in place; returns log(sum(exp(scores))).
  @discardableResult
  public static func softmax(_ x: UnsafeMutablePointer<Float>, count: Int) -> Float {
    mn_softmax(x, count)
  }

  /// log(sum(exp(x))) over `count` elements.
  public static func logSumExp(_ x: UnsafePointer<Float>, count: Int) -> Float {
    mn_log_sum_exp(x, count)
  }

  /// y = x / rms(x) * weight over `count` elements.
  public static func rmsNorm(
    _ x: UnsafePointer<Float>, weight: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>,
    count: Int, epsilon: Float
  ) {
    mn_rms_norm(x, weight, y, count, epsilon)
  }

  /// y = (x - mean) / deviation * weight + bias over `count` elements (arXiv 1607.06450).
  public static func layerNorm(
    _ x: UnsafePointer<Float>, weight: UnsafePointer<Float>, bias: UnsafePointer<Float>,
    into y: UnsafeMutablePointer<Float>, count: Int, epsilon: Float
  ) {
    mn_layer_norm(x, weight, bias, y, count, epsilon)
  }

  /// gate = silu(gate) * up over `count` elements.
  public static func siluMultiply(
    _ gate: UnsafeMutablePointer<Float>, up: UnsafePointer<Float>, count: Int
  ) {
    mn_silu_multiply(gate, up, count)
  }

  /// gate = gelu(gate) * up over `count` elements, without the factor where `up` is nil; GELU by its tanh form
  /// (arXiv 1606.08415).
  public static func geluMultiply(
    _ gate: UnsafeMutablePointer<Float>, up: UnsafePointer<Float>?, count: Int
  ) {
    mn_gelu_multiply(gate, up, count)
  }

  /// x = limit tanh(x / limit) over `count` elements.
  public static func softCap(_ x: UnsafeMutablePointer<Float>, limit: Float, count: Int) {
    mn_soft_cap(x, limit, count)
  }

  /// x = silu(x), and its derivative at x, over `count` elements; a value's bits do not depend on its place.
  public static func silu(
    _ x: UnsafeMutablePointer<Float>, slope: UnsafeMutablePointer<Float>, count: Int
  ) {
    mn_silu_slope(x, slope, count)
  }

  /// x = gelu(x) by its tanh form, and its derivative at x, over `count` elements; a value's bits do not depend on its
  /// place.
  public static func gelu(
    _ x: UnsafeMutablePointer<Float>, slope: UnsafeMutablePointer<Float>, count: Int
  ) {
    mn_gelu_slope(x, slope, count)
  }

  /// a = log(exp(a) + exp(b + shift)) over `count` elements; a value's bits do not depend on its place.
  ///
  /// -infinity counts as the lowest finite number, so the result is never below that.
  public static func logAdd(
    _ a: UnsafeMutablePointer<Float>, _ b: UnsafePointer<Float>, shift: Float, count: Int
  ) {
    mn_log_add(a, b, shift, count)
  }

  /// The first index of the largest of `count` values.
  public static func indexOfMaximum(_ x: UnsafePointer<Float>, count: Int) -> Int {
    mn_argmax(x, count)
  }

  /// Scales a vector to length 1; a vector shorter than `epsilon` becomes zero.
  public static func normalize(
    _ x: UnsafeMutablePointer<Float>, count: Int, epsilon: Float = 1e-12
  ) {
    let length = mn_dot(x, x, count).squareRoot()
    let scale = length > epsilon ? 1 / length : 0
    for index in 0..<count { x[index] *= scale }
  }

  /// Float32 values as Float16 bit patterns, rounded to nearest.
  public static func half(_ values: [Float]) -> [UInt16] {
    var bits = [UInt16](repeating: 0, count: values.count)
    mn_quantize_f16(values, &bits, values.count)
    return bits
  }

  /// Rounds numbers to the nearest Float16.
  public static func roundToHalf(_ values: inout [Float]) {
    let count = values.count
    values.withUnsafeMutableBufferPointer { values in
      guard let start = values.baseAddress else { return }
      mn_round_f16(start, start, count)
    }
  }

  /// Rounds numbers to the nearest BF16, upwards at a tie; values that are not finite may become others of their kind.
  public static func roundToBFloat(_ values: inout [Float]) {
    for index in values.indices where values[index].isFinite {
      values[index] = Float(bitPattern: (values[index].bitPattern &+ 0x8000) & 0xffff_0000)
    }
  }

  /// The upper halves of numbers' bits: BF16 of what `roundToBFloat` has rounded.
  public static func bfloat(_ values: [Float]) -> [UInt16] {
    values.map { UInt16(truncatingIfNeeded: $0.bitPattern >> 16) }
  }

  /// Float16 bit patterns as Float32 values.
  public static func float(_ bits: [UInt16]) -> [Float] {
    var values = [Float](repeating: 0, count: bits.count)
    mn_dequantize_f16(bits, &values, bits.count)
    return values
  }
}
