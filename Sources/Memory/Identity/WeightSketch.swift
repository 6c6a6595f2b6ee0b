import Foundation
import ModelFiles
import Tensors
import Transformer

/// A few weights of every matrix and how finely they are stored: enough to distinguish a quantised variant of a model
/// from another model of the same shape.
///
/// The sampled places depend on the names and shapes of the matrices alone, so that variants are sampled at the same
/// places.
struct WeightSketch: Sendable, Equatable {
  /// Four weights of 16 that lie side by side and, where they are quantised, share one step.
  struct Block: Sendable, Equatable {
    /// Distance of neighbouring levels; 0 where weights are not quantised.
    var step: Float
    /// The weights, `WeightSketch.valuesPerBlock` of them.
    var values: [Float]
  }

  /// The blocks of one matrix.
  struct Matrix: Sendable, Equatable {
    var type: ElementType
    var blocks: [Block]
  }

  var matrices: [Matrix]

  static let valuesPerBlock = 4
  /// Blocks of a model with few matrices, and of one of them at most.
  private static let blockCount = 160
  static let mostBlocks = 8
  /// Of models with more matrices, only this number is sampled.
  static let mostMatrices = 1024

  /// Samples a model: a page per block is read at most.
  init(of model: TransformerModel) {
    let all = Self.matrices(of: model.file)
    let stride = max(1, (all.count + Self.mostMatrices - 1) / Self.mostMatrices)
    let chosen = Swift.stride(from: 0, to: all.count, by: stride).map { all[$0] }
    let count = max(1, min(Self.mostBlocks, Self.blockCount / max(1, chosen.count)))
    matrices = chosen.map { name, tensor in
      var generator = SplitMix64(seed: Self.seed(name, tensor.shape))
      return Matrix(
        type: tensor.type,
        blocks: (0..<count).map { _ in Self.block(of: tensor, using: &generator) })
    }
  }

  init(matrices: [Matrix]) { self.matrices = matrices }

  /// The matrices by name; the embeddings replace the output matrix where it is tied, since some converters store it
  /// and others do not.
  static func matrices(of file: ModelFile) -> [(name: String, tensor: ModelTensor)] {
    let output = "output.weight"
    var all = file.tensors.filter { $0.shape.count == 2 && $0.name != output && !$0.isTable }
      .map { ($0.name, $0) }
    if let tensor = file.tensor(output) ?? file.tensor("token_embd.weight"),
      tensor.shape.count == 2
    {
      all.append((output, tensor))
    }
    return all.sorted { $0.0 < $1.0 }
  }

  /// FNV-1a over the name and the extents.
  private static func seed(_ name: String, _ shape: [Int]) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in "\(name):\(shape)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x0100_0000_01b3 }
    return hash
  }

  private static func block(
    of tensor: ModelTensor, using generator: inout SplitMix64
  ) -> Block {
    let (columns, rows) = (max(1, tensor.shape[0]), max(1, tensor.shape[1]))
    let run = min(16, columns)
    let row = Int.random(in: 0..<rows, using: &generator)
    let first = Int.random(in: 0..<max(1, columns / 16), using: &generator) * run
    let places = (0..<run).shuffled(using: &generator).prefix(valuesPerBlock).sorted()
    let size = max(tensor.type.blockSize, 1)
    // Weights that are not quantised are taken as a block of just the run.
    let width = size > 1 ? size : run
    let start = first / width * width
    let perValue = tensor.type.bytesPerBlock
    let from = (row * columns + start) / size * perValue
    let to = from + width / size * perValue
    guard from >= 0, to <= tensor.bytes.count else { return Block(step: 0, values: []) }
    let bytes = UnsafeRawBufferPointer(rebasing: tensor.bytes[from..<to])
    var values = [Float](repeating: 0, count: width)
    WeightMatrix(rows: 1, columns: width, type: tensor.type, bytes: bytes, owner: tensor.owner)?
      .dequantize(rows: 0..<1, into: &values)
    let step = QuantizationStep.of(tensor.type, block: bytes, run: (first - start) / 16) ?? 0
    var taken = places.map { rounded(values[first - start + $0]) }
    while taken.count < valuesPerBlock { taken.append(0) }
    return Block(step: step > 0 ? max(rounded(step), smallest) : 0, values: taken)
  }

  private static let smallest = Float(Float16.leastNonzeroMagnitude)

  /// The value as it will be stored, rounded to Float16.
  private static func rounded(_ value: Float) -> Float {
    guard value.isFinite else { return 0 }
    let largest = Float(Float16.greatestFiniteMagnitude)
    return Float(Float16(max(-largest, min(largest, value))))
  }
}

extension ModelTensor {
  /// Tables that belong to the hyper-parameters.
  var isTable: Bool { name.hasPrefix("rope_f") || name.hasSuffix(".attn_rot_embd.weight") }
}
