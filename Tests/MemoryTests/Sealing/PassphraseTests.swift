import Crypto
import Foundation
import Memory
import Testing

@Suite("Passphrases")
struct PassphraseTests {
  /// RFC 7914, section 12: the second and the third vector (the first is empty, the fourth takes 1 GiB).
  @Test(
    "scrypt gives what RFC 7914 says",
    arguments: [
      (
        "password", "NaCl", 1024, 16,
        "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
          + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
      ),
      (
        "pleaseletmein", "SodiumChloride", 16384, 1,
        "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
          + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
      ),
    ])
  func vectors(secret: String, salt: String, rounds: Int, lanes: Int, expected: String) throws {
    var bytes = Array(secret.utf8)
    let key = try bytes.withUnsafeMutableBytes {
      try Scrypt.key(
        from: $0, salt: Array(salt.utf8), rounds: rounds, blockSize: 8, lanes: lanes, count: 64)
    }
    let digits = key.withUnsafeBytes { $0.map { String(format: "%02x", $0) }.joined() }
    #expect(digits == expected)
  }

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
