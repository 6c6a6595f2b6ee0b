import Foundation
import Synchronization
import Tensors
import Testing

@Suite struct ThreadPoolTests {
  @Test(arguments: [1, 2, 3, 8])
  func everyIndexRunsOnce(threads: Int) {
    let pool = ThreadPool(threads: threads)
    #expect(pool.threadCount == threads)
    for count in [0, 1, 2, 3, 7, 8, 9, 100] {
      let seen = Mutex([Int](repeating: 0, count: count))
      for _ in 0..<50 {
        pool.parallel(count) { range in
          seen.withLock { seen in for index in range { seen[index] += 1 } }
        }
      }
      let counts = seen.withLock { $0 }
      #expect(counts == [Int](repeating: 50, count: count))
    }
  }

  @Test func theSplitIsAlwaysTheSame() {
    let pool = ThreadPool(threads: 3)
    func ranges(_ count: Int, minimum: Int) -> [Range<Int>] {
      let found = Mutex<[Range<Int>]>([])
      pool.parallel(count, minimum: minimum) { range in found.withLock { $0.append(range) } }
      return found.withLock { $0.sorted { $0.lowerBound < $1.lowerBound } }
    }
    #expect(ranges(10, minimum: 1) == [0..<3, 3..<6, 6..<10])
    #expect(ranges(10, minimum: 5) == [0..<5, 5..<10])
    #expect(ranges(10, minimum: 6) == [0..<10])
    for _ in 0..<100 { #expect(ranges(10, minimum: 1).count == 3) }
  }

  @Test func aLoopInsideALoopAndCallersAtOnceComeThrough() {
    let pool = ThreadPool(threads: 2)
    let total = Atomic<Int>(0)
    pool.parallel(4) { outer in
      for _ in outer {
        pool.parallel(4) { inner in total.add(inner.count, ordering: .relaxed) }
      }
    }
    #expect(total.load(ordering: .relaxed) == 16)

    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      for _ in 0..<50 {
        pool.parallel(5) { range in total.add(range.count, ordering: .relaxed) }
      }
    }
    #expect(total.load(ordering: .relaxed) == 16 + 8 * 50 * 5)
  }

  @Test func countsBeyondReasonAreBounded() {
    #expect(ThreadPool(threads: 0).threadCount == 1)
    #expect(ThreadPool(threads: -5).threadCount == 1)
  }

  @Test func sleepingWorkersWakeUp() {
    let pool = ThreadPool(threads: 2)
    for _ in 0..<3 {
      usleep(20_000)
      let sum = Atomic<Int>(0)
      pool.parallel(2) { range in sum.add(range.count, ordering: .relaxed) }
      #expect(sum.load(ordering: .relaxed) == 2)
    }
  }
}
