package import Mneme

/// The remark that a model's own chat template is not used.
package enum TemplateRemark {
  /// One line: what is not used and why, what is used instead, and what can be done; nil where the model's own template
  /// is used, where it has none, or where a form was named.
  package static func text(of model: ModelSummary) -> String? {
    model.templateNote.map {
      EscapedText.escaped(
        "the model's own chat template is not used (\($0)); the built-in form \(model.templateFamily) is used. "
          + "Hint: --chat-template NAME chooses another.")
    }
  }
}
