import Foundation
import ModelFiles
import Tensors
import Transformer

/// Rewrites a model's tensors, each in its own new type: the common part of quantising and converting.
///
/// Tensors are read, encoded and written in pieces, so that memory does not grow with the model.
public struct ModelRewriting {
  /// The results.
  public struct Report: Sendable, Equatable, Codable {
    /// The sizes in bytes.
    public var before: Int
    public var after: Int
    /// The number of tensors of each type in the new file.
    public var types: [String: Int]
    /// Root mean square of the rounding error, relative to that of the weights, over all tensors whose type changed.
    public var loss: Double
  }

  private let file: ModelFile
  private let types: [ElementType]
  private let threads: ThreadPool
  private let layout: GGUFLayout

  /// Values that are encoded at a time, and bytes that are copied at a time.
  private static let piece = 1 << 20

  /// A plan for a model.
  ///
  /// - Parameters:
  ///   - types: the type of each tensor, in the file's order.
  ///   - fileType: llama.cpp's number for the file's predominant type.
  init(file: ModelFile, types: [ElementType], fileType: UInt64, threads: ThreadPool) {
    self.file = file
    self.types = types
    self.threads = threads
    var layout = GGUFLayout()
    layout.metadata = file.metadata
    layout.metadata["general.file_type"] = .unsigned(fileType)
    layout.metadata["general.quantization_version"] = .unsigned(2)
    // The writer aligns by itself.
    layout.metadata["general.alignment"] = nil
    for (tensor, type) in zip(file.tensors, types) {
      layout.add(tensor.name, shape: tensor.shape, type: type)
    }
    self.layout = layout
  }

  /// Writes the new file atomically.
  func run(to target: String, progress: (Double, String) -> Void) throws -> Report {
    guard !isItself(target) else { throw QuantizationError.ontoItself(path: file.path) }
    guard !file.tensors.isEmpty else { throw TransformerError.vocabularyOnly(path: file.path) }
    for (tensor, type) in zip(file.tensors, types)
    where type != tensor.type && type.blockSize > 1
      && !(tensor.type.blockSize == 1 || tensor.type == .q8_0)
    {
      throw QuantizationError.alreadyQuantised(
        path: file.path, tensor: tensor.name, type: tensor.type.name)
    }
    let whole = Double(max(1, layout.tensors.reduce(0) { $0 + $1.byteCount }))
    var report = Report(before: file.byteCount, after: 0, types: [:], loss: 0)
    var loss = Loss()
    var done = 0
    var index = 0
    report.after = try layout.write(to: target) { place, output in
      let tensor = file.tensors[index]
      index += 1
      report.types[place.type.name, default: 0] += 1
      func step(_ bytes: Int) throws {
        try Task.checkCancellation()
        progress(Double(done) / whole, tensor.name)
        done += bytes
      }
      if place.type == tensor.type {
        try copy(tensor, into: &output, step)
      } else {
        loss.add(try encode(tensor, as: place.type, into: &output, step))
      }
      // The last point at which stopping leaves no file.
      try Task.checkCancellation()
    }
    progress(1, target)
    report.loss = loss.relative
    return report
  }

  private func copy(
    _ tensor: ModelTensor, into output: inout GGUFLayout.Output, _ step: (Int) throws -> Void
  ) throws {
    for start in stride(from: 0, to: tensor.bytes.count, by: 4 * Self.piece) {
      let end = min(tensor.bytes.count, start + 4 * Self.piece)
      try step(end - start)
      try output.append(UnsafeRawBufferPointer(rebasing: tensor.bytes[start..<end]))
    }
  }

  /// Writes a tensor in another type, some rows at a time.
  private func encode(
    _ tensor: ModelTensor, as type: ElementType, into output: inout GGUFLayout.Output,
    _ step: (Int) throws -> Void
  ) throws -> Loss {
    let columns = tensor.shape[0]
    let rows = tensor.elementCount / columns
    guard
      let source = WeightMatrix(
        rows: rows, columns: columns, type: tensor.type, bytes: tensor.bytes, owner: tensor.owner)
    else {
      throw ModelFileError.wrongTensor(
        path: file.path, name: tensor.name, found: "\(tensor.shape)", expected: "whole rows")
    }
    let rowBytes = columns / type.blockSize * type.bytesPerBlock
    let height = min(rows, max(1, Self.piece / columns))
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: height * rowBytes, alignment: 64)
    defer { buffer.deallocate() }
    var loss = Loss()
    for start in stride(from: 0, to: rows, by: height) {
      let range = start..<min(rows, start + height)
      try step(range.count * rowBytes)
      let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[..<(range.count * rowBytes)])
      let part = encode(source, range, as: type, into: bytes)
      guard part.size.isFinite else {
        throw QuantizationError.notFinite(path: file.path, tensor: tensor.name)
      }
      guard part.error.isFinite else {
        throw QuantizationError.tooLarge(
          path: file.path, tensor: tensor.name, type: type.name)
      }
      loss.add(part)
      try output.append(UnsafeRawBufferPointer(bytes))
    }
    return loss
  }

  /// The bytes of some rows in another type.
  private func encode(
    _ source: WeightMatrix, _ range: Range<Int>, as type: ElementType,
    into bytes: UnsafeMutableRawBufferPointer
  ) -> Loss {
    let (columns, rowBytes) = (source.columns, bytes.count / range.count)
    let parts = UnsafeMutableBufferPointer<Loss>.allocate(capacity: range.count)
    parts.initialize(repeating: Loss())
    defer { parts.deallocate() }
    threads.parallel(range.count) { share in
      for row in share {
        var values = [Float](repeating: 0, count: columns)
        source.dequantize(rows: range.lowerBound + row..<range.lowerBound + row + 1, into: &values)
        guard let encoded = ElementEncoding.encode(values, as: type) else { continue }
        let place = row * rowBytes..<(row + 1) * rowBytes
        UnsafeMutableRawBufferPointer(rebasing: bytes[place]).copyBytes(from: encoded)
        let stored = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[place])
        var read = [Float](repeating: 0, count: columns)
        WeightMatrix(rows: 1, columns: columns, type: type, bytes: stored, owner: nil)?
          .dequantize(rows: 0..<1, into: &read)
        parts[row] = Loss(values, read)
      }
    }
    return parts.reduce(into: Loss()) { $0.add($1) }
  }

  /// Sums of squares of the rounding error and of the weights.
  private struct Loss {
    var error = 0.0
    var size = 0.0

    init() {}

    init(_ values: [Float], _ found: [Float]) {
      for (value, found) in zip(values, found) {
        let off = Double(value) - Double(found)
        error += off * off
        size += Double(value) * Double(value)
      }
    }

    mutating func add(_ other: Loss) {
      error += other.error
      size += other.size
    }

    var relative: Double { size > 0 ? (error / size).squareRoot() : 0 }
  }

  /// Whether the target is one of the files the model is read from.
  private func isItself(_ target: String) -> Bool {
    func resolved(_ path: String) -> ByteString {
      ByteString(URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path)
    }
    let (source, place) = (resolved(file.path), resolved(target))
    guard file.format == .huggingFace else { return source == place }
    // A link in a folder may lead to a file elsewhere.
    let names = (try? FileManager.default.contentsOfDirectory(atPath: file.path)) ?? []
    return names.contains {
      !$0.hasSuffix(".gguf") && resolved(file.path + "/" + $0) == place
    }
  }
}
