import Foundation
import ModelFiles
import TestSupport
import Testing

/// The power goes after every single call, and the cache is lost in every way: the file is the old or the new one.
@Suite("Crash points of replacing a file")
struct CrashPointTests {
  private let old = Data("OLD secret ".utf8) + Data(repeating: 1, count: 60)
  private let new = Data("NEW ".utf8) + Data(repeating: 2, count: 75)

  /// What there is before, what is done, and what the file may be afterwards; nil is no file.
  private struct Case {
    var name: String
    var before: (String) throws -> Void
    var work: (FileHold) throws -> Void
    var allowed: [Data?]
    var forgets = false
  }

  private var cases: [Case] {
    let (old, new) = (old, new)
    let versions = (0..<10).map { Data("V\($0) ".utf8) + Data(repeating: UInt8($0), count: 20) }
    func history(_ path: String, _ count: Int) throws {
      for version in versions.prefix(count) {
        try FileHold(path, forWriting: false).replace(with: version, keepingHistory: true)
      }
      try FileHold(path, forWriting: false).replace(with: old, keepingHistory: true)
    }
    func leftover(_ path: String) throws {
      try old.write(to: URL(fileURLWithPath: path + ".tmp-Ab12cD"))
    }
    func plain(_ path: String) throws { try old.write(to: URL(fileURLWithPath: path)) }
    return [
      Case(
        name: "first save", before: { _ in },
        work: { try $0.replace(with: new, keepingHistory: false) }, allowed: [nil, new]),
      Case(
        name: "first save beside a left-over", before: leftover,
        work: { try $0.replace(with: new, keepingHistory: true) }, allowed: [nil, new]),
      Case(
        name: "overwrite", before: plain,
        work: { try $0.replace(with: new, keepingHistory: false) },
        allowed: [old, new], forgets: true),
      Case(
        name: "overwrite keeping", before: plain,
        work: { try $0.replace(with: new, keepingHistory: true) }, allowed: [old, new]),
      Case(
        name: "overwrite keeping, history full", before: { try history($0, 10) },
        work: { try $0.replace(with: new, keepingHistory: true) }, allowed: [old, new]),
      Case(
        name: "overwrite keeping after undo",
        before: {
          try history($0, 3)
          _ = try FileHold($0, forWriting: false).step(.undo)
        }, work: { try $0.replace(with: new, keepingHistory: true) }, allowed: [versions[2], new]),
      Case(
        name: "undo", before: { try history($0, 4) }, work: { _ = try $0.step(.undo) },
        allowed: [old, versions[3]]),
      Case(
        name: "three times undo", before: { try history($0, 4) },
        work: { for _ in 0..<3 { _ = try $0.step(.undo) } },
        allowed: [old, versions[3], versions[2], versions[1]]),
      Case(
        name: "redo",
        before: {
          try history($0, 4)
          for _ in 0..<2 { _ = try FileHold($0, forWriting: false).step(.undo) }
        }, work: { _ = try $0.step(.redo) }, allowed: [versions[2], versions[3]]),
      Case(
        name: "forgetting",
        before: {
          try history($0, 5)
          _ = try FileHold($0, forWriting: false).step(.undo)
          try leftover($0)
        }, work: { try $0.replace(with: new, keepingHistory: false) }, allowed: [versions[4], new],
        forgets: true),
    ]
  }

  @Test("The file is the old or the new one, every version whole, and nothing forgotten stays")
  func every() throws {
    var points = 0
    for item in cases {
      let folder = try TemporaryFolder()
      try item.before(folder.path("a.mneme"))
      let known = Set(try contents(of: folder).values).union([new])
      let disk = try SimulatedDisk(folder)
      try disk.record(longestWrite: 30) {
        try item.work(FileHold(folder.path("a.mneme"), forWriting: false))
      }
      #expect(disk.count >= 2, "\(item.name) goes through the seam")
      var reached: Set<Data?> = []
      points += disk.crashes(cuts: 200) { step, state in
        let place = "\(item.name), after call \(step)"
        reached.insert(state["a.mneme"])
        #expect(item.allowed.contains(state["a.mneme"]), "\(place)")
        for (name, data) in state where !name.contains(".tmp-") {
          #expect(known.contains(data), "\(place): \(name) is whole")
        }
        if item.forgets, state["a.mneme"] == new {
          // Only a left-over of the new content itself may be there: history went first.
          #expect(state.values.allSatisfy { $0 == new || new.starts(with: $0) }, "\(place)")
        }
        if !item.forgets {
          // Nothing that was there before an undo or a kept write is lost in the middle of it.
          let lost = item.allowed.compactMap { $0 }.filter {
            $0 != new && !state.values.contains($0)
          }
          #expect(lost.isEmpty, "\(place)")
        }
      }
      #expect(reached == Set(item.allowed), "\(item.name): every outcome occurs")
    }
    #expect(points >= 1_000, "\(points) crash points")
    print("crash points of replacing a file: \(points)")
  }

  @Test(
    "After any crash the next save works, clears away left-overs, and forgetting leaves nothing")
  func next() throws {
    let marker = Data("secret".utf8)
    for item in cases {
      let folder = try TemporaryFolder()
      try item.before(folder.path("a.mneme"))
      let disk = try SimulatedDisk(folder)
      try disk.record { try item.work(FileHold(folder.path("a.mneme"), forWriting: false)) }
      let place = try TemporaryFolder()
      try disk.crashes(cuts: 1) { step, state in
        try restoreFolder(state, in: place)
        let hold = try FileHold(place.path("a.mneme"), forWriting: true)
        #expect(try !contents(of: place).keys.contains { $0.contains(".tmp-") })
        try hold.replace(with: new, keepingHistory: false)
        let left = try contents(of: place)
        #expect(left == ["a.mneme": new], "\(item.name), after call \(step)")
        #expect(left.values.allSatisfy { $0.range(of: marker) == nil })
      }
    }
  }

  @Test("Stopped dead after every call: no cleaning up either, and still one of both")
  func stopped() throws {
    for item in cases {
      var stop = 0
      var isDone = false
      while !isDone {
        let folder = try TemporaryFolder()
        let path = folder.path("a.mneme")
        try item.before(path)
        let calls = Counter()
        var operations = FileOperations()
        let limit = stop
        operations.before = { _ in calls.next() <= limit ? 0 : EIO }
        let hold = try FileHold(path, forWriting: false)
        FileOperations.$current.withValue(operations) {
          do {
            try item.work(hold)
          } catch is ModelFileError {} catch { Issue.record(error) }
        }
        isDone = calls.count <= stop
        stop += 1
        let found = try? Data(contentsOf: URL(fileURLWithPath: path))
        #expect(item.allowed.contains(found), "\(item.name), \(limit) calls")
      }
      #expect(stop > 3)
    }
  }

  private func contents(of folder: TemporaryFolder) throws -> [String: Data] {
    var result: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.url.path) {
      result[name] = try Data(contentsOf: folder.url.appendingPathComponent(name))
    }
    return result
  }
}
