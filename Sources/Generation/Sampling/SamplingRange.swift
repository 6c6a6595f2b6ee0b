/// The valid range of each number of a `SamplingConfiguration`, on the command line, in a chat, and in a model file.
public enum SamplingRange {
  /// Of `temperature`.
  public static let temperature: ClosedRange<Float> = 0...100
  /// Of `topK`.
  public static let topK = 0...1_000_000
  /// Of `topP`.
  public static let topP: ClosedRange<Float> = 0...1
  /// Of `minP`.
  public static let minP: ClosedRange<Float> = 0...1
  /// Of `repeatPenalty`.
  public static let repeatPenalty: ClosedRange<Float> = 0.01...100
  /// Of `repeatLastN`.
  public static let repeatLastN = -1...1_000_000
}
