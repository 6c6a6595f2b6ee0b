import ArgumentParser
import Foundation
import Mneme
import MnemeCLI
import ModelFiles
import Synchronization
import TestSupport
import Testing

@Suite("Where passphrases come from")
struct PassphraseReaderTests {
  let folder: TemporaryFolder
  /// Looks like an encrypted memory; what it is, nobody asks here.
  let sealed: String
  let plain: String

  init() throws {
    folder = try TemporaryFolder()
    var writer = SafetensorsWriter(metadata: ["mneme.encryption": "{}"])
    writer.add("mneme.sealed", uint8s: [1], shape: [1])
    sealed = folder.path("sealed.mneme")
    try writer.write(to: sealed)
    plain = try folder.write(Data("{}".utf8), as: "plain.mneme")
  }

  private func file(_ text: String) throws -> String {
    try folder.write(Data(text.utf8), as: UUID().uuidString)
  }

  private static let unasked: @Sendable (String, String) throws -> Passphrase = { path, _ in
    throw MemoryError.sealing(.passphraseNeeded(path: path))
  }

  @Test(
    "The first line, whatever ends it, without a byte order mark",
    arguments: [
      "öffne dich", "öffne dich\n", "öffne dich\r\n", "öffne dich\nsecond\n",
      "\u{FEFF}öffne dich\n",
    ])
  func lines(text: String) throws {
    let reader = try PassphraseReader(file: file(text), asks: Self.unasked)
    #expect(try reader.passphrase(for: sealed) == Passphrase("öffne dich"))
    #expect(try reader.newPassphrase(for: plain) == Passphrase("öffne dich"))
  }

  @Test("Files that hold none are refused")
  func refusals() throws {
    for text in ["", "\n", "\r\nx", String(repeating: "x", count: 1025)] {
      let path = try file(text)
      #expect(throws: MemoryError.self, "\(text.count)") { try PassphraseReader(file: path) }
    }
    let bytes = try folder.write(Data([0xff, 0xfe, 0x0a]), as: "bytes")
    #expect(throws: EvaluationError.wideText(path: bytes)) { try PassphraseReader(file: bytes) }
    #expect(throws: EvaluationError.self) { try PassphraseReader(file: folder.path("absent")) }
    #expect(throws: EvaluationError.self) { try PassphraseReader(file: folder.url.path) }
    for mark in ["", "\u{FEFF}"] {
      _ = try PassphraseReader(file: file(mark + String(repeating: "x", count: 1024) + "\r\n"))
      let path = try file(mark + String(repeating: "x", count: 1025))
      #expect(throws: MemoryError.self) { try PassphraseReader(file: path) }
    }
  }

  @Test("Files whose names are canonically equal have each their own")
  func canonicalNames() throws {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: sealed))
    let paths = try CanonicalPair.both.map { try folder.write(bytes, as: $0) }
    // Whoever is asked says another one for each file.
    let reader = try PassphraseReader(file: nil) { path, _ in
      try Passphrase("of \(Array(path.utf8).count) bytes")
    }
    let found = try reader.passphrases(for: paths)
    #expect(found.count == 2)
    #expect(try found[paths[0]] == Passphrase("of \(Array(paths[0].utf8).count) bytes"))
    #expect(try found[paths[1]] == Passphrase("of \(Array(paths[1].utf8).count) bytes"))
    #expect(found[paths[0]] != found[paths[1]])
  }

  @Test("Only encrypted files are given one, and new ones where one was named")
  func which() throws {
    let new = folder.path("new.mneme")
    let path = try file("secret")
    for reader in [
      try PassphraseReader(file: path, asks: Self.unasked),
      try PassphraseReader(file: nil, fallback: path, asks: Self.unasked),
    ] {
      #expect(
        try reader.passphrases(for: [sealed, plain, new]).keys.sorted()
          == [ByteString(sealed)])
      #expect(
        try reader.passphrases(for: [sealed, plain, new], creating: true).keys.sorted()
          == [new, sealed].map(ByteString.init(_:)).sorted())
    }
    // Whoever names a passphrase believes that the file is encrypted.
    let named = try PassphraseReader(file: path, asks: Self.unasked)
    #expect(throws: MemoryError.self) { try named.passphrase(of: plain) }
    #expect(try named.passphrase(for: plain) == nil)
    #expect(try named.passphrases(for: []).isEmpty)
    // A fallback that is not there hurts only when it is needed.
    let poor = try PassphraseReader(file: nil, fallback: folder.path("no"), asks: Self.unasked)
    #expect(try poor.passphrase(for: plain) == nil)
    #expect(throws: EvaluationError.self) { try poor.passphrase(for: sealed) }
    let none = try PassphraseReader(file: nil, asks: Self.unasked)
    #expect(try none.passphrase(for: new, creating: true) == nil)
    #expect(throws: MemoryError.self) { try none.passphrase(for: sealed) }
  }

  @Test("A person is asked once for an old one and twice for a new one")
  func asked() throws {
    let prompts = Mutex<[String]>([])
    let answers = Mutex(["old", "new", "new", "new", "nwe"])
    let reader = try PassphraseReader(file: nil) { _, prompt in
      prompts.withLock { $0.append(prompt) }
      return try Passphrase(answers.withLock { $0.removeFirst() })
    }
    #expect(try reader.passphrase(for: sealed) == Passphrase("old"))
    #expect(try reader.newPassphrase(for: plain) == Passphrase("new"))
    #expect(throws: PassphraseError.different) { try reader.newPassphrase(for: plain) }
    #expect(prompts.withLock { $0.count } == 5)
    #expect(prompts.withLock { $0.first?.contains(sealed) } == true)
  }

  #if os(Linux)
    /// A pair of terminal and the program behind it.
    private func terminal() throws -> (near: Int32, far: Int32) {
      // posix_openpt, unlockpt and ptsname, which Glibc's module does not show.
      let near = open("/dev/ptmx", O_RDWR | O_NOCTTY)
      var lock: Int32 = 0
      var number: Int32 = 0
      try #require(near >= 0 && ioctl(near, 0x4004_5431, &lock) == 0)
      try #require(ioctl(near, 0x8004_5430, &number) == 0)
      let far = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
      try #require(far >= 0)
      return (near, far)
    }

    /// Types bytes once the prompt has come, and returns what the passphrase was and what the screen showed.
    private func type(_ bytes: [UInt8]) throws -> (Result<Passphrase, any Error>, String) {
      let (near, far) = try terminal()
      defer {
        close(near)
        close(far)
      }
      let typist = Thread {
        var byte: UInt8 = 0
        while read(near, &byte, 1) == 1, byte != UInt8(ascii: ":") {}
        _ = bytes.withUnsafeBytes { write(near, $0.baseAddress, $0.count) }
      }
      typist.start()
      let result = Result { try PassphrasePrompt.ask("Passphrase: ", on: far, path: "x") }
      var settings = termios()
      tcgetattr(far, &settings)
      #expect(settings.c_lflag & tcflag_t(ECHO) != 0, "the terminal shows what is typed again")
      #expect(settings.c_lflag & tcflag_t(ICANON) != 0)
      var screen = [UInt8](repeating: 0, count: 4096)
      _ = fcntl(near, F_SETFL, O_NONBLOCK)
      let count = max(0, read(near, &screen, screen.count))
      return (result, String(decoding: screen.prefix(count), as: UTF8.self))
    }

    @Test("A terminal shows nothing of what is typed, and everything can be corrected")
    func terminals() throws {
      let cases: [([UInt8], String)] = [
        (Array("geheim\n".utf8), "geheim"), (Array("geheim\r".utf8), "geheim"),
        (Array("geheiß".utf8) + [127] + Array("m\n".utf8), "geheim"),
        (Array("falsch".utf8) + [21] + Array("geheim\n".utf8), "geheim"),
        (Array("ge".utf8) + [8, 8, 8] + Array("geheim\n".utf8), "geheim"),
        (Array("ge\u{1B}\theim\n".utf8), "geheim"),
      ]
      for (typed, expected) in cases {
        let (result, screen) = try type(typed)
        #expect(try result.get() == Passphrase(expected))
        #expect(!screen.contains("geh") && !screen.contains("fal"), "\(screen)")
      }
      for end in [[UInt8](arrayLiteral: 3), [4], Array("abc".utf8) + [3]] {
        let (result, _) = try type(end)
        #expect(throws: CancellationError.self) { try result.get() }
      }
      #expect(throws: MemoryError.self) { try type(Array("\n".utf8)).0.get() }
      #expect(throws: MemoryError.sealing(.passphraseNeeded(path: "x"))) {
        let file = open(plain, O_RDONLY)
        defer { close(file) }
        _ = try PassphrasePrompt.ask("?", on: file, path: "x")
      }
    }
  #endif

  @Test("The commands understand where it comes from; it is never an argument")
  func commandLine() throws {
    let accepted: [[String]] = [
      ["memory", "encrypt", "f", "--passphrase-file", "p"],
      ["memory", "decrypt", "f", "--passphrase-file", "-"],
      ["memory", "passphrase", "f", "--passphrase-file", "p", "--new-passphrase-file", "q"],
      ["memory", "create", "f", "--encrypt"], ["memory", "info", "f", "--passphrase-file", "p"],
      ["memory", "facts", "f", "--passphrase-file", "p"],
      ["memory", "forget", "f", "--id", "1abc", "--passphrase-file", "p"],
      ["memory", "undo", "f", "--passphrase-file", "p"],
      ["memory", "verify", "f", "--passphrase-file", "p"],
      ["memory", "write", "x", "--memory", "f", "--passphrase-file", "p"],
      ["memory", "calibrate", "--memory", "f", "--text", "t", "--passphrase-file", "p"],
      ["chat", "--memory", "f", "--passphrase-file", "p"],
      ["generate", "x", "--memory", "f", "--passphrase-file", "p"],
      ["learn", "x", "--memory", "f", "--passphrase-file", "p"],
      ["perplexity", "x", "--memory", "f", "--passphrase-file", "p"],
      ["ab", "--prompts", "x", "--memory", "f", "--passphrase-file", "p"],
      ["trace", "x", "--memory", "f", "-o", "o", "--passphrase-file", "p"],
    ]
    for arguments in accepted { _ = try MnemeCommand.parseAsRoot(arguments) }
    for arguments in [["memory", "encrypt", "f", "--passphrase", "x"], ["memory", "encrypt"]] {
      #expect(throws: (any Error).self) { _ = try MnemeCommand.parseAsRoot(arguments) }
    }
  }
}
