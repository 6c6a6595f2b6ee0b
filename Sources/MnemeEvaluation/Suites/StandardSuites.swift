/// The suites that come with the program.
public enum StandardSuites {
  /// All of them, in the order in which a report shows them.
  public static var all: [any EvaluationSuite] {
    [
      LifecycleSuite(), CopySuite(), RecallSuite(), UpdatesSuite(), EverydaySuite(), NeedlesSuite(),
      StreamSuite(), SessionsSuite(), EditsSuite(), ConversationsSuite(), CostSuite(),
    ]
  }

  /// The suite of a name, ignoring case.
  public static func named(_ name: String) -> (any EvaluationSuite)? {
    all.first { $0.name == name.lowercased() }
  }
}
