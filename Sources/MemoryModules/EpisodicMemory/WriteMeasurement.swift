/// Times writing to the least-squares memory and to the ledger, without a model.
public struct FactWriteMeasurement: Sendable {
  /// Milliseconds, medians over all writes.
  public struct Report: Sendable, Codable, Equatable {
    /// Rows of the memory matrix (K).
    public var slots: Int
    /// Values per latent (C).
    public var columns: Int
    /// One write: address by the reference memory, A, B, M and P.
    public var write_ms: Double
    /// One forget of what was written.
    public var forget_ms: Double
    /// One read: address and w M.
    public var read_ms: Double
    /// Relative error of reading all written facts at the end.
    public var error: Double
  }

  private let slots: Int
  private let columns: Int
  private let count: Int

  /// A measurement with `count` facts of random latents; nil for sizes below one.
  public init?(slots: Int, columns: Int, count: Int) {
    guard slots > 0, columns > 0, count > 0, slots <= 8192, columns <= 8192 else { return nil }
    self.slots = slots
    self.columns = columns
    self.count = count
  }

  /// Runs it.
  public func run() -> Report {
    let keys = Addresser.normal(count * columns, seed: 1)
    let values = Addresser.normal(count * columns, seed: 2)
    let addresser = Addresser(addressing: .reference, slots: slots, columns: columns)
    var memory = LeastSquaresMemory(slots: slots, columns: columns)
    func row(_ all: [Double], _ index: Int) -> [Double] {
      Array(all[index * columns..<(index + 1) * columns])
    }
    var (writes, reads, forgets): ([Double], [Double], [Double]) = ([], [], [])
    for index in 0..<count {
      let (key, value) = (row(keys, index), row(values, index))
      writes.append(
        milliseconds {
          memory.write(addresser.address(key, memory: []), value)
        })
    }
    var error = 0.0
    for index in 0..<count {
      let (key, value) = (row(keys, index), row(values, index))
      var read: [Double] = []
      reads.append(milliseconds { read = memory.read(addresser.address(key, memory: [])) })
      var (off, size) = (0.0, 0.0)
      for column in 0..<columns {
        off += (read[column] - value[column]) * (read[column] - value[column])
        size += value[column] * value[column]
      }
      error += (off / size).squareRoot() / Double(count)
    }
    for index in 0..<count {
      let (key, value) = (row(keys, index), row(values, index))
      let address = addresser.address(key, memory: [])
      forgets.append(milliseconds { memory.forget(address, value) })
    }
    return Report(
      slots: slots, columns: columns, write_ms: middle(writes), forget_ms: middle(forgets),
      read_ms: middle(reads), error: error)
  }

  private func milliseconds(_ body: () -> Void) -> Double {
    let clock = ContinuousClock()
    return (clock.measure(body)) / .milliseconds(1)
  }

  private func middle(_ times: [Double]) -> Double { times.sorted()[times.count / 2] }
}
