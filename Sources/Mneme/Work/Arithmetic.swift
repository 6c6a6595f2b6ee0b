import Tensors

/// What this process computes with.
public enum Arithmetic {
  /// The instructions the kernels use: "AVX-512", "AVX2" or "portable". All give the same bits.
  public static var kernels: String { LinearAlgebra.kernelLevel }

  /// The library that fits and calibrates, or "none".
  public static var library: String { LinearAlgebra.blasDescription }

  /// What a user should know of `MNEME_KERNELS`, of `MNEME_BLAS` and of a library that was left aside: a sentence each.
  ///
  /// Loads nothing: what concerns the library is here once it was asked for.
  public static var remarks: [String] {
    [LinearAlgebra.kernelRemark, LinearAlgebra.blasRemark].compactMap { $0 }
  }
}
