import Foundation
import Memory
import Testing

@Suite("Passphrases")
struct PassphraseTests {
  @Test("Texts that look the same are the same passphrase")
  func normalisation() throws {
    #expect(try Passphrase("Ångström") == Passphrase("A\u{30a}ngstro\u{308}m"))
    #expect(try Passphrase("Angstrom") != Passphrase("Ångström"))
    #expect(try Passphrase(" a") != Passphrase("a"))
  }

  @Test("Empty and endless ones are refused")
  func bounds() throws {
    #expect(throws: MemoryError.sealing(.unsoundPassphrase(bytes: 0, longest: 1024))) {
      try Passphrase("")
    }
    #expect(throws: MemoryError.self) { try Passphrase(String(repeating: "x", count: 1025)) }
    _ = try Passphrase(String(repeating: "x", count: 1024))
  }

  @Test("It shows nothing of itself")
  func discretion() throws {
    let passphrase = try Passphrase("marker-4711")
    var dumped = ""
    dump(passphrase, to: &dumped)
    dump([passphrase], to: &dumped)
    for text in [
      "\(passphrase)", String(reflecting: passphrase), "\([passphrase])",
      "\(Optional(passphrase) as Any)", dumped,
    ] {
      #expect(!text.contains("4711"), "\(text)")
      #expect(!text.contains("11"), "nor its length")
    }
  }
}
