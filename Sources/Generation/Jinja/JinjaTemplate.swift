/// A chat template: a program in a subset of Jinja 3.1 that writes conversations.
///
/// The language is that of Jinja's documentation (Template Designer Documentation) in the settings in which Hugging
/// Face's transformers renders chat templates: `trim_blocks`, `lstrip_blocks`, loop controls, an immutable sandbox, a
/// `tojson` that escapes no HTML, `raise_exception` and `strftime_now`; beside them `fromjson`, which other runtimes have.
/// Left out: inheritance, includes and filters that chat templates do not need. Integers have 64 bits.
package struct JinjaTemplate: Sendable {
  let statements: [JinjaStatement]
  let limits: JinjaLimits

  /// Reads a template.
  ///
  /// - Throws: `JinjaError.syntax`, `.unsupported` or `.limit`.
  package init(_ text: String, limits: JinjaLimits = JinjaLimits()) throws(JinjaError) {
    statements = try JinjaThread.run { () throws(JinjaError) in
      try JinjaParser.parse(text, limits: limits)
    }
    self.limits = limits
  }

  /// The output of the template.
  ///
  /// - Parameters:
  ///   - variables: the variables it may refer to.
  ///   - clock: the clock for `strftime_now`.
  /// - Throws: `JinjaError`.
  package func render(
    _ variables: [String: JinjaValue], clock: JinjaClock = .system
  ) throws(JinjaError) -> JinjaString {
    // The caller waits, so that no other thread uses the values meanwhile.
    nonisolated(unsafe) let variables = variables
    return JinjaString(try output(clock: clock) { variables }.characters)
  }

  func output(
    clock: JinjaClock, work: Int = 0, variables: @escaping @Sendable () -> [String: JinjaValue]
  ) throws(JinjaError) -> JinjaOutput {
    try JinjaThread.run { () throws(JinjaError) in
      let evaluator = JinjaEvaluator(
        variables: variables(), limits: limits, clock: clock, work: work)
      return try evaluator.run(statements)
    }
  }
}
