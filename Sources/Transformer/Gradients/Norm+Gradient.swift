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
    let isCentred = bias != nil
    weight.withUnsafeBufferPointer { weight in
      guard let weight = weight.baseAddress else { return }
      let shared = Shared(weight: weight, x: x, dy: dy, dx: dx)
      threads.parallel(rows, minimum: 16) { range in
        for row in range {
          shared.add(row, columns: columns, epsilon: epsilon, isCentred: isCentred)
        }
      }
    }
  }

  private struct Shared: @unchecked Sendable {
    let weight: UnsafePointer<Float>
    let x: UnsafePointer<Float>
    let dy: UnsafePointer<Float>
    let dx: UnsafeMutablePointer<Float>

    func add(_ row: Int, columns: Int, epsilon: Float, isCentred: Bool) {
      let x = x + row * columns
      let dy = dy + row * columns
      let dx = dx + row * columns
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
}
