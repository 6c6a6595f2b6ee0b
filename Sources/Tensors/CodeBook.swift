import CKernels

/// Tables that codes of quantised types stand for.
package enum CodeBook {
  /// The grid of IQ3_S: four magnitudes a point, three bits each with the first uppermost, n for 2 n + 1.
  package static let iq3S = Array(UnsafeBufferPointer(start: mn_iq3_s_grid(), count: 512))
}
