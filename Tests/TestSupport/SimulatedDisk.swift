public import Foundation
import ModelFiles
import Synchronization

/// A disk with a cache: what the system calls of a piece of work would have left, had the power gone at any moment.
///
/// The calls are really made and written down. After any of them what had not been synced may be lost: the content of a
/// file down to what was synced last, cut at any byte in between, and changes of the folder since it was synced, of which
/// any number may have happened, in order (or, stricter, any of them alone be missing).
public final class SimulatedDisk: Sendable {
  enum Step {
    case create(name: String, file: Int)
    case write(file: Int, bytes: Data)
    case sync(file: Int)
    case link(name: String, as: String)
    case rename(name: String, to: String)
    case unlink(name: String)
    case syncFolder
    /// A call that changes nothing here.
    case other
  }

  private struct Log {
    var steps: [Step] = []
    var open: [Int32: Int] = [:]
    var files = 0
  }

  private let log = Mutex(Log())
  private let folder: String
  /// What the folder held before.
  private let before: [String: Data]
  /// Names that were names of one file before.
  private let inodes: [String: Int]

  /// Takes the folder as it is, synced.
  public init(_ folder: TemporaryFolder) throws {
    self.folder = folder.url.resolvingSymlinksInPath().path
    var before: [String: Data] = [:]
    var inodes: [String: Int] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: self.folder) {
      before[name] = try Data(contentsOf: folder.url.appendingPathComponent(name))
      inodes[name] =
        try FileManager.default.attributesOfItem(atPath: folder.path(name))[.systemFileNumber]
        as? Int
    }
    self.before = before
    self.inodes = inodes
  }

  /// Does a piece of work and writes down its calls; `longestWrite` cuts what it writes into pieces.
  @discardableResult
  public func record<T>(longestWrite: Int = 1 << 30, _ work: () throws -> T) rethrows -> T {
    var operations = FileOperations()
    operations.longestWrite = longestWrite
    operations.after = { self.note($0) }
    return try FileOperations.$current.withValue(operations, operation: work)
  }

  /// How many calls were made.
  public var count: Int { log.withLock { $0.steps.count } }

  private func note(_ call: FileCall) {
    func name(_ path: String) -> String { (path as NSString).lastPathComponent }
    log.withLock { log in
      switch call {
      case .create(let path, let descriptor):
        log.files += 1
        log.open[descriptor] = log.files
        log.steps.append(.create(name: name(path), file: log.files))
      case .write(let descriptor, let bytes):
        log.steps.append(.write(file: log.open[descriptor] ?? 0, bytes: Data(bytes)))
      case .sync(let descriptor): log.steps.append(.sync(file: log.open[descriptor] ?? 0))
      case .link(let path, let other):
        log.steps.append(.link(name: name(path), as: name(other)))
      case .rename(let path, let other):
        log.steps.append(.rename(name: name(path), to: name(other)))
      case .unlink(let path): log.steps.append(.unlink(name: name(path)))
      case .syncFolder: log.steps.append(.syncFolder)
      case .checkWritable, .setMode, .close: log.steps.append(.other)
      }
    }
  }

  // MARK: - Crashes

  private struct Content {
    var synced = Data()
    var cached = Data()
  }

  private enum Change { case set(String, Int), remove(String) }

  /// Visits what may be on the disk after a crash at each moment: before the first call, and after every one.
  ///
  /// - Parameters:
  ///   - cuts: at how many places a file that is partly synced is cut, besides at the synced end and not at all; every
  ///     byte when there are no more than that.
  ///   - visit: is given the number of calls made and the folder by name.
  /// - Returns: how many states were visited.
  @discardableResult
  public func crashes(
    cuts: Int = 3, _ visit: (Int, [String: Data]) throws -> Void
  ) rethrows -> Int {
    var visited = 0
    var files: [Int: Content] = [:]
    var names: [String: Int] = [:]
    var numbers: [Int: Int] = [:]
    for (name, data) in before {
      let number = -1 - numbers.count
      let file = inodes[name].flatMap { numbers[$0] } ?? number
      if let inode = inodes[name] { numbers[inode] = file }
      files[file] = Content(synced: data, cached: data)
      names[name] = file
    }
    var synced = names
    var pending: [[Change]] = []
    let steps = log.withLock { $0.steps }
    for number in 0...steps.count {
      if number > 0 {
        switch steps[number - 1] {
        case .create(let name, let file):
          files[file] = Content()
          names[name] = file
          pending.append([.set(name, file)])
        case .write(let file, let bytes): files[file]?.cached.append(bytes)
        case .sync(let file):
          if let content = files[file] {
            files[file] = Content(synced: content.cached, cached: content.cached)
          }
        case .link(let name, let other):
          guard let file = names[name] else { continue }
          names[other] = file
          pending.append([.set(other, file)])
        case .rename(let name, let other):
          guard let file = names.removeValue(forKey: name) else { continue }
          names[other] = file
          pending.append([.remove(name), .set(other, file)])
        case .unlink(let name):
          names[name] = nil
          pending.append([.remove(name)])
        case .syncFolder:
          synced = names
          pending = []
        case .other: break
        }
      }
      for folder in Self.folders(synced, pending) {
        for contents in Self.contents(Set(folder.values), files, cuts) {
          visited += 1
          try visit(number, folder.compactMapValues { contents[$0] })
        }
      }
    }
    return visited
  }

  /// The folder with the first of the pending changes, and with all but one.
  private static func folders(
    _ synced: [String: Int], _ pending: [[Change]]
  ) -> [[String: Int]] {
    var choices = (0...pending.count).map { Array(pending.prefix($0)) }
    if pending.count > 1 {
      for missing in 0..<pending.count - 1 {
        choices.append(pending.indices.filter { $0 != missing }.map { pending[$0] })
      }
    }
    return choices.map { changes in
      var folder = synced
      for change in changes.joined() {
        switch change {
        case .set(let name, let file): folder[name] = file
        case .remove(let name): folder[name] = nil
        }
      }
      return folder
    }
  }

  /// What files may hold: everything, or for one after the other less than that.
  private static func contents(
    _ present: Set<Int>, _ files: [Int: Content], _ cuts: Int
  ) -> [[Int: Data]] {
    let whole = files.filter { present.contains($0.key) }.mapValues(\.cached)
    var result = [whole]
    for (file, content) in files where present.contains(file) {
      let (from, to) = (content.synced.count, content.cached.count)
      guard from < to else { continue }
      let step = max(1, (to - from) / max(1, cuts))
      for length in stride(from: from, to: to, by: step) {
        var changed = whole
        changed[file] = content.cached.prefix(length)
        result.append(changed)
      }
    }
    return result
  }
}

/// Writes a folder as a crash left it, in place of what is there.
public func restoreFolder(_ state: [String: Data], in folder: TemporaryFolder) throws {
  for name in try FileManager.default.contentsOfDirectory(atPath: folder.url.path) {
    try FileManager.default.removeItem(atPath: folder.path(name))
  }
  for (name, data) in state { _ = try folder.write(data, as: name) }
}
