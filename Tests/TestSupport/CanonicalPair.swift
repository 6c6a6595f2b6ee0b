/// Two texts that are canonically equal and different bytes: to Swift's strings one text, to every file system two names.
public enum CanonicalPair {
  /// "José" with the accented letter as one scalar (NFC).
  public static let composed = "Jos\u{E9}"
  /// The same with the accent as a scalar of its own (NFD).
  public static let decomposed = "Jose\u{301}"
  /// Both.
  public static let both = [composed, decomposed]
}
