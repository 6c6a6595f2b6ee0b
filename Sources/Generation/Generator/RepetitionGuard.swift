/// Notices that a text has become a loop: a few tokens said over and over again, from which small models seldom find out.
///
/// A text is a loop when its last tokens are one period of 1 to 40 tokens, at least four times in a row, over at least
/// 48 tokens, or 256 where the period has no letter in it: rulers, rows of zeros and empty tables are long. Lists, tables
/// and code, whose lines differ in some token, are none; neither are laughter, or a refrain that is sung twice or three
/// times.
///
/// Each token costs one comparison per period. The same tokens always give the same answer.
public struct RepetitionGuard: Sendable {
  /// A loop at the end of a text.
  public struct Loop: Sendable, Equatable {
    /// Tokens that are said again and again.
    public let period: Int
    /// Where the loop begins: the offset of its first token in the text.
    public let start: Int

    /// Tokens up to the end of the first repetition.
    public var firstEnd: Int { start + period }

    /// A loop from its parts.
    public init(period: Int, start: Int) {
      self.period = period
      self.start = start
    }
  }

  /// The longest period that is looked for, tokens.
  public let longestPeriod: Int
  /// How often it is said in a row, at least.
  public let repetitions: Int
  /// How many tokens the repetitions have together, at least.
  public let length: Int
  /// The same where no token of the period has a letter.
  public let letterlessLength: Int
  /// The loop, once there is one.
  public private(set) var loop: Loop?

  private let hasLetter: @Sendable (Int32) -> Bool
  private var count = 0
  /// The last `longestPeriod` tokens; that of position i is at i modulo their number.
  private var recent: [Int32]
  /// By period less one: how many last tokens equal the one a period earlier.
  private var runs: [Int]

  /// A guard before the first token.
  ///
  /// - Parameters:
  ///   - longestPeriod: the longest period that is looked for, tokens; at least 1.
  ///   - repetitions: how often it must be said in a row; at least 2.
  ///   - length: how many tokens the repetitions must have together.
  ///   - letterlessLength: the same where no token of the period has a letter; at least `length`.
  ///   - hasLetter: whether there is a letter in a token's text. It is asked about the tokens of a possible loop only.
  public init(
    longestPeriod: Int = 40, repetitions: Int = 4, length: Int = 48, letterlessLength: Int = 256,
    hasLetter: @escaping @Sendable (Int32) -> Bool
  ) {
    self.hasLetter = hasLetter
    self.letterlessLength = max(length, letterlessLength)
    self.longestPeriod = max(1, longestPeriod)
    self.repetitions = max(2, repetitions)
    self.length = length
    recent = Array(repeating: 0, count: self.longestPeriod)
    runs = Array(repeating: 0, count: self.longestPeriod)
  }

  /// Takes the next token of the text.
  ///
  /// - Returns: the loop that the text has become, of the shortest period; nil as long as it is none.
  @discardableResult
  public mutating func append(_ token: Int32) -> Loop? {
    for period in 1...longestPeriod {
      let isRepeated = count >= period && recent[(count - period) % longestPeriod] == token
      runs[period - 1] = isRepeated ? runs[period - 1] + 1 : 0
    }
    recent[count % longestPeriod] = token
    count += 1
    guard loop == nil else { return loop }
    for period in 1...longestPeriod {
      let covered = runs[period - 1] + period
      guard covered >= max(repetitions * period, length) else { continue }
      if covered >= letterlessLength || (1...period).contains(where: { hasLetter(last($0)) }) {
        loop = Loop(period: period, start: count - covered)
        break
      }
    }
    return loop
  }

  /// The token that was taken so many tokens ago; 1 for the last one.
  private func last(_ ago: Int) -> Int32 { recent[(count - ago) % longestPeriod] }
}
