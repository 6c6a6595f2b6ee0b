import Foundation
import Memory

extension RetentionRecord {
  /// What there is to say of it to a person.
  func remarks(clock: Int) -> [String] {
    let since = clock - lastUse
    return [
      String(format: "surprise %+.1f", surprise), String(format: "novelty %.2f", novelty),
      lastUse == birth
        ? "not mentioned since" : since == 0 ? "just mentioned" : "mentioned \(since) arrivals ago",
    ]
  }
}
