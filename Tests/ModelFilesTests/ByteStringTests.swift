import Foundation
import ModelFiles
import TestSupport
import Testing

@Suite("Texts by their bytes")
struct ByteStringTests {
  private let composed = ByteString(CanonicalPair.composed)
  private let decomposed = ByteString(CanonicalPair.decomposed)

  @Test("What is one string is two texts: compared, hashed, sorted")
  func identity() {
    #expect(composed.text == decomposed.text, "the premise")
    #expect(composed != decomposed)
    #expect(Set([composed, decomposed, composed]).count == 2)
    #expect(composed == ByteString(CanonicalPair.composed))
    // 65 CC 81 sorts before C3 A9.
    #expect([composed, decomposed].sorted() == [decomposed, composed])
    #expect(!(composed < composed))
    #expect(ByteString("a") < "b" && ByteString("a") < "aa")
  }

  @Test("A dictionary finds by bytes, from a string, too")
  func dictionary() {
    var table: [ByteString: Int] = [composed: 1, decomposed: 2]
    #expect(CanonicalPair.both.map { table[$0] } == [1, 2])
    table[CanonicalPair.composed] = nil
    table[CanonicalPair.decomposed] = 3
    #expect(CanonicalPair.both.map { table[$0] } == [nil, 3])
  }

  @Test("Beginnings and ends are bytes, not characters")
  func parts() {
    #expect(decomposed.hasPrefix("Jose"))
    #expect(!composed.hasPrefix("Jose"))
    #expect(!composed.hasPrefix(decomposed) && !decomposed.hasSuffix(composed))
    #expect(composed.hasPrefix(composed) && composed.hasSuffix("") && composed.hasSuffix("s\u{E9}"))
    #expect(!ByteString("a").hasPrefix("ab") && !ByteString("a").hasSuffix("ba"))
  }

  @Test(
    "The name a path ends with",
    arguments: [
      ("notes.txt", "notes.txt"), ("a/notes.txt", "notes.txt"), ("/a//b/", "b"), ("", ""),
      ("/", "/"), ("a/Jose\u{301}", "Jose\u{301}"), ("a/\u{301}", "\u{301}"),
    ])
  func lastComponent(path: String, name: String) {
    #expect(ByteString(path).lastPathComponent == ByteString(name))
  }

  @Test("In JSON it is a plain string, and its bytes come back")
  func json() throws {
    let names = [composed, decomposed]
    let data = try JSONEncoder().encode(names)
    #expect(data == (try JSONEncoder().encode(names.map(\.text))))
    #expect(try JSONDecoder().decode([ByteString].self, from: data) == names)
    #expect("\(decomposed)".utf8.elementsEqual(CanonicalPair.decomposed.utf8))
  }
}
