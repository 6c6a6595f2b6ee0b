/// The English words by which the parts of a short statement are recognised.
enum StatementWords {
  /// Words that open a sentence and mark it as a correction.
  static let marks: Set<String> = [
    "no", "nope", "actually", "sorry", "wait", "oops", "correction", "apologies", "update",
    "rather", "instead",
  ]
  /// Phrases that do.
  static let markPhrases: [[String]] = [
    ["i", "meant"], ["i", "mean"], ["i", "was", "wrong"], ["i", "made", "a", "mistake"],
    ["my", "mistake"], ["my", "bad"], ["that's", "wrong"], ["that", "is", "wrong"],
    ["that's", "not", "right"], ["that", "is", "not", "right"], ["that's", "not", "true"],
    ["that", "was", "wrong"], ["scratch", "that"], ["i", "misspoke"], ["let", "me", "correct"],
    ["i've", "changed", "my", "mind"], ["i", "changed", "my", "mind"], ["not", "quite"],
    ["i", "got", "that", "wrong"], ["i", "have", "to", "correct", "myself"],
    ["to", "correct", "myself"], ["i", "should", "have", "said"], ["i", "meant", "to", "say"],
  ]
  /// Words that only open a sentence.
  static let openers: Set<String> = [
    "yes", "yeah", "oh", "well", "okay", "ok", "hey", "hi", "hello", "so", "and", "but", "also",
    "that", "myself", "though", "please", "note", "remember",
  ]
  /// Words inside a sentence that may say that something has changed.
  static let changes: Set<String> = [
    "now", "anymore", "longer", "moved", "moving", "changed", "renamed", "switched", "became",
    "repainted", "postponed", "rescheduled", "relocated", "instead", "nowadays", "meanwhile",
  ]
  /// Words that say anywhere in a sentence that something is no longer as it was, or was said wrongly.
  static let updates: Set<String> = changes.union(marks).subtracting(["no"]).union([
    "swapped", "replaced", "returned", "cancelled", "canceled", "another", "new", "else",
    "elsewhere", "meant", "precise", "correct", "wrong", "different", "traded", "retrained",
    "rechristened", "put", "gone", "rang", "found", "turned", "decided", "only",
  ])
  /// Words that carry a statement's value behind them, by what they say.
  static let links: [String: Link] = [
    "is": .be, "are": .be, "am": .be, "was": .be, "were": .be, "be": .be, "i'm": .be, "im": .be,
    "it's": .be, "she's": .be, "he's": .be, "they're": .be, "we're": .be, "that's": .be,
    "become": .be, "became": .be, "isn't": .be, "aren't": .be, "wasn't": .be,
    "called": .call, "named": .call, "in": .place, "at": .place, "to": .place, "into": .place,
    "from": .origin, "on": .day, "until": .day, "till": .day, "as": .role, "for": .purpose,
  ]
  enum Link: Sendable { case be, call, place, origin, day, role, purpose }

  /// Verbs of living somewhere.
  static let living: Set<String> = [
    "live", "lives", "living", "reside", "resides", "moved", "move", "moving", "relocated",
    "based",
  ]
  /// Words that begin or join statements and name nothing.
  static let functions: Set<String> = Set(links.keys).union(marks).union(openers).union(changes)
    .union(living).union([
      "i", "my", "me", "we", "our", "us", "you", "your", "he", "she", "it", "they", "his", "her",
      "its", "their", "him", "them", "this", "that", "these", "those", "the", "a", "an", "i've",
      "we've", "i'd", "i'll", "not", "don't", "doesn't", "didn't", "isn't", "wasn't", "aren't",
      "do", "does", "did", "has", "have", "had", "got", "been", "being", "will", "would", "can",
      "of", "with", "by", "about", "and", "or", "but", "just", "again", "really", "mind", "mistake",
      "any", "more", "no", "than", "there", "here", "what", "which", "who", "says", "said", "meant",
      "mean", "means", "wrong", "right", "last", "week", "month", "year", "today", "yesterday",
      "these", "days", "old", "years", "name's", "already", "still", "only", "too", "since", "go",
      "goes", "going", "gets", "get", "stay", "turned", "made",
    ])
  static let firstPerson: Set<String> = [
    "i", "i'm", "im", "i've", "i'd", "i'll", "we", "we're", "we've",
  ]
  static let pronouns: Set<String> = [
    "he", "she", "it", "they", "he's", "she's", "it's", "they're", "its", "that's",
  ]
  /// Words behind a value that do not belong to it.
  static let trailing: Set<String> = [
    "now", "anymore", "instead", "actually", "though", "too", "really", "again", "sorry", "please",
    "nowadays",
  ]
  /// Things of which somebody has one, so that naming another one replaces it without a word of correction.
  static let single: Set<String> = [
    "name", "surname", "nickname", "password", "passcode", "pin", "code", "birthday", "address",
    "email", "e-mail", "favourite", "favorite", "age", "husband", "wife", "mother", "father", "mum",
    "mom", "dad", "boss", "hometown", "username", "postcode", "zip",
  ]
  /// Things of which somebody has several.
  static let several: Set<String> = [
    "friend", "colleague", "neighbour", "neighbor", "cousin", "uncle", "aunt", "student", "teacher",
    "classmate", "other", "another", "second", "third", "too", "also", "one", "both",
  ]
  /// Stems of verbs that somebody says of several things.
  static let liking: Set<String> = [
    "like", "love", "hate", "prefer", "enjoy", "want", "need", "speak", "collect", "play", "own",
    "has", "have", "had", "know", "study",
  ]
  static let weekdays: Set<String> = [
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "tomorrow",
    "weekend", "mondays", "tuesdays", "wednesdays", "thursdays", "fridays", "saturdays", "sundays",
  ]
  static let months: Set<String> = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
  ]
  static let colours: Set<String> = [
    "red", "blue", "green", "yellow", "black", "white", "grey", "gray", "silver", "gold", "orange",
    "purple", "pink", "brown", "beige", "turquoise", "violet", "cream", "navy", "teal",
  ]
  static let numbers: Set<String> = [
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred",
  ]
}
