import Cryptography
import Foundation
import Testing

@Suite("What published test vectors say")
struct PublishedVectorTests {
  private func bytes(_ digits: String) throws -> [UInt8] {
    try #require([UInt8](hexadecimal: digits))
  }

  private func digits(_ key: SymmetricKey) -> String {
    key.withUnsafeBytes { [UInt8]($0) }.hexadecimal
  }

  /// FIPS 180-4's examples, and NIST's million letters.
  @Test(
    "SHA-256",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      (
        String(repeating: "a", count: 1_000_000),
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
      ),
    ])
  func hash(text: String, expected: String) {
    #expect(SHA256.hash(data: Data(text.utf8)).hexadecimal == expected)
    // In pieces, of a hash whose copy went another way.
    var hash = SHA256()
    for start in stride(from: 0, to: text.utf8.count, by: 777) {
      hash.update(data: Data(text.utf8.dropFirst(start).prefix(777)))
      var other = hash
      other.update(data: Data([1]))
      #expect(other.finalize() != hash.finalize())
    }
    #expect(hash.finalize().hexadecimal == expected)
  }

  /// RFC 5869, appendix A.1 and A.3.
  @Test(
    "HKDF",
    arguments: [
      (
        "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
      ),
      (
        "", "",
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
      ),
    ])
  func expansion(salt: String, info: String, expected: String) throws {
    let key = SymmetricKey(bytes: [UInt8](repeating: 0x0b, count: 22))
    let found = try HKDF.key(from: key, salt: bytes(salt), info: Data(bytes(info)), count: 42)
    #expect(digits(found) == expected)
  }

  /// RFC 7914, section 12: the second and the third vector (the first is empty, the fourth takes 1 GiB).
  @Test(
    "scrypt",
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
    let key = try Scrypt.key(
      from: SymmetricKey(bytes: secret.utf8), salt: Array(salt.utf8), rounds: rounds, blockSize: 8,
      lanes: lanes, count: 64)
    #expect(digits(key) == expected)
  }

  /// The Galois/Counter Mode of Operation (McGrew, Viega), test cases 13, 14 and 16.
  @Test(
    "AES-256-GCM",
    arguments: [
      (
        String(repeating: "0", count: 64), String(repeating: "0", count: 24), "", "",
        "530f8afbc74536b9a963b4f1c4cb738b"
      ),
      (
        String(repeating: "0", count: 64), String(repeating: "0", count: 24), "",
        String(repeating: "0", count: 32),
        "cea7403d4d606b6e074ec5d3baf39d18" + "d0d1c8a799996bf0265b98b5d48ab919"
      ),
      (
        "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
        "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
          + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
          + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
          + "76fc6ece0f4e1768cddf8853bb2d551b"
      ),
    ])
  func cipher(key: String, nonce: String, associated: String, plain: String, sealed: String) throws
  {
    let key = try SymmetricKey(bytes: bytes(key))
    let (nonce, associated) = try (bytes(nonce), Data(bytes(associated)))
    let (plain, expected) = try (Data(bytes(plain)), Data(bytes(sealed)))
    #expect(
      try AES256GCM.seal(plain, key: key, nonce: nonce, associated: associated) == expected)
    #expect(try AES256GCM.open(expected, key: key, nonce: nonce, associated: associated) == plain)
  }

  @Test("Keys and nonces of other lengths, and what is no sealed text, are refused")
  func unsound() throws {
    let key = SymmetricKey(randomBytes: 32)
    let nonce = [UInt8](repeating: 0, count: 12)
    #expect(throws: CryptographyError.unsoundLength(found: 16, expected: 32)) {
      try AES256GCM.seal(
        Data(), key: SymmetricKey(randomBytes: 16), nonce: nonce, associated: Data())
    }
    #expect(throws: CryptographyError.unsoundLength(found: 11, expected: 12)) {
      try AES256GCM.open(
        Data(count: 16), key: key, nonce: [UInt8](nonce.dropLast()), associated: Data())
    }
    for count in [0, 15, 16, 17, 100] {
      #expect(throws: CryptographyError.notAuthentic) {
        try AES256GCM.open(Data(count: count), key: key, nonce: nonce, associated: Data())
      }
    }
  }

  @Test("scrypt refuses a cost that is no power of two")
  func unsoundCost() {
    let secret = SymmetricKey(bytes: "x".utf8)
    #expect(throws: CryptographyError.failed) {
      try Scrypt.key(from: secret, salt: [], rounds: 1000, blockSize: 8, lanes: 1)
    }
  }
}
