import Foundation
import Memory
import Mneme
import ModelFiles
import Tensors
import TestSupport
import Transformer

/// Variants of model files, and changes of their weights.
struct VariantBench {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  func open(_ path: String) throws -> TransformerModel {
    try TransformerModel(file: ModelFile.open(path), threads: ThreadPool(threads: 1))
  }

  func identity(_ path: String) throws -> ModelIdentity { ModelIdentity(of: try open(path)) }

  /// The model in another type, as a file of its own.
  func variant(of path: String, _ type: ElementType, name: String = UUID().uuidString) throws
    -> String
  {
    let target = folder.path("\(name).gguf")
    _ = try ModelConversion(path: path, type: type, threads: ThreadPool(threads: 1))
      .run(to: target)
    return target
  }

  /// A small model whose rows hold superblocks.
  func small(seed: UInt64 = 1) throws -> TinyModel {
    var shape = TinyModel.Shape(of: .q4_K)
    (shape.type, shape.seed, shape.layers) = (.f32, seed, 1)
    (shape.heads, shape.keyValueHeads) = (1, 1)
    return try TinyModel(shape, in: folder)
  }

  /// The model with other metadata or weights, all Float32 unless they are left alone.
  func changed(
    _ path: String, metadata: (inout GGUFMetadata) -> Void = { _ in },
    tensors: ((String, [Int], inout [Float]) -> Void)? = nil
  ) throws -> String {
    let file = try ModelFile.open(path)
    var writer = GGUFWriter()
    writer.metadata = file.metadata
    metadata(&writer.metadata)
    for tensor in file.tensors {
      let rows = tensor.elementCount / tensor.shape[0]
      var values = [Float](repeating: 0, count: tensor.elementCount)
      WeightMatrix(
        rows: rows, columns: tensor.shape[0], type: tensor.type, bytes: tensor.bytes,
        owner: tensor.owner)?.dequantize(rows: 0..<rows, into: &values)
      tensors?(tensor.name, tensor.shape, &values)
      writer.add(
        tensor.name, shape: tensor.shape, floats: values,
        type: tensor.type.blockSize == 1 ? tensor.type : .f32)
    }
    let target = folder.path("\(UUID().uuidString).gguf")
    try writer.write(to: target)
    return target
  }

  /// The model after a change of rank 4 in every matrix, whose norm is `size` of the matrix's.
  func tuned(_ path: String, size: Float, seed: UInt64 = 11) throws -> String {
    var random = TestRandom(seed: seed)
    func tune(_ name: String, _ shape: [Int], _ values: inout [Float]) {
      guard shape.count == 2 else { return }
      let (columns, rows, rank) = (shape[0], shape[1], 4)
      let a = random.normals(rows * rank)
      let b = random.normals(rank * columns)
      var change = [Float](repeating: 0, count: values.count)
      for row in 0..<rows {
        for inner in 0..<rank {
          let factor = a[row * rank + inner]
          for column in 0..<columns {
            change[row * columns + column] += factor * b[inner * columns + column]
          }
        }
      }
      func norm(_ values: [Float]) -> Float { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
      let scale = size * norm(values) / norm(change)
      for index in values.indices { values[index] += scale * change[index] }
    }
    return try changed(path, tensors: tune)
  }
}
