#if os(Linux)
  import Foundation

  /// A headless Chromium with one page, driven through the DevTools protocol over a pair of pipes, so
  /// that no port is opened. Every wait has an end.
  final class Chromium {
    enum Failure: Error {
      case start(Int32)
      case silent(String)
      case refused(String)
      case threw(String)
    }

    /// Where one is installed; `nil` where none is.
    static let path: String? = {
      let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      for name in ["chromium", "chromium-browser", "google-chrome"] {
        for folder in folders {
          let path = "\(folder)/\(name)"
          if FileManager.default.isExecutableFile(atPath: path) { return path }
        }
      }
      return nil
    }()

    /// Events as they came: method and parameters.
    private(set) var events: [(method: String, parameters: [String: Any])] = []

    private let process = Process()
    private let folder: URL
    private let input: Int32
    private let output: Int32
    private var buffer = Data()
    private var last = 0
    private var session: String?

    /// Starts it and shows `html` from a file, `width` pixels wide.
    init(
      html: String, width: Int, height: Int = 900, dark: Bool = false, scripts: Bool = true
    ) throws {
      folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("mneme-report-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let page = folder.appendingPathComponent("report.html")
      try Data(html.utf8).write(to: page)
      let toBrowser = folder.appendingPathComponent("in").path
      let fromBrowser = folder.appendingPathComponent("out").path
      guard mkfifo(toBrowser, 0o600) == 0, mkfifo(fromBrowser, 0o600) == 0 else {
        throw Failure.start(errno)
      }
      // Opened for both directions so that neither side waits for the other.
      input = open(toBrowser, O_RDWR | O_CLOEXEC)
      output = open(fromBrowser, O_RDWR | O_CLOEXEC)
      guard input >= 0, output >= 0 else { throw Failure.start(errno) }
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = [
        "-c", "exec \"$@\" 3<\"$MNEME_IN\" 4>\"$MNEME_OUT\"", "sh", Self.path ?? "chromium",
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--disable-background-networking", "--remote-debugging-pipe",
        "--user-data-dir=\(folder.appendingPathComponent("profile").path)", "about:blank",
      ]
      var environment = ProcessInfo.processInfo.environment
      environment["MNEME_IN"] = toBrowser
      environment["MNEME_OUT"] = fromBrowser
      process.environment = environment
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      do {
        try show(page, width: width, height: height, dark: dark, scripts: scripts)
      } catch {
        close()
        throw error
      }
    }

    private func show(
      _ page: URL, width: Int, height: Int, dark: Bool, scripts: Bool
    ) throws {
      let target = try call("Target.createTarget", ["url": "about:blank"])["targetId"] as? String
      session =
        try call("Target.attachToTarget", ["targetId": target ?? "", "flatten": true])["sessionId"]
        as? String
      for domain in ["Page", "Runtime", "Log", "Network"] { try call("\(domain).enable") }
      try size(width: width, height: height)
      try scheme(dark: dark)
      if !scripts { try call("Emulation.setScriptExecutionDisabled", ["value": true]) }
      try call("Page.navigate", ["url": page.absoluteString])
      let deadline = ContinuousClock.now + .seconds(60)
      while !events.contains(where: { $0.method == "Page.loadEventFired" }) {
        try receive(until: deadline, waitingFor: "the page")
      }
    }

    /// Ends the process and removes its files.
    func close() {
      if process.isRunning { process.terminate() }
      let deadline = ContinuousClock.now + .seconds(10)
      while process.isRunning {
        if ContinuousClock.now > deadline { kill(process.processIdentifier, SIGKILL) }
        usleep(10_000)
      }
      Glibc.close(input)
      Glibc.close(output)
      try? FileManager.default.removeItem(at: folder)
    }

    /// Sends a command and waits for its answer.
    @discardableResult
    func call(_ method: String, _ parameters: [String: Any] = [:]) throws -> [String: Any] {
      last += 1
      var message: [String: Any] = ["id": last, "method": method, "params": parameters]
      if let session { message["sessionId"] = session }
      var bytes = [UInt8](try JSONSerialization.data(withJSONObject: message)) + [0]
      while !bytes.isEmpty {
        let count = write(input, bytes, bytes.count)
        guard count > 0 else { throw Failure.silent(method) }
        bytes.removeFirst(count)
      }
      let deadline = ContinuousClock.now + .seconds(60)
      while true {
        let reply = try receive(until: deadline, waitingFor: method)
        guard reply["id"] as? Int == last else { continue }
        if let error = reply["error"] as? [String: Any] {
          throw Failure.refused("\(method): \(error["message"] ?? "")")
        }
        return reply["result"] as? [String: Any] ?? [:]
      }
    }

    /// The next message; events are kept.
    @discardableResult
    private func receive(
      until deadline: ContinuousClock.Instant, waitingFor what: String
    ) throws -> [String: Any] {
      while true {
        if let end = buffer.firstIndex(of: 0) {
          let data = Data(buffer[buffer.startIndex..<end])
          buffer = Data(buffer[(end + 1)...])
          let message =
            try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
          if let method = message["method"] as? String {
            events.append((method, message["params"] as? [String: Any] ?? [:]))
          }
          return message
        }
        guard ContinuousClock.now < deadline, process.isRunning else { throw Failure.silent(what) }
        var descriptor = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
        guard poll(&descriptor, 1, 100) > 0 else { continue }
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(output, &chunk, chunk.count)
        if count > 0 { buffer.append(contentsOf: chunk[..<count]) }
      }
    }

    /// The value of an expression; a promise's is waited for.
    @discardableResult
    func evaluate(_ expression: String) throws -> Any? {
      let reply = try call(
        "Runtime.evaluate",
        ["expression": expression, "returnByValue": true, "awaitPromise": true])
      if let details = reply["exceptionDetails"] as? [String: Any] {
        let exception = details["exception"] as? [String: Any]
        throw Failure.threw("\(exception?["description"] ?? details["text"] ?? "")")
      }
      return (reply["result"] as? [String: Any])?["value"]
    }

    /// A text that an expression gives.
    func text(_ expression: String) throws -> String {
      try evaluate(expression) as? String ?? ""
    }

    /// A number that an expression gives.
    func number(_ expression: String) throws -> Double {
      (try evaluate(expression) as? NSNumber)?.doubleValue ?? .nan
    }

    /// Presses and releases a key.
    func press(_ key: String, code: Int) throws {
      for type in ["rawKeyDown", "keyUp"] {
        try call(
          "Input.dispatchKeyEvent",
          ["type": type, "key": key, "code": key, "windowsVirtualKeyCode": code])
      }
    }

    /// Clicks in the middle of the first element a selector finds, as a pointer would.
    func click(_ selector: String) throws {
      let place =
        try evaluate(
          """
          (() => { const e = document.querySelector(\(Self.quoted(selector)));
          e.scrollIntoView({ block: "center", behavior: "instant" });
          const b = e.getBoundingClientRect(); return [b.left + b.width / 2, b.top + b.height / 2];
          })()
          """) as? [NSNumber] ?? []
      guard place.count == 2 else { throw Failure.threw("nothing at \(selector)") }
      for type in ["mousePressed", "mouseReleased"] {
        try call(
          "Input.dispatchMouseEvent",
          [
            "type": type, "x": place[0].doubleValue, "y": place[1].doubleValue, "button": "left",
            "clickCount": 1,
          ])
      }
    }

    /// Sets the size of the window.
    func size(width: Int, height: Int) throws {
      try call(
        "Emulation.setDeviceMetricsOverride",
        ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600])
    }

    /// Sets the colour scheme the system asks for.
    func scheme(dark: Bool) throws {
      try call(
        "Emulation.setEmulatedMedia",
        ["features": [["name": "prefers-color-scheme", "value": dark ? "dark" : "light"]]])
    }

    /// A string as JavaScript writes it.
    static func quoted(_ text: String) -> String {
      let data = try? JSONEncoder().encode(text)
      return data.map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
  }
#endif
