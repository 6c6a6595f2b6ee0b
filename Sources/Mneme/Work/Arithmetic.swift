import Tensors

/// The kernels and libraries that this process computes with.
public enum Arithmetic {
  /// The instructions the kernels use: "AVX-512 VNNI", "AVX-512", "AVX2 VNNI", "AVX2" or "portable". All give the same bits.
  public static var kernels: String { LinearAlgebra.kernelLevel }

  /// The library that fits and calibrates, or "none".
  public static var library: String { LinearAlgebra.blasDescription }

  /// Notices for the user about `MNEME_KERNELS`, `MNEME_BLAS` and libraries that were not used, one sentence each.
  ///
  /// Loads nothing: notices about the library appear once it has been needed.
  public static var remarks: [String] {
    [LinearAlgebra.kernelRemark, LinearAlgebra.blasRemark].compactMap { $0 }
  }
}
