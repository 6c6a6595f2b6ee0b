import CKernels
import Tensors
import TestSupport
import Testing

@Suite struct WeightMatrixTests {
  static let shapes = [
    (1, 32), (3, 32), (4, 64), (7, 96), (9, 160), (33, 32), (70, 64), (130, 352),
  ]

  /// Superblocks make a row longer.
  private static func columns(_ count: Int, _ type: ElementType) -> Int {
    count / 32 * max(32, type.blockSize)
  }

  /// Inputs that every type holds exactly, so that rounding them changes nothing.
  private func inputs(_ count: Int, _ random: inout TestRandom) -> [Float] {
    (0..<count).map { index in index % 32 == 0 ? -127 : Float(Int(random.next() % 254)) - 126 }
  }

  @Test(arguments: ElementType.allCases)
  func productsMatchTheReferenceAtEveryLevel(type: ElementType) throws {
    var random = TestRandom(seed: 1)
    let pool = ThreadPool(threads: 1)
    for (rows, blocks) in Self.shapes {
      let columns = Self.columns(blocks, type)
      let weights = try #require(
        TestMatrix(rows: rows, columns: columns, type: type, random: &random))
      for count in [1, 2, 5, 6, 7, 16, 31] {
        let x = inputs(count * columns, &random)
        let expected = Reference.product(
          x, weights.stored, m: count, n: rows, k: columns, transposeB: true)
        atEveryLevel { level in
          var y = [Float](repeating: .nan, count: count * rows)
          weights.matrix.product(x, into: &y, count: count, threads: pool)
          #expect(relativeDifference(y, expected) < 1e-5, "\(rows)x\(columns), \(count), \(level)")
        }
      }
    }
  }

  @Test(arguments: [1, 2, 5, 17, 31, 47, 100])
  func columnsNeedNotBeWholeVectors(columns: Int) throws {
    var random = TestRandom(seed: 2)
    let pool = ThreadPool(threads: 1)
    for type in [ElementType.f32, .f16, .bf16] {
      let weights = try #require(
        TestMatrix(rows: 13, columns: columns, type: type, random: &random))
      let x = (0..<7 * columns).map { _ in Float(Int(random.next() % 64)) - 32 }
      let expected = Reference.product(
        x, weights.stored, m: 7, n: 13, k: columns, transposeB: true)
      atEveryLevel { level in
        var y = [Float](repeating: .nan, count: 7 * 13)
        weights.matrix.product(x, into: &y, count: 7, threads: pool)
        #expect(relativeDifference(y, expected) < 1e-5, "\(type), \(level)")
      }
    }
  }

  /// Inputs that BF16 cannot hold.
  @Test func brainFloatsAreMultipliedWithInputsAsTheyAre() throws {
    var random = TestRandom(seed: 4)
    let weights = try #require(
      TestMatrix(rows: 9, columns: 64, type: .bf16, random: &random))
    let x = random.normals(20 * 64)
    let expected = Reference.product(x, weights.stored, m: 20, n: 9, k: 64, transposeB: true)
    atEveryLevel { level in
      for count in [1, 20] {
        var y = [Float](repeating: .nan, count: count * 9)
        weights.matrix.product(x, into: &y, count: count, threads: ThreadPool(threads: 1))
        #expect(relativeDifference(y, Array(expected.prefix(count * 9))) < 1e-5, "level \(level)")
      }
    }
  }

  /// One row at a time, all at once, and shared among threads: the same bits.
  @Test(arguments: ElementType.allCases)
  func bitsDoNotDependOnTheSplit(type: ElementType) throws {
    var random = TestRandom(seed: 3)
    for (rows, blocks) in Self.shapes {
      let columns = Self.columns(blocks, type)
      let weights = try #require(
        TestMatrix(rows: rows, columns: columns, type: type, random: &random))
      let x = random.normals(40 * columns)
      atEveryLevel { level in
        var single = [Float](repeating: .nan, count: 40 * rows)
        x.withUnsafeBufferPointer { x in
          single.withUnsafeMutableBufferPointer { y in
            guard let x = x.baseAddress, let y = y.baseAddress else { return }
            for row in 0..<40 {
              weights.matrix.product(
                x + row * columns, into: y + row * rows, count: 1,
                threads: ThreadPool(threads: 1))
            }
          }
        }
        var whole = [Float](repeating: .nan, count: 40 * rows)
        weights.matrix.product(x, into: &whole, count: 40, threads: ThreadPool(threads: 1))
        #expect(whole == single, "\(rows)x\(columns), level \(level)")
      }
      // Workers run at the best level, as does this thread when nothing is forced.
      var alone = [Float](repeating: .nan, count: 40 * rows)
      var shared = alone
      weights.matrix.product(x, into: &alone, count: 40, threads: ThreadPool(threads: 1))
      weights.matrix.product(x, into: &shared, count: 40, threads: ThreadPool(threads: 3))
      #expect(alone == shared)
    }
  }

  @Test(arguments: ElementType.allCases)
  func dequantisesWhatIsStored(type: ElementType) throws {
    var random = TestRandom(seed: 4)
    let columns = Self.columns(96, type)
    let weights = try #require(TestMatrix(rows: 5, columns: columns, type: type, random: &random))
    atEveryLevel { level in
      var values = [Float](repeating: .nan, count: 3 * columns)
      weights.matrix.dequantize(rows: 1..<4, into: &values)
      #expect(values == Array(weights.stored[columns..<4 * columns]), "level \(level)")
    }
  }

  @Test func refusesBytesOfAnotherSize() {
    let bytes = [UInt8](repeating: 0, count: 68)
    bytes.withUnsafeBytes { bytes in
      func make(_ rows: Int, _ columns: Int, _ type: ElementType) -> Bool {
        WeightMatrix(rows: rows, columns: columns, type: type, bytes: bytes, owner: nil) != nil
      }
      #expect(make(2, 32, .q8_0))
      #expect(make(1, 17, .f32))
      #expect(!make(2, 31, .q8_0))
      #expect(!make(1, 16, .f32))
      #expect(!make(0, 17, .f32))
      #expect(!make(1, -17, .f32))
    }
  }
}
