import Foundation
public import ModelFiles
public import Tensors

/// Writes a model file with smaller weights.
public struct ModelQuantization: Sendable {
  /// What became of a model.
  public struct Report: Sendable, Equatable, Codable {
    /// The files' sizes in bytes.
    public var before: Int
    public var after: Int
    /// How many tensors are of which type now.
    public var types: [String: Int]
    /// Root mean square of what was lost, relative to the weights', over all quantised matrices.
    public var loss: Double
  }

  private let path: String
  private let type: ElementType
  private let threads: ThreadPool

  /// A quantisation of the file at `path`, which stays as it is.
  public init(path: String, type: ElementType, threads: ThreadPool = .shared) {
    self.path = path
    self.type = type
    self.threads = threads
  }

  /// Quantises, and writes the new file whole or not at all.
  ///
  /// - Throws: `ModelFileError`; `QuantizationError` for a model that is quantised already, weights that are no numbers, or a
  ///   target that is the source.
  public func run(
    to target: String, progress: (Double, String) -> Void = { _, _ in }
  ) throws -> Report {
    let file = try ModelFile.open(path)
    guard let plan = QuantizationPlan(type, for: file) else {
      throw QuantizationError.wrongType(type.name)
    }
    guard !Self.isSameFile(path, target) else { throw QuantizationError.ontoItself(path: path) }
    var writer = GGUFWriter()
    writer.metadata = file.metadata
    writer.metadata["general.file_type"] = .unsigned(plan.fileType)
    writer.metadata["general.quantization_version"] = .unsigned(2)
    // The writer aligns by itself.
    writer.metadata["general.alignment"] = nil
    var report = Report(before: file.byteCount, after: 0, types: [:], loss: 0)
    var (error, size) = (0.0, 0.0)
    for (index, tensor) in file.tensors.enumerated() {
      try Task.checkCancellation()
      progress(Double(index) / Double(file.tensors.count), tensor.name)
      let wanted = plan.type(of: tensor)
      report.types[wanted.name, default: 0] += 1
      guard wanted != tensor.type else {
        writer.add(
          tensor.name, shape: tensor.shape, type: tensor.type, bytes: Data(tensor.bytes))
        continue
      }
      guard tensor.type.blockSize == 1 || tensor.type == .q8_0 else {
        throw QuantizationError.alreadyQuantised(
          path: path, tensor: tensor.name, type: tensor.type.name)
      }
      let made = try encode(tensor, as: wanted)
      error += made.error
      size += made.size
      writer.add(tensor.name, shape: tensor.shape, type: wanted, bytes: made.bytes)
    }
    let data = writer.serialized()
    try Task.checkCancellation()
    progress(1, "writing")
    try AtomicFile.write(data, to: target)
    report.after = data.count
    report.loss = size > 0 ? (error / size).squareRoot() : 0
    return report
  }

  /// The bytes of a matrix in another type, and the squares of what is lost and of what there was.
  private func encode(
    _ tensor: ModelTensor, as type: ElementType
  ) throws -> (bytes: Data, error: Double, size: Double) {
    let (columns, rows) = (tensor.shape[0], tensor.shape[1])
    let rowBytes = columns / type.blockSize * type.bytesPerBlock
    guard
      let source = WeightMatrix(
        rows: rows, columns: columns, type: tensor.type, bytes: tensor.bytes, owner: tensor.owner)
    else {
      throw ModelFileError.wrongTensor(
        path: path, name: tensor.name, found: "\(tensor.shape)", expected: "whole rows")
    }
    let bytes = UnsafeMutableRawBufferPointer.allocate(
      byteCount: rows * rowBytes, alignment: 64)
    let buffer = Buffer(bytes)
    let parts = UnsafeMutableBufferPointer<(error: Double, size: Double)>.allocate(capacity: rows)
    parts.initialize(repeating: (0, 0))
    defer { parts.deallocate() }
    threads.parallel(rows) { range in
      for row in range {
        var values = [Float](repeating: 0, count: columns)
        source.dequantize(rows: row..<row + 1, into: &values)
        guard let encoded = ElementEncoding.encode(values, as: type) else { continue }
        UnsafeMutableRawBufferPointer(rebasing: bytes[row * rowBytes..<(row + 1) * rowBytes])
          .copyBytes(from: encoded)
        let stored = UnsafeRawBufferPointer(
          rebasing: bytes[row * rowBytes..<(row + 1) * rowBytes])
        var read = [Float](repeating: 0, count: columns)
        WeightMatrix(rows: 1, columns: columns, type: type, bytes: stored, owner: nil)?
          .dequantize(rows: 0..<1, into: &read)
        for (value, found) in zip(values, read) {
          parts[row].error += Double((value - found) * (value - found))
          parts[row].size += Double(value * value)
        }
      }
    }
    let (error, size) = parts.reduce((0, 0)) { ($0.0 + $1.error, $0.1 + $1.size) }
    guard error.isFinite, size.isFinite else {
      throw QuantizationError.notFinite(path: path, tensor: tensor.name)
    }
    return (buffer.data, error, size)
  }

  /// Owns bytes until they are copied into the file.
  private final class Buffer {
    private let bytes: UnsafeMutableRawBufferPointer
    init(_ bytes: UnsafeMutableRawBufferPointer) { self.bytes = bytes }
    deinit { bytes.deallocate() }
    var data: Data { Data(bytes) }
  }

  private static func isSameFile(_ first: String, _ second: String) -> Bool {
    let paths = [first, second].map {
      URL(fileURLWithPath: $0).resolvingSymlinksInPath().standardizedFileURL.path
    }
    return paths[0] == paths[1]
  }
}

/// Why a model was not quantised.
public enum QuantizationError: MnemeError, Equatable {
  case wrongType(String)
  case ontoItself(path: String)
  case alreadyQuantised(path: String, tensor: String, type: String)
  case notFinite(path: String, tensor: String)

  public var explanation: ErrorExplanation {
    switch self {
    case .wrongType(let name):
      .init(
        what: "no model is made of \(name)",
        expected: QuantizationPlan.types.map(\.name).joined(separator: ", "))
    case .ontoItself(let path):
      .init(
        what: "the quantised model would take the place of the one it is made of", location: path,
        hint: "choose another name")
    case .alreadyQuantised(let path, let tensor, let type):
      .init(
        what: "tensor \(quoted(tensor)) is quantised already (\(type)), and again would lose more",
        location: path, expected: "F32, F16, BF16 or Q8_0")
    case .notFinite(let path, let tensor):
      .init(
        what: "tensor \(quoted(tensor)) holds values that are not finite", location: path,
        expected: "finite numbers")
    }
  }
}
