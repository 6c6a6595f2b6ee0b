#if os(Linux)
  import MnemeEvaluation
  import Foundation
  import Testing

  /// The page in a real browser.
  @Suite(
    "The HTML report in Chromium", .serialized,
    .enabled(
      if: Chromium.path != nil, "No Chromium or Chrome is on the PATH: nobody looks at the page."),
    .timeLimit(.minutes(5)))
  struct ReportBrowserTests {
    static let results = ReportFixture.results(done: 34)
    static let figures = ReportFixture.figures(results)
    static let html = HTMLReport(results: results, figures: figures).html()

    func withPage(
      width: Int = 1280, dark: Bool = false, _ body: (Chromium) throws -> Void
    ) throws {
      let page = try Chromium(html: Self.html, width: width, dark: dark)
      defer { page.close() }
      try body(page)
    }

    @Test("Loading says nothing, asks for nothing, and runs nothing of hostile texts")
    func quiet() throws {
      try withPage { page in
        #expect(
          try page.evaluate("document.documentElement.classList.contains('scripted')") as? Bool
            == true)
        #expect(try page.text("typeof window.hacked") == "undefined")
        #expect(try page.number("document.images.length") == 0)
        #expect(try page.number("document.scripts.length") == 2)
        // The hostile prompt is there, as text.
        #expect(
          try page.text("document.querySelector('.answers .prompt').textContent")
            == ReportFixture.hostile)
        try page.evaluate("new Promise((done) => setTimeout(done, 200))")
        let spoken = page.events.filter {
          ["Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"]
            .contains($0.method)
        }
        #expect(spoken.isEmpty, "\(spoken)")
        let asked = page.events.filter { $0.method == "Network.requestWillBeSent" }
          .compactMap { ($0.parameters["request"] as? [String: Any])?["url"] as? String }
        #expect(
          asked.allSatisfy { $0.hasPrefix("file:") && $0.hasSuffix("report.html") }, "\(asked)")
        #expect(asked.count == 1)
        // Were markup to slip through, the policy would still stop it.
        try page.evaluate(
          """
          document.body.insertAdjacentHTML("beforeend",
            '<img src="x" onerror="window.hacked = 1"><b onclick="window.hacked = 2" id="b">b</b>');
          const s = document.createElement("script"); s.textContent = "window.hacked = 3";
          document.body.append(s); document.getElementById("b").click();
          new Promise((done) => setTimeout(done, 200))
          """)
        #expect(try page.text("typeof window.hacked") == "undefined")
      }
    }

    @Test("No page is wider than the window", arguments: [390, 320, 1280])
    func fits(width: Int) throws {
      try withPage(width: width) { page in
        #expect(try page.number("document.documentElement.scrollWidth") <= Double(width))
        try page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        #expect(try page.number("document.documentElement.scrollWidth") <= Double(width))
        // Whatever sticks out does so inside a box that scrolls.
        let out = try page.evaluate(
          """
          Array.from(document.querySelectorAll("body *")).filter((e) =>
            e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1
            && !e.closest(".box, .vh, .skip, svg")).map((e) => e.outerHTML.slice(0, 80))
          """)
        #expect((out as? [String]) == [], "\(out ?? "")")
      }
    }

    @Test("Tab reaches every control in order, and the focus is seen")
    func tabs() throws {
      try withPage { page in
        let expected = try page.number(
          """
          window.wanted = Array.from(document.querySelectorAll(
            'a[href], button:not([disabled]), input, summary, [tabindex="0"]'))
            .filter((e) => e.checkVisibility({ visibilityProperty: true }));
          window.wanted.length
          """)
        #expect(expected > 60)
        var wrong: [String] = []
        for step in 0..<Int(expected) {
          try page.press("Tab", code: 9)
          let problem = try page.text(
            """
            (() => { const e = document.activeElement; const style = getComputedStyle(e);
            if (e !== window.wanted[\(step)]) return "\(step): " + e.outerHTML.slice(0, 90)
              + " for " + window.wanted[\(step)].outerHTML.slice(0, 90);
            if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2)
              return "no outline: " + e.outerHTML.slice(0, 90);
            const b = e.getClientRects()[0];
            return b && b.bottom > 0 && b.top < innerHeight ? "" : "out of sight: "
              + e.outerHTML.slice(0, 90); })()
            """)
          if !problem.isEmpty { wrong.append(problem) }
        }
        #expect(wrong.isEmpty, "\(wrong.prefix(5))")
      }
    }

    @Test("Landmarks, headings and tables can be read out")
    func structure() throws {
      try withPage { page in
        let faults = try page.evaluate(
          """
          (() => { const faults = [];
          for (const one of ["header", "nav", "main", "footer", "h1"])
            if (document.querySelectorAll("body " + one).length !== 1) faults.push(one);
          let level = 0;
          for (const h of document.querySelectorAll("h1, h2, h3, h4")) {
            const next = Number(h.tagName[1]);
            if (next > level + 1) faults.push("heading " + h.textContent);
            level = next;
          }
          for (const t of document.querySelectorAll("table")) {
            if (!t.caption || !t.caption.textContent.trim()) faults.push("table without caption");
            for (const th of t.querySelectorAll("th"))
              if (!th.scope || !th.textContent.trim()) faults.push("th " + th.outerHTML);
          }
          const ids = Array.from(document.querySelectorAll("[id]")).map((e) => e.id);
          if (new Set(ids).size !== ids.length) faults.push("ids");
          for (const e of document.querySelectorAll("[aria-labelledby], [aria-describedby]"))
            for (const name of ["aria-labelledby", "aria-describedby"])
              if (e.hasAttribute(name) && !document.getElementById(e.getAttribute(name)))
                faults.push(name + " " + e.getAttribute(name));
          for (const a of document.querySelectorAll('a[href^="#"]'))
            if (!document.getElementById(a.hash.slice(1))) faults.push(a.hash);
          return faults; })()
          """)
        #expect((faults as? [String]) == [], "\(faults ?? "")")
      }
    }

    @Test("Without JavaScript everything but the token map is there, and no dead control")
    func withoutScript() throws {
      let page = try Chromium(html: Self.html, width: 390, scripts: false)
      defer { page.close() }
      let seen = { (selector: String) in
        try page.number(
          """
          Array.from(document.querySelectorAll(\(Chromium.quoted(selector))))
            .filter((e) => e.checkVisibility()).length
          """)
      }
      #expect(try seen("#suite-1 .answers li") == 72)
      #expect(try seen(".panel") == 6)
      #expect(try seen("button, input, .readout, .map") == 0)
      #expect(try seen(".plot > svg") == 4)
      #expect(try seen(".tokens .no-js") == 1)
      #expect(try page.number("document.documentElement.scrollWidth") <= 390)
    }

    @Test("A page of thousands of items and a hundred thousand tokens opens in seconds")
    func large() throws {
      var results = Self.results
      let items = results.suites[0].items
      for _ in 0..<25 { results.suites[0].items += items }
      var text = results.suites[2].texts[0]
      for _ in 0..<5 {
        text.pieces += text.pieces
        text.positions += text.positions
        text.earlier += text.earlier
        text.surprisal = text.surprisal.mapValues { $0 + $0 }
      }
      results.suites[2].texts[0] = text
      let html = HTMLReport(results: results, figures: Self.figures).html()
      let page = try Chromium(html: html, width: 1280)
      defer { page.close() }
      // A second or two on an idle machine; layouts that grow with the square took five times as long.
      let opened = try page.number("performance.getEntriesByType('navigation')[0].loadEventEnd")
      #expect(opened > 0 && opened < 8000, "\(opened) ms")
      #expect(
        try page.text("document.querySelector('#suite-1 .found').textContent") == "1,872 items")
      #expect(try page.number("document.querySelectorAll('.map .t').length") == 400)
      try page.click("#suite-3-tokens-1 [data-go=next]")
      #expect(
        try page.text("document.querySelector('#suite-3-tokens-1 .where').textContent")
          == "Tokens 401–800 of 96,384")
    }

    @Test("Printed from a dark screen it is dark on white, and no table is cut off")
    func printed() throws {
      try withPage(width: 718, dark: true) { page in
        try page.click("#theme")
        try page.click("#theme")
        try page.call(
          "Emulation.setEmulatedMedia",
          [
            "media": "print",
            "features": [["name": "prefers-color-scheme", "value": "dark"]],
          ])
        #expect(
          try page.text("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)")
        #expect(try page.text("getComputedStyle(document.body).color") == "rgb(27, 33, 41)")
        let cut = try page.evaluate(
          """
          Array.from(document.querySelectorAll(".box")).filter((b) => b.checkVisibility()
            && b.firstElementChild.getBoundingClientRect().right > innerWidth + 1)
            .map((b) => b.textContent.trim().slice(0, 60))
          """)
        #expect((cut as? [String]) == [], "\(cut ?? "")")
        #expect(
          try page.number(
            "Array.from(document.querySelectorAll('button, input')).filter((e) => e.checkVisibility()).length"
          ) == 0)
      }
    }

    @Test("Figures on the page are those of its data")
    func figures() throws {
      try withPage { page in
        let wrong = try page.evaluate(
          """
          (() => { const data = JSON.parse(document.getElementById("data").textContent);
          const wrong = []; let seen = 0;
          for (const cell of document.querySelectorAll("[data-path]")) {
            const [suite, arm, metric, baseline] = cell.dataset.path.split("|");
            const figures = data.figures[Number(suite)];
            const value = baseline === undefined ? (figures.arms[arm] || {})[metric]
              : figures.comparisons.find((c) => c.arm === arm && c.metric === metric
                  && c.baseline === baseline).difference.mean;
            const text = (cell.querySelector("b") || cell).textContent.replace("\\u2212", "-");
            const share = metric !== "nll" && metric !== "perplexity";
            const digits = share ? 1 : metric === "nll" ? 3 : 2;
            const shown = parseFloat(text) / (share ? 100 : 1);
            const half = 0.5001 * 10 ** -digits / (share ? 100 : 1);
            if (value === undefined ? text !== "\\u2013" : !(Math.abs(shown - value) <= half))
              wrong.push(cell.dataset.path + ": " + text + " for " + value);
            seen += 1;
          }
          if (seen < 60) wrong.push("only " + seen);
          return wrong; })()
          """)
        #expect((wrong as? [String]) == [], "\(wrong ?? "")")
      }
    }
  }
#endif
