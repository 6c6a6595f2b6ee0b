#if os(Linux)
  import MnemeEvaluation
  import Foundation
  import Testing

  extension ReportBrowserTests {
    @Test("Arrow keys move in the token map, and the readout tells the token's figures")
    func tokenKeys() throws {
      try withPage { page in
        try page.evaluate(
          """
          window.map = document.querySelector("#suite-3-tokens-1 .map");
          window.owner = map.closest(".tokens");
          window.readout = owner.querySelector(".readout");
          window.place = () => Array.from(map.children).indexOf(document.activeElement);
          map.firstElementChild.focus();
          """)
        #expect(try page.number("map.children.length") == 400)
        let text = Self.results.suites[2].texts[0]
        #expect(try page.text("map.children[40].textContent") == "</script>")
        for _ in 0..<3 { try page.press("ArrowRight", code: 39) }
        #expect(try page.number("place()") == 3)
        let readout = try page.text("readout.textContent")
        #expect(readout.contains("position 4,"))
        for arm in ["neural", "detached"] {
          let value = try #require(text.surprisal[arm]?[3])
          let shown = String(format: "%.2f nats", value)
          #expect(readout.contains("\(arm) \(shown)"), "\(readout)")
        }
        try page.press("ArrowLeft", code: 37)
        #expect(try page.number("place()") == 2)
        #expect(try page.text("readout.textContent") != readout)
        // Down goes to another line, and up comes back to the first.
        let top = "document.activeElement.getClientRects()[0].top - map.getBoundingClientRect().top"
        let first = try page.number(top)
        try page.press("ArrowDown", code: 40)
        #expect(try page.number(top) > first + 10)
        try page.press("ArrowUp", code: 38)
        #expect(abs(try page.number(top) - first) < 2)
        try page.press("End", code: 35)
        #expect(try page.number("place()") == 399)
        try page.press("ArrowRight", code: 39)
        #expect(try page.number("place()") == 0)
        #expect(
          try page.text("owner.querySelector('.where').textContent") == "Tokens 401–800 of 3,012")
        try page.press("PageUp", code: 33)
        #expect(
          try page.text("owner.querySelector('.where').textContent") == "Tokens 1–400 of 3,012")
        // One token only is in the tab order.
        #expect(try page.number("map.querySelectorAll('[tabindex=\"0\"]').length") == 1)
      }
    }

    @Test("The buttons of the token map choose arm, colours and page")
    func tokenButtons() throws {
      try withPage { page in
        let owner = "#suite-3-tokens-1"
        let classes =
          "Array.from(document.querySelectorAll('\(owner) .map .t')).map((t) => t.className).join()"
        let neural = try page.text(classes)
        try page.click("\(owner) [data-action=arm] [data-value=episodic]")
        let episodic = try page.text(classes)
        #expect(neural != episodic)
        #expect(
          try page.text(
            "document.querySelector('\(owner) [data-action=arm] [aria-pressed=true]').dataset.value"
          )
            == "episodic")
        // Classes are those of the data: a token is blue just where the memory saved nats.
        let text = Self.results.suites[2].texts[0]
        let plain = try #require(text.surprisal["detached"])
        let own = try #require(text.surprisal["episodic"])
        let wanted = (0..<400).map { index -> String in
          let gain = plain[index] - own[index]
          let level = [0.01, 0.25, 1, 3].count { abs(gain) + 1e-4 >= $0 }
          let low = [0.01, 0.25, 1, 3].count { abs(gain) - 1e-4 >= $0 }
          guard level == low else { return "?" }
          return level == 0 ? "t" : "t \(gain > 0 ? "h" : "x")\(level)"
        }
        let shown = episodic.split(separator: ",").map(String.init)
        #expect(shown.count == 400)
        #expect(zip(wanted, shown).allSatisfy { $0 == "?" || $0 == $1 })
        #expect(Set(wanted).count >= 5)
        try page.click("\(owner) [data-action=mode] [data-value=surprise]")
        #expect(try page.text(classes).contains("t s4"))
        #expect(!(try page.text(classes)).contains("t h"))
        try page.click("\(owner) [data-go=next]")
        #expect(try page.number("document.querySelectorAll('\(owner) .map .t').length") == 400)
        #expect(
          try page.text("document.querySelector('\(owner) .where').textContent")
            == "Tokens 401–800 of 3,012")
        try page.click("\(owner) [data-go=helped]")
        let best = try #require(plain.indices.max { plain[$0] - own[$0] < plain[$1] - own[$1] })
        let readout = try page.text("document.querySelector('\(owner) .readout').textContent")
        #expect(readout.contains(String(format: "%.2f nats", own[best])), "\(readout)")
        #expect(readout.contains("seen") && readout.contains("position"))
      }
    }

    @Test("Arm buttons change the heat map")
    func heatMap() throws {
      try withPage { page in
        let shown = """
          Array.from(document.querySelectorAll("#suite-1 .panel")).filter((p) => !p.hidden)
            .map((p) => p.dataset.panel + ":" + Array.from(p.querySelectorAll("td"))
              .map((c) => c.textContent).join()).join("|")
          """
        let cells = Self.figures[0].cells
        for arm in ["neural", "full-context", "detached"] {
          try page.click("#suite-1 .switch button[data-value='\(arm)']")
          let wanted = cells.map { cell in
            String(format: "%.0f", (cell.means[arm]?[.contains] ?? .nan) * 100)
          }
          #expect(try page.text(shown) == "\(arm):\(wanted.joined(separator: ","))")
        }
      }
    }

    @Test("The filter of answers shows what was won, lost and wrong; the search finds words")
    func answers() throws {
      try withPage { page in
        let owner = "#suite-1 .answers"
        let visible = "document.querySelectorAll('\(owner) li:not([hidden])').length"
        let found = "document.querySelector('\(owner) .found').textContent"
        #expect(try page.number(visible) == 10)
        #expect(try page.text(found) == "72 items")
        let items = Self.results.suites[0].items
        for (place, arm) in ["neural", "episodic"].enumerated() {
          try page.click("\(owner) [data-action=versus] [data-value='\(place)']")
          var counts = ["won": 0, "lost": 0, "both": 0]
          for item in items {
            let own = item.arms[arm]?.contains ?? .nan
            let plain = item.arms["detached"]?.contains ?? .nan
            if own > plain { counts["won", default: 0] += 1 }
            if own < plain { counts["lost", default: 0] += 1 }
            if own == 0, plain == 0 { counts["both", default: 0] += 1 }
          }
          for (kind, count) in counts {
            try page.click("\(owner) [data-action=filter] [data-value=\(kind)]")
            #expect(try page.text(found) == "\(count) of 72 items")
            #expect(try page.number(visible) == Double(min(count, 10)))
            #expect(
              try page.text(
                "document.querySelector('\(owner) [data-action=filter] [aria-pressed=true]').textContent"
              ).hasSuffix("(\(count))"))
          }
        }
        try page.click("\(owner) [data-action=filter] [data-value=all]")
        try page.click("\(owner) .pager [data-go=next]")
        #expect(
          try page.text("document.querySelector('\(owner) li:not([hidden]) .no').textContent")
            == "11")
        let name = try #require(items[30].answers?.first)
        try page.click("\(owner) input")
        try page.call("Input.insertText", ["text": name.uppercased()])
        let matching = items.count { item in
          (item.answers ?? []).contains { $0.lowercased().contains(name.lowercased()) }
            || item.arms.values.contains {
              $0.text?.lowercased().contains(name.lowercased()) == true
            }
        }
        #expect(try page.text(found) == "\(matching) of 72 items")
      }
    }

    @Test("Charts have a readout for keys and pointer")
    func chartReadout() throws {
      try withPage { page in
        let chart = "#suite-3-text-1-positions"
        let ranges = Self.figures[2].texts[0].positions
        try page.evaluate("document.querySelector('\(chart) .plot').focus()")
        for _ in 0..<2 { try page.press("ArrowRight", code: 39) }
        let text = try page.text(
          "document.querySelector('\(chart) .plot').getAttribute('aria-valuetext')")
        #expect(text == (try page.text("document.querySelector('\(chart) .readout').textContent")))
        for arm in ["neural", "episodic", "detached", "wrong-memory"] {
          let value = try #require(ranges[1].nll[arm])
          #expect(text.contains("\(arm) \(String(format: "%.3f", value))"), "\(text)")
        }
        try page.press("End", code: 35)
        let last = try page.text("document.querySelector('\(chart) .readout').textContent")
        let value = try #require(ranges.last?.nll["neural"])
        #expect(last.contains(String(format: "%.3f", value)), "\(last)")
      }
    }

    @Test("Every text can be read in both schemes", arguments: [false, true])
    func contrast(dark: Bool) throws {
      try withPage(dark: dark) { page in
        let background = try page.text("getComputedStyle(document.body).backgroundColor")
        #expect(background == (dark ? "rgb(19, 23, 28)" : "rgb(250, 250, 248)"))
        for mode in ["change", "surprise"] {
          try page.click("#suite-3-tokens-1 [data-value=\(mode)]")
          let faults = try page.evaluate(Self.contrastScript)
          #expect((faults as? [String]) == [], "\(faults ?? "")")
        }
        // The button overrides the system: automatic, light, dark.
        try page.click("#theme")
        let light = try page.text("getComputedStyle(document.body).backgroundColor")
        try page.click("#theme")
        let night = try page.text("getComputedStyle(document.body).backgroundColor")
        #expect(light == "rgb(250, 250, 248)")
        #expect(night == "rgb(19, 23, 28)")
        try page.click("#theme")
        #expect(try page.text("getComputedStyle(document.body).backgroundColor") == background)
      }
    }

    /// Texts whose contrast with what is behind them is below 4.5 to 1 (WCAG 2.2, 1.4.3).
    private static let contrastScript = """
      (() => {
      document.querySelectorAll("details").forEach((d) => { d.open = true; });
      const canvas = document.createElement("canvas"); canvas.width = canvas.height = 1;
      const pen = canvas.getContext("2d", { willReadFrequently: true });
      const known = new Map();
      const rgba = (color) => {
        if (!known.has(color)) {
          pen.clearRect(0, 0, 1, 1); pen.fillStyle = color; pen.fillRect(0, 0, 1, 1);
          known.set(color, Array.from(pen.getImageData(0, 0, 1, 1).data));
        }
        return known.get(color);
      };
      const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
        .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
      const behind = (e) => {
        for (let at = e; at; at = at.parentElement) {
          const color = rgba(getComputedStyle(at).backgroundColor);
          if (color[3] === 255) return color;
          if (color[3] !== 0) return [128, 128, 128, 255];
        }
        return [255, 255, 255, 255];
      };
      const faults = []; let seen = 0;
      for (const e of document.querySelectorAll("body *")) {
        if (!e.checkVisibility() || e.closest(".vh, script, style")) continue;
        if (!Array.from(e.childNodes).some((n) => n.nodeType === 3 && n.data.trim())) continue;
        const style = getComputedStyle(e);
        const front = rgba(e.namespaceURI.endsWith("svg") ? style.fill : style.color);
        const a = light(front), b = light(behind(e));
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        seen += 1;
        if (ratio < 4.5) faults.push(e.className + " " + e.textContent.slice(0, 30) + " "
          + ratio.toFixed(2) + " " + front + " on " + behind(e));
      }
      if (seen < 1000) faults.push("only " + seen);
      return faults.slice(0, 12); })()
      """
  }
#endif
