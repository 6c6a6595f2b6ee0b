import Tensors

/// A change of a tensor's values from Hugging Face's to GGUF's conventions.
enum TensorChange: Equatable {
  case none
  /// Rotated pairs adjacent: within each head, the rows of the first and the second half are interleaved.
  case pairedRows(heads: Int)
  /// Transposed: GPT-2's matrices have the inputs first.
  case transposed
  /// Plus one: norms whose weights are stored as differences from one. The result is Float32.
  case plusOne

  /// The tensor after the change; its bytes are a view of the file's, or a copy where they had to change.
  ///
  /// - Parameters:
  ///   - tensor: values whose shape was checked.
  ///   - type: the type of its elements: F32, F16 or BF16.
  func apply(
    _ tensor: HuggingFaceTensor, type: ElementType, name: String, threads: ThreadPool
  ) -> ModelTensor {
    let shape = Array(tensor.shape.reversed())
    switch self {
    case .none where isAligned(tensor.bytes, to: type.bytesPerBlock):
      return ModelTensor(
        name: name, shape: shape, type: type, bytes: tensor.bytes, owner: tensor.owner)
    case .none:
      return owned(name, shape, type, count: tensor.bytes.count) {
        $0.copyMemory(from: tensor.bytes)
      }
    case .pairedRows(let heads):
      return owned(name, shape, type, count: tensor.bytes.count) {
        Self.pairRows(
          tensor.bytes, into: $0, rows: tensor.shape[0], heads: heads, threads: threads)
      }
    case .transposed:
      return owned(name, tensor.shape, type, count: tensor.bytes.count) {
        Self.transpose(
          tensor.bytes, into: $0, rows: tensor.shape[0], columns: tensor.shape[1],
          size: type.bytesPerBlock, threads: threads)
      }
    case .plusOne:
      let values = Self.floats(tensor, type).map { $0 + 1 }
      return ModelTensor(name: name, floats: values)
    }
  }

  private func isAligned(_ bytes: UnsafeRawBufferPointer, to size: Int) -> Bool {
    bytes.baseAddress.map { Int(bitPattern: $0) % size == 0 } ?? true
  }

  private func owned(
    _ name: String, _ shape: [Int], _ type: ElementType, count: Int,
    _ fill: (UnsafeMutableRawBufferPointer) -> Void
  ) -> ModelTensor {
    let bytes = OwnedBytes(count: count)
    fill(bytes.mutable)
    return ModelTensor(name: name, shape: shape, type: type, bytes: bytes.bytes, owner: bytes)
  }

  private static func floats(_ tensor: HuggingFaceTensor, _ type: ElementType) -> [Float] {
    let count = tensor.bytes.count / type.bytesPerBlock
    func bits(_ index: Int) -> UInt16 {
      UInt16(littleEndian: tensor.bytes.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
    }
    return (0..<count).map { index in
      switch type {
      case .f16: Float(Float16(bitPattern: bits(index)))
      case .bf16: Float(bitPattern: UInt32(bits(index)) << 16)
      default:
        Float(
          bitPattern: UInt32(
            littleEndian: tensor.bytes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)))
      }
    }
  }

  /// Row h d + 2 i + j of the result is row h d + j d / 2 + i of the source, with d rows per head.
  private static func pairRows(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, rows: Int,
    heads: Int, threads: ThreadPool
  ) {
    guard let from = source.baseAddress, let to = target.baseAddress else { return }
    let (size, perHead) = (source.count / rows, rows / heads)
    nonisolated(unsafe) let (input, output) = (from, to)
    threads.parallel(rows, minimum: max(1, (1 << 16) / size)) { range in
      for row in range {
        let (head, inside) = (row / perHead, row % perHead)
        let origin = head * perHead + inside % 2 * (perHead / 2) + inside / 2
        (output + row * size).copyMemory(from: input + origin * size, byteCount: size)
      }
    }
  }

  /// [rows, columns] to [columns, rows] in blocks that fit into the first-level cache.
  private static func transpose(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, rows: Int,
    columns: Int, size: Int, threads: ThreadPool
  ) {
    guard let from = source.baseAddress, let to = target.baseAddress else { return }
    if size == 4 {
      transpose(from, to, UInt32.self, rows: rows, columns: columns, threads: threads)
    } else {
      transpose(from, to, UInt16.self, rows: rows, columns: columns, threads: threads)
    }
  }

  private static func transpose<T: FixedWidthInteger>(
    _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _: T.Type, rows: Int, columns: Int,
    threads: ThreadPool
  ) {
    let (side, size) = (32, MemoryLayout<T>.size)
    nonisolated(unsafe) let (input, output) = (from, to)
    threads.parallel((columns + side - 1) / side) { range in
      for left in stride(from: range.lowerBound * side, to: range.upperBound * side, by: side) {
        for top in stride(from: 0, to: rows, by: side) {
          for column in left..<min(left + side, columns) {
            for row in top..<min(top + side, rows) {
              let value = input.loadUnaligned(
                fromByteOffset: (row * columns + column) * size, as: T.self)
              output.storeBytes(of: value, toByteOffset: (column * rows + row) * size, as: T.self)
            }
          }
        }
      }
    }
  }
}

/// Memory that is freed with its last reference.
final class OwnedBytes: @unchecked Sendable {
  /// Filled before it is shared.
  let mutable: UnsafeMutableRawBufferPointer

  init(count: Int) {
    mutable = .allocate(byteCount: count, alignment: 64)
  }

  deinit { mutable.deallocate() }

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(mutable) }
}

extension ModelTensor {
  /// A vector of Float32 values in its own memory.
  init(name: String, floats values: [Float]) {
    let bytes = OwnedBytes(count: values.count * 4)
    for (index, value) in values.enumerated() {
      bytes.mutable.storeBytes(
        of: value.bitPattern.littleEndian, toByteOffset: index * 4, as: UInt32.self)
    }
    self.init(name: name, shape: [values.count], type: .f32, bytes: bytes.bytes, owner: bytes)
  }
}
