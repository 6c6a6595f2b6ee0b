extension Vocabulary {
  /// Whether a space in front of text is added before tokens are looked for in it: everywhere but in the tokenizers
  /// library's `Metaspace`, which adds it later and only where there is none.
  var normalizerAddsSpace: Bool { addsSpacePrefix && spacePrefix == .always }

  /// The text with characters replaced and spaces removed by the vocabulary's rules; the leading space is not added here.
  ///
  /// The model's own user-defined pieces are not changed, as in SentencePiece's normaliser.
  func normalized(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var text = text
    if let charsmap {
      text = charsmap.replaced(text, keeping: inline.map { Array(pieces[Int($0)].utf8) })[...]
    }
    return removesExtraSpaces ? Self.squeezed(text) : text
  }

  /// The text with one space for every run of them and none at its ends.
  private static func squeezed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let words = text.split(separator: UInt8(ascii: " "))
    return ArraySlice(words.joined(separator: [UInt8(ascii: " ")]))
  }
}
