package import Tensors

/// llama.cpp's numbers for a file's predominant type (`general.file_type`).
package enum FileType {
  /// The number of a type.
  package static func number(_ type: ElementType) -> UInt64 {
    switch type {
    case .f32: 0
    case .f16: 1
    case .q4_0: 2
    case .q4_1: 3
    case .q8_0: 7
    case .q5_0: 8
    case .q5_1: 9
    case .q2_K: 10
    case .q3_K: 12
    case .q4_K: 14
    case .q5_K: 16
    case .q6_K: 18
    case .iq4_NL: 25
    case .iq3_S: 26
    case .iq4_XS: 30
    case .bf16: 32
    case .mxfp4: 38
    }
  }

  /// The number of the type that most elements of matrices have.
  package static func number(of tensors: [ModelTensor]) -> UInt64 {
    mostly(tensors.map { ($0.type, $0.shape) })
  }

  /// The same from types and extents.
  package static func mostly(_ tensors: [(type: ElementType, shape: [Int])]) -> UInt64 {
    var counts: [ElementType: Double] = [:]
    for tensor in tensors where tensor.shape.count > 1 {
      counts[tensor.type, default: 0] += tensor.shape.reduce(1) { $0 * Double($1) }
    }
    let most = counts.max { ($0.value, $0.key.rawValue) < ($1.value, $1.key.rawValue) }
    return number(most?.key ?? .f32)
  }
}
