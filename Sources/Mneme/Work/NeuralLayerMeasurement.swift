/// Measures how fast the wired part of a neural memory reads and writes, without the model around it (`NeuralLayerRun`).
public struct NeuralLayerMeasurement: Sendable {
  /// The extents of the memory.
  public struct Shape: Sendable, Equatable {
    /// Values per row.
    public var width: Int
    /// MLPs side by side.
    public var heads: Int
    /// Key and value columns of each.
    public var columns: Int
    /// Inner units per key column.
    public var expansion: Float
    /// Layers of each MLP.
    public var depth: Int
    /// Rows after which the anchor moves.
    public var chunk: Int

    /// Creates a shape.
    public init(width: Int, heads: Int, columns: Int, expansion: Float, depth: Int, chunk: Int) {
      self.width = width
      self.heads = heads
      self.columns = columns
      self.expansion = expansion
      self.depth = depth
      self.chunk = chunk
    }
  }

  /// What was measured.
  public struct Report: Sendable, Equatable, Codable {
    /// Rows per second in one pass.
    public var prefillPerSecond: Double
    /// Rows per second, one at a time.
    public var decodePerSecond: Double

    private enum CodingKeys: String, CodingKey {
      case prefillPerSecond = "prefill_per_second"
      case decodePerSecond = "decode_per_second"
    }
  }

  let shape: Shape
  let rows: Int

  /// A measurement of `rows` rows in one pass.
  public init(_ shape: Shape, rows: Int) {
    self.shape = shape
    self.rows = max(1, rows)
  }

  /// A measurement described as `width=384,heads=4,columns=64,expansion=4,depth=2,chunk=16,tokens=2048`; missing values
  /// are as here. Nil for an unknown name or an invalid number.
  public init?(_ description: String) {
    var numbers = [
      "width": 384, "heads": 4, "columns": 64, "expansion": 4, "depth": 2, "chunk": 16,
      "tokens": 2048,
    ]
    for part in description.split(separator: ",") {
      let pair = part.split(separator: "=")
      guard pair.count == 2, numbers[String(pair[0])] != nil, let number = Int(pair[1]),
        (1...1 << 20).contains(number)
      else { return nil }
      numbers[String(pair[0])] = number
    }
    func number(_ name: String) -> Int { numbers[name] ?? 1 }
    let shape = Shape(
      width: number("width"), heads: number("heads"), columns: number("columns"),
      expansion: Float(number("expansion")), depth: number("depth"), chunk: number("chunk"))
    guard (try? NeuralLayerRun(shape)) != nil else { return nil }
    self.init(shape, rows: number("tokens"))
  }

  /// Measures a pass, then single rows after it; nil when the shape is invalid.
  public func run(single: Int = 256) -> Report? {
    guard let layer = try? NeuralLayerRun(shape) else { return nil }
    let x = Self.noise(max(rows, single) * shape.width)
    _ = layer.process(Array(x.prefix(2 * shape.chunk * shape.width)))  // warms up
    let clock = ContinuousClock()
    let pass = Array(x.prefix(rows * shape.width))
    let prefill = clock.measure { _ = layer.process(pass) }
    let decode = clock.measure {
      for row in 0..<single {
        _ = layer.process(Array(x[row * shape.width..<(row + 1) * shape.width]))
      }
    }
    return Report(
      prefillPerSecond: Double(rows) / (prefill.milliseconds / 1000),
      decodePerSecond: Double(single) / (decode.milliseconds / 1000))
  }

  /// Repeatable values between -1.7 and 1.7, of unit variance.
  private static func noise(_ count: Int) -> [Float] {
    var state: UInt64 = 1
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (Float(state >> 40) * 0x1p-24 - 0.5) * 3.464
    }
  }
}
