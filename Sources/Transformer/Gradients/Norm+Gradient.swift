import Tensors

extension Norm {
  /// Adds the gradient of the inputs.
  ///
  /// RMSNorm, y = w x r with r = 1 / sqrt(mean(x^2) + e): dx = r g - x r^3 mean(g x) with g = w dy. LayerNorm is the same
  /// of x - mean(x), whose own gradient has mean zero.
  ///
  /// - Parameters:
  ///   - x: the inputs, [rows, columns].
  ///   - dy: gradients of the outputs, [rows, columns].
  ///   - dx: gradients of the inputs, [rows, columns], added to.
  func addGradient(
    of x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, to dx: UnsafeMutablePointer<Float>,
    rows: Int, threads: ThreadPool
  ) {
    let columns = weight.count
    weight.withUnsafeBufferPointer { weight in
      guard let weight = weight.baseAddress else { return }
      threads.parallel(rows, minimum: 16) { range in
        for row in range {
          addGradient(
            of: x + row * columns, dy + row * columns, to: dx + row * columns, weight: weight,
            columns: columns)
        }
      }
    }
  }

  /// The same for one row.
  private func addGradient(
    of x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, to dx: UnsafeMutablePointer<Float>,
    weight: UnsafePointer<Float>, columns: Int
  ) {
    let isCentred = bias != nil
    let count = Float(columns)
    var mean: Float = 0
    if isCentred {
      for column in 0..<columns { mean += x[column] }
      mean /= count
    }
    var (square, product, sum) = (Float(0), Float(0), Float(0))
    for column in 0..<columns {
      let value = x[column] - mean
      let gradient = weight[column] * dy[column]
      square += value * value
      product += gradient * value
      sum += gradient
    }
    let scale = 1 / (square / count + epsilon).squareRoot()
    let along = scale * scale * scale * product / count
    let shift = isCentred ? scale * sum / count : 0
    for column in 0..<columns {
      dx[column] += scale * weight[column] * dy[column] - along * (x[column] - mean) - shift
    }
  }
}
