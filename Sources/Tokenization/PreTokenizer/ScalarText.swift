/// A text as Unicode scalars with the character classes that pre-tokenizers use.
struct ScalarText {
  /// The scalars' numbers.
  private(set) var values: [UInt32] = []
  /// Their classes.
  private(set) var classes: [ScalarClass] = []
  /// The byte offset of each scalar, and finally the number of bytes.
  private(set) var offsets: [Int] = [0]

  /// Reads valid UTF-8; anything else becomes U+FFFD.
  init(_ bytes: ArraySlice<UInt8>) {
    values.reserveCapacity(bytes.count)
    classes.reserveCapacity(bytes.count)
    offsets.reserveCapacity(bytes.count + 1)
    var offset = 0
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
      values.append(scalar.value)
      classes.append(ScalarClass(scalar))
      offset += UTF8.width(scalar)
      offsets.append(offset)
    }
  }

  /// The number of scalars.
  var count: Int { values.count }

  /// The class of the scalar at `position`, none at all from `end` on.
  @inline(__always)
  func kind(_ position: Int, before end: Int) -> ScalarClass {
    position < end ? classes[position] : []
  }

  /// The scalar at `position`; beyond every scalar from `end` on.
  @inline(__always)
  func value(_ position: Int, before end: Int) -> UInt32 {
    position < end ? values[position] : .max
  }

  /// The end of a run of scalars of any of these classes that begins at `position`.
  @inline(__always)
  func run(of wanted: ScalarClass, from position: Int, before end: Int) -> Int {
    var position = position
    while position < end, !classes[position].isDisjoint(with: wanted) { position += 1 }
    return position
  }

  /// The end of a run of scalars of none of these classes that begins at `position`.
  @inline(__always)
  func run(without unwanted: ScalarClass, from position: Int, before end: Int) -> Int {
    var position = position
    while position < end, classes[position].isDisjoint(with: unwanted) { position += 1 }
    return position
  }
}

/// The general categories and properties that the published patterns name.
struct ScalarClass: OptionSet, Sendable {
  let rawValue: UInt16

  /// `\p{L}`
  static let letter = Self(rawValue: 1)
  /// `\p{N}`
  static let number = Self(rawValue: 2)
  /// `\s`, the property White_Space.
  static let space = Self(rawValue: 4)
  /// `\p{M}`
  static let mark = Self(rawValue: 8)
  /// `\p{P}`
  static let punctuation = Self(rawValue: 16)
  /// `\p{S}`
  static let symbol = Self(rawValue: 32)
  /// `\p{Lu}` and `\p{Lt}`
  static let upper = Self(rawValue: 64)
  /// `\p{Ll}`
  static let lower = Self(rawValue: 128)
  /// `[\r\n]`
  static let newline = Self(rawValue: 256)

  init(rawValue: UInt16) { self.rawValue = rawValue }

  /// The class of a scalar.
  @inline(__always)
  init(_ scalar: Unicode.Scalar) {
    self = scalar.value < 128 ? Self.ascii[Int(scalar.value)] : Self.derived(scalar)
  }

  private static let ascii: [ScalarClass] = (0..<128).map { derived(Unicode.Scalar($0)) }

  private static func derived(_ scalar: Unicode.Scalar) -> ScalarClass {
    let properties = scalar.properties
    var result: ScalarClass =
      switch properties.generalCategory {
      case .uppercaseLetter, .titlecaseLetter: [.letter, .upper]
      case .lowercaseLetter: [.letter, .lower]
      case .modifierLetter, .otherLetter: .letter
      case .decimalNumber, .letterNumber, .otherNumber: .number
      case .nonspacingMark, .spacingMark, .enclosingMark: .mark
      case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
        .initialPunctuation, .finalPunctuation, .otherPunctuation:
        .punctuation
      case .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol: .symbol
      default: []
      }
    if properties.isWhitespace { result.insert(.space) }
    if scalar == "\n" || scalar == "\r" { result.insert(.newline) }
    return result
  }
}
