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

  /// One sentence per fact, for `/why`.
  static func sentences(_ citations: [Citation]) -> [String] {
    citations.map { citation in
      let fact = "\"\(EscapedText.escaped(citation.text))\"\(day(citation.time))"
      return citation.certainty == .sure
        ? "\(fact), from \(citation.memory), stood in the prompt of the last reply."
        : "\(fact), from \(citation.memory), may be what was asked about; the model did not see it."
    }
  }

  /// The day something was said, as in " (28 Nov)"; with the year where it is another one.
  private static func day(_ time: Double) -> String {
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
