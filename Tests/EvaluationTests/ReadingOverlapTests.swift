import MnemeEvaluation
import Testing

@Suite("How much of a text was read")
struct ReadingOverlapTests {
  private let text = (0..<100).map { Int32($0 * 7 % 1009) }

  @Test("A text that stands in a reading was read, whatever is around it")
  func whole() {
    #expect(ReadingOverlap.share(of: text, in: [text]) == 1)
    #expect(ReadingOverlap.share(of: text, in: [[5, 5] + text + [9]]) == 1)
    // Each half in another memory: the passages across the cut are missing, their tokens are not.
    #expect(
      ReadingOverlap.share(of: text, in: [Array(text[..<50]), Array(text[50...])]) == 1)
  }

  @Test("Its words in another order, or a phrase of it, are not a reading")
  func unread() {
    #expect(ReadingOverlap.share(of: text, in: []) == 0)
    #expect(ReadingOverlap.share(of: text, in: [[]]) == 0)
    #expect(ReadingOverlap.share(of: text, in: [text.reversed()]) == 0)
    #expect(ReadingOverlap.share(of: text, in: [Array(text[10..<21])]) == 0)
    #expect(ReadingOverlap.share(of: [], in: [text]) == 0)
  }

  @Test("A part counts by its tokens, and a short text as a whole")
  func part() {
    #expect(ReadingOverlap.share(of: text, in: [Array(text[20..<60])]) == 0.4)
    #expect(ReadingOverlap.share(of: text, in: [Array(text[..<30] + text[80...])]) == 0.5)
    #expect(ReadingOverlap.share(of: [1, 2], in: [[0, 1, 2, 3]]) == 1)
    #expect(ReadingOverlap.share(of: [1, 2], in: [[1, 3, 2]]) == 0)
  }
}
