import MemoryModules
import Testing

@Suite("Cutting a stream into episodes")
struct EventSegmenterTests {
  func segmenter(
    _ segmentation: Segmentation, gamma: Float = 3, _ length: ClosedRange<Int> = 2...100
  ) -> EventSegmenter {
    EventSegmenter(segmentation: segmentation, gamma: gamma, length: length)
  }

  @Test("Fixed pieces are of one length")
  func fixed() {
    let starts = segmenter(.fixed, 1...8).starts(surprisals: [Float](repeating: 1, count: 20)) {
      []
    }
    #expect(starts == [0, 6, 13])
    #expect(segmenter(.fixed).starts(surprisals: []) { [] } == [])
  }

  @Test("An episode begins where a token surprises")
  func surprise() {
    var surprisals = (0..<40).map { Float(1 + $0 % 2) }
    surprisals[13] = 9
    surprisals[30] = 8
    #expect(segmenter(.surprise).starts(surprisals: surprisals) { [] } == [0, 13, 30])
    // Too short ones join, too long ones are cut.
    #expect(
      segmenter(.surprise, 20...100).starts(surprisals: surprisals) { [] } == [0])
    #expect(
      segmenter(.surprise, 2...10).starts(surprisals: surprisals) { [] } == [0, 6, 13, 21, 30])
  }

  @Test("A border moves to where the modularity is largest")
  func refined() {
    // Two topics of 12 and 8 tokens; the surprise comes three tokens late.
    let count = 20
    var similarity = [Float](repeating: 0.05, count: count * count)
    for i in 0..<count {
      for j in 0..<count where (i < 12) == (j < 12) { similarity[i * count + j] = 1 }
    }
    var surprisals = [Float](repeating: 1, count: count)
    for index in surprisals.indices where index % 2 == 0 { surprisals[index] = 1.5 }
    surprisals[15] = 9
    #expect(segmenter(.surprise).starts(surprisals: surprisals) { similarity } == [0, 15])
    #expect(segmenter(.refined).starts(surprisals: surprisals) { similarity } == [0, 12])
  }
}
