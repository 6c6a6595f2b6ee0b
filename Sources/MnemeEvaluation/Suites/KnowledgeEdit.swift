public import Foundation
public import Mneme
import ModelFiles

/// A fact to be changed, with prompts that test the change: a CounterFact record (Meng et al. 2022, arXiv 2202.05262),
/// or two successive changes of one fact (PitfallsKnowledgeEditing's coverage edits, arXiv 2310.02129).
public struct KnowledgeEdit: Sendable, Equatable {
  /// The words that the answer completes.
  public var prompt: String
  /// The answer to be given from now on.
  public var new: String
  /// The answer it is compared with: the true one, or the one written before.
  public var old: String
  /// Other words that the same answer completes.
  public var paraphrases: [String]
  /// Prompts about other subjects that the old answer completes, and that must not change.
  public var neighbours: [String]
  /// Whether `old` is written first and then replaced.
  public var isRewrite: Bool

  /// An edit from its parts.
  public init(
    prompt: String, new: String, old: String, paraphrases: [String] = [],
    neighbours: [String] = [], isRewrite: Bool = false
  ) {
    self.prompt = prompt
    self.new = new
    self.old = old
    self.paraphrases = paraphrases
    self.neighbours = neighbours
    self.isRewrite = isRewrite
  }
}

extension KnowledgeEdit {
  private struct CounterFact: Decodable {
    struct Rewrite: Decodable {
      struct Target: Decodable { var str: String }
      var prompt: String
      var subject: String
      var target_new: Target
      var target_true: Target
    }
    var requested_rewrite: Rewrite
    var paraphrase_prompts: [String]?
    var neighborhood_prompts: [String]?
  }

  private struct Coverage: Decodable {
    struct Label: Decodable { var label: String }
    struct Relation: Decodable {
      var prompt: String
      var query: String?
    }
    struct Edit: Decodable {
      var relation: Relation
      var subject: Label
      var new_object: Label
    }
    var edits: [Edit]
  }

  /// Reads a file of CounterFact records or of coverage edits: one JSON list.
  ///
  /// - Throws: `EvaluationError.invalidEdits` when it is neither.
  public static func decode(_ data: Data, path: String) throws(EvaluationError) -> [KnowledgeEdit] {
    if let records = try? StrictJSON.decode([CounterFact].self, from: data) {
      return records.map { record in
        let edit = record.requested_rewrite
        return KnowledgeEdit(
          prompt: edit.prompt.replacing("{}", with: edit.subject), new: edit.target_new.str,
          old: edit.target_true.str, paraphrases: record.paraphrase_prompts ?? [],
          neighbours: record.neighborhood_prompts ?? [])
      }
    }
    guard let records = try? StrictJSON.decode([Coverage].self, from: data),
      records.allSatisfy({ $0.edits.count == 2 })
    else {
      throw .invalidEdits(path: path)
    }
    return records.map { record in
      let (first, second) = (record.edits[0], record.edits[1])
      let subject = second.subject.label
      return KnowledgeEdit(
        prompt: second.relation.prompt.replacing("{}", with: subject),
        new: second.new_object.label, old: first.new_object.label,
        paraphrases: second.relation.query.map { [$0.replacing("{}", with: subject)] } ?? [],
        isRewrite: true)
    }
  }
}
