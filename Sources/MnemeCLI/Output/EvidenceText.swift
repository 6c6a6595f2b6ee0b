import Mneme

/// Why a fact was taken for what a question is about, in words: what speaks for it, then what speaks against it.
enum EvidenceText {
  /// One line each, "+ ..." for it or "- ..." against it.
  ///
  /// - Parameter evidence: by name, as in `RecalledFact.evidence`; names that are not known here are shown as they are.
  static func lines(_ evidence: [String: Double]) -> [String] {
    var reasons = Reasons(evidence)
    reasons.addWords()
    reasons.addMeaning()
    reasons.addRivals()
    reasons.addPeople()
    reasons.addAnswer()
    reasons.addRest()
    return reasons.pro.map { "+ \($0)" } + reasons.contra.map { "- \($0)" }
  }

  private struct Reasons {
    private let evidence: [String: Double]
    private var used: Set<String> = ["length"]
    private(set) var pro: [String] = []
    private(set) var contra: [String] = []

    init(_ evidence: [String: Double]) { self.evidence = evidence }

    private mutating func value(_ name: String) -> Double? {
      used.insert(name)
      return evidence[name]
    }

    private mutating func isTrue(_ name: String) -> Bool { (value(name) ?? 0) > 0.5 }

    mutating func addWords() {
      guard let shared = value("overlap") else { return }
      let coverage = value("coverage") ?? 0
      if shared > 0 {
        pro.append(
          "shared words: weight \(Figures.decimal(shared, 1)), rare words count most;"
            + " \(percent(coverage)) of the question is in the fact")
      } else if coverage > 0 {
        pro.append(
          "no word in common, but words for the same: \(percent(coverage)) of the question")
      } else {
        contra.append("no word in common")
      }
    }

    mutating func addMeaning() {
      guard let cosine = value("cosine") else { return }
      if cosine > 0 {
        pro.append(
          "meaning: alike by \(Figures.decimal(cosine, 2)) of 1, as the model itself reads both")
      } else {
        contra.append("meaning: not alike")
      }
    }

    mutating func addRivals() {
      guard let margin = value("margin") else { return }
      if margin > 0 {
        pro.append("no other fact fits as well: the next is \(Figures.decimal(margin, 1)) behind")
      } else if margin < 0 {
        contra.append("another fact fits better, by \(Figures.decimal(-margin, 1))")
      } else {
        contra.append("another fact fits as well")
      }
      if let likelihood = value("likelihood") {
        let nats = Figures.decimal(abs(likelihood), 1)
        if likelihood > 0 {
          pro.append(
            "the model expects the question after it more than after its rivals, by \(nats)")
        } else if likelihood < 0 {
          contra.append(
            "the model expects the question less after it than after its rivals, by \(nats)")
        }
      }
    }

    mutating func addPeople() {
      if isTrue("shares name") { pro.append("both name the same") }
      if isTrue("shares person") { pro.append("both speak of the same relative, friend or animal") }
      let isPossessive = isTrue("possessive")
      if isTrue("first person") || isPossessive {
        pro.append("you ask about yourself" + (isPossessive ? ", or something of yours" : ""))
      }
      if isTrue("second person") { contra.append("you ask the model about itself") }
    }

    mutating func addAnswer() {
      if isTrue("offers answer") { pro.append("it offers the kind of answer that is asked for") }
      if let question = value("question"), question < 0.5 { contra.append("it is no question") }
      if let mismatch = value("mismatch") {
        if mismatch > 0 {
          contra.append(
            "another person, or another kind of answer, than asked for: \(Figures.decimal(mismatch, 1))"
          )
        } else if mismatch < 0 {
          pro.append("it says what you are called")
        }
      }
    }

    mutating func addRest() {
      for (name, value) in evidence.sorted(by: { $0.key < $1.key }) where !used.contains(name) {
        pro.append("\(name): \(Figures.decimal(value, 2))")
      }
    }

    private func percent(_ share: Double) -> String { "\(Figures.decimal(100 * share, 0)) %" }
  }
}
