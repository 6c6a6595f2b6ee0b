import Foundation
import Mneme

/// What a reply took from memory, in words.
enum CitationText {
  /// The lines after a reply: one per fact, or that memory holds nothing on a question about the user.
  static func lines(_ response: Response) -> [String] {
    if response.isUnknown { return ["nothing in memory"] }
    return response.citations.map { citation in
      let label = citation.certainty == .sure ? "from memory" : "in memory, perhaps"
      return "\(label): \"\(EscapedText.escaped(citation.text))\"\(day(citation.time))"
    }
  }

  /// One sentence on a fact, for `/why`: what became of it.
  static func sentence(_ citation: Citation) -> String {
    let fact =
      "\"\(EscapedText.escaped(citation.text))\"\(day(citation.time)),"
      + " from \(EscapedText.escaped(citation.memory)),"
    return switch citation.use {
    case .prompt: "\(fact) stood in the prompt of the last reply."
    case .memory: "\(fact) is what was asked about; the memory brought it to the reply by itself."
    case .shown:
      citation.certainty == .sure
        ? "\(fact) fits as well; the model did not see it."
        : "\(fact) may be what was asked about; the model did not see it."
    }
  }

  /// What a fact was chosen by, for `/why -v`: how likely the question is about it, then what speaks for and against it.
  static func reasons(_ citation: Citation) -> [String] {
    ["how likely the question is about it: \(Figures.decimal(100 * citation.scope, 0)) %"]
      + EvidenceText.lines(citation.evidence)
  }

  /// The day something was said, as in " (28 Nov)"; with the year where it is another one.
  static func day(_ time: Double) -> String {
    guard time > 0 else { return "" }
    let date = Date(timeIntervalSince1970: time)
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_GB")
    let calendar = Calendar.current
    let isThisYear = calendar.isDate(date, equalTo: Date(), toGranularity: .year)
    formatter.dateFormat = isThisYear ? "d MMM" : "d MMM yyyy"
    return " (\(formatter.string(from: date)))"
  }
}
