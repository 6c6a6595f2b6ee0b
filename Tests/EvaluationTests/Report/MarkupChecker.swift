/// Reads a page tag by tag and lists what does not fit together: a tiny validator for the tests.
struct MarkupChecker {
  /// Elements without an end tag.
  private static let void: Set<String> = ["meta", "input", "br", "img", "link", "hr"]
  /// Elements whose content is not markup.
  private static let raw: Set<String> = ["script", "style"]

  private(set) var faults: [String] = []
  /// Names of the start tags, in order.
  private(set) var names: [String] = []
  /// Names and values of every attribute.
  private(set) var attributes: [(String, String)] = []
  /// The text between tags, as it stands in the file.
  private(set) var text = ""

  private let bytes: [UInt8]
  private var at = 0
  private var open: [String] = []

  init(_ html: String) {
    bytes = Array(html.utf8)
    while at < bytes.count {
      if bytes[at] == UInt8(ascii: "<") { tag() } else { plain() }
    }
    if !open.isEmpty { faults.append("left open: \(open)") }
  }

  private mutating func plain() {
    let start = at
    while at < bytes.count, bytes[at] != UInt8(ascii: "<") { at += 1 }
    let piece = String(decoding: bytes[start..<at], as: UTF8.self)
    if piece.contains(">") { faults.append("bare > in \(piece.prefix(40))") }
    var rest = piece[...]
    while let place = rest.firstIndex(of: "&") {
      let word = rest[place...].prefix(7)
      if !["&amp;", "&lt;", "&gt;", "&quot;", "&#39;", "&#13;"].contains(where: word.hasPrefix) {
        faults.append("bare & in \(word)")
      }
      rest = rest[rest.index(after: place)...]
    }
    text += piece
  }

  private mutating func tag() {
    if starts("<!DOCTYPE html>") {
      at += 15
      return
    }
    let isEnd = starts("</")
    at += isEnd ? 2 : 1
    let name = word()
    if name.isEmpty { faults.append("no name at byte \(at)") }
    if isEnd {
      if open.last == name { open.removeLast() } else { faults.append("</\(name)> in \(open)") }
      skip(to: ">")
      return
    }
    names.append(name)
    let isClosed = readAttributes(of: name)
    if !isClosed, !Self.void.contains(name) { open.append(name) }
    if Self.raw.contains(name) {
      while at < bytes.count, !starts("</\(name)") { at += 1 }
    }
  }

  /// Reads up to and with `>`; returns whether the element closes itself.
  private mutating func readAttributes(of element: String) -> Bool {
    while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: ">"):
        at += 1
        return false
      case UInt8(ascii: "/"):
        at += 2
        return true
      case UInt8(ascii: " "), UInt8(ascii: "\n"): at += 1
      default:
        let name = word()
        guard !name.isEmpty else {
          faults.append("<\(element)> at byte \(at)")
          at += 1
          continue
        }
        guard starts("=\"") else {
          attributes.append((name, ""))
          continue
        }
        at += 2
        let start = at
        while at < bytes.count, bytes[at] != UInt8(ascii: "\"") { at += 1 }
        let value = String(decoding: bytes[start..<at], as: UTF8.self)
        if value.contains("<") || value.contains(">") { faults.append("<> in \(name)") }
        attributes.append((name, value))
        at += 1
      }
    }
    faults.append("<\(element)> without an end")
    return true
  }

  private mutating func word() -> String {
    let start = at
    while at < bytes.count, !" \n=>/\"'<".utf8.contains(bytes[at]) { at += 1 }
    return String(decoding: bytes[start..<at], as: UTF8.self)
  }

  private mutating func skip(to end: Character) {
    while at < bytes.count, bytes[at] != end.asciiValue { at += 1 }
    at += 1
  }

  private func starts(_ prefix: String) -> Bool { bytes[at...].starts(with: prefix.utf8) }
}
