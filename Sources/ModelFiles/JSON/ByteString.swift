/// A text as its bytes: strings compare by canonical equivalence, by which two pieces of a vocabulary may be one.
struct ByteString: Hashable {
  let text: String

  init(_ text: String) { self.text = text }

  static func == (first: Self, second: Self) -> Bool {
    first.text.utf8.elementsEqual(second.text.utf8)
  }

  func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}
