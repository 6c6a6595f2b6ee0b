import CKernels

extension WeightMatrix {
  /// A matrix and where its product goes.
  public struct Target {
    /// The matrix, [rows, columns].
    public let matrix: WeightMatrix
    /// Its outputs, [count, rows].
    public let output: UnsafeMutablePointer<Float>

    /// A target from its parts.
    public init(matrix: WeightMatrix, output: UnsafeMutablePointer<Float>) {
      self.matrix = matrix
      self.output = output
    }
  }

  /// y = x Wᵀ for several matrices with the same inputs; the same bits as one after the other.
  ///
  /// Quantised matrices share the rounded inputs and one loop over all their rows.
  ///
  /// - Parameters:
  ///   - targets: matrices of as many columns each.
  ///   - x: inputs, [count, columns].
  ///   - count: the number of input rows.
  public static func products(
    _ targets: [Target], of x: UnsafePointer<Float>, count: Int, threads: ThreadPool
  ) {
    guard count > 0 else { return }
    var packed: [PackedProduct] = []
    for target in targets {
      if let kind = target.matrix.type.packedKind {
        packed.append(PackedProduct(target, kind: kind, threads: threads))
      } else {
        target.matrix.product(x, into: target.output, count: count, threads: threads)
      }
    }
    guard let columns = packed.first?.matrix.columns else { return }
    precondition(packed.allSatisfy { $0.matrix.columns == columns }, "matrices of other columns")

    // Where the inputs of each kind begin among all.
    var bytes = 0
    var places: [Int32: Int] = [:]
    for product in packed where places[product.kind.inputs] == nil {
      places[product.kind.inputs] = bytes
      bytes += (mn_input_bytes(product.kind.code, count, columns) + 63) / 64 * 64
    }
    withUnsafeTemporaryAllocation(byteCount: bytes, alignment: 64) { buffer in
      guard let start = buffer.baseAddress else { return }
      for product in packed where places[product.kind.inputs] != nil {
        product.inputs = start + (places[product.kind.inputs] ?? 0)
      }
      for (inputs, place) in places {
        let space = Inputs(start + place)
        threads.parallel(count, minimum: max(1, 16_384 / columns)) { rows in
          mn_quantize_inputs(
            inputs, x, rows.lowerBound, rows.upperBound, count, columns, space.start)
        }
      }
      let groups = packed.reduce(0) { $0 + $1.groups }
      let all = packed
      threads.parallel(groups, minimum: max(1, 65_536 / (PackedRows.group * columns * count))) {
        var range = $0
        for product in all {
          product.run(range.clamped(to: 0..<product.groups), count: count)
          range =
            max(0, range.lowerBound - product.groups)..<max(0, range.upperBound - product.groups)
        }
      }
    }
  }

  /// Bytes that several threads write, each its own rows.
  private struct Inputs: @unchecked Sendable {
    let start: UnsafeMutableRawPointer
    init(_ start: UnsafeMutableRawPointer) { self.start = start }
  }
}

/// How the kernels name a quantised type.
struct PackedKind: Sendable {
  let code: Int32
  /// The first type with inputs of the same form; types that agree in it share them.
  let inputs: Int32
}

extension ElementType {
  /// The kernels' name of a quantised type; nil of those that are none.
  var packedKind: PackedKind? {
    func kind(_ code: Int, like other: Int? = nil) -> PackedKind {
      PackedKind(code: Int32(code), inputs: Int32(other ?? code))
    }
    return switch self {
    case .f32, .f16, .bf16: nil
    case .q4_0: kind(MN_Q4_0)
    case .q4_1: kind(MN_Q4_1)
    case .q5_0: kind(MN_Q5_0)
    case .q5_1: kind(MN_Q5_1, like: MN_Q4_1)
    case .q8_0: kind(MN_Q8_0)
    case .iq4_NL: kind(MN_IQ4_NL, like: MN_Q8_0)
    case .q2_K: kind(MN_Q2_K)
    case .q3_K: kind(MN_Q3_K)
    case .q4_K: kind(MN_Q4_K)
    case .q5_K: kind(MN_Q5_K, like: MN_Q4_K)
    case .q6_K: kind(MN_Q6_K)
    case .iq3_S: kind(MN_IQ3_S)
    case .iq4_XS: kind(MN_IQ4_XS)
    case .mxfp4: kind(MN_MXFP4, like: MN_Q5_0)
    }
  }
}

/// One of several products with the same inputs.
private final class PackedProduct: @unchecked Sendable {
  let matrix: WeightMatrix
  let kind: PackedKind
  let groups: Int
  private let rows: PackedRows
  private let output: UnsafeMutablePointer<Float>
  var inputs: UnsafeMutableRawPointer?

  init(_ target: WeightMatrix.Target, kind: PackedKind, threads: ThreadPool) {
    matrix = target.matrix
    output = target.output
    self.kind = kind
    rows = matrix.packedRows.rows(of: matrix, kind: kind, threads: threads)
    groups = (matrix.rows + PackedRows.group - 1) / PackedRows.group
  }

  /// The outputs of some groups.
  func run(_ range: Range<Int>, count: Int) {
    guard !range.isEmpty, let inputs else { return }
    let first = range.lowerBound * PackedRows.group
    let end = min(matrix.rows, range.upperBound * PackedRows.group)
    mn_gemm_packed(
      kind.code, rows.start, inputs, count, output, matrix.rows, end - first, matrix.columns, first)
  }
}
