#if os(Linux)
  import MnemeEvaluation
  import Foundation
  import Testing

  /// The page on a telephone, 390 pixels wide.
  extension ReportBrowserTests {
    private static let map = "#suite-3-tokens-1 .map"

    @Test("The page itself never scrolls sideways, and what is wide scrolls in its own box")
    func sideways() throws {
      try withPage(width: 390) { page in
        try page.evaluate(
          """
          document.querySelectorAll("details").forEach((d) => { d.open = true; });
          scrollTo(1000, 0);
          new Promise((done) => setTimeout(done, 200))
          """)
        #expect(try page.number("scrollX") == 0)
        #expect(try page.number("document.documentElement.scrollWidth") <= 390)
        #expect(
          try page.number(
            "Array.from(document.querySelectorAll('.box')).filter((b) => b.scrollWidth > b.clientWidth + 1).length"
          ) > 5)
      }
    }

    @Test("A table says that it scrolls while there is something to scroll, and only then")
    func hint() throws {
      // Whether hint and shade are seen on each table, beside whether there is more to the right.
      let wrong = """
        Array.from(document.querySelectorAll(".frame")).filter((f) => f.checkVisibility())
          .filter((f) => { const box = f.querySelector(".box");
            const more = box.scrollWidth - box.clientWidth - box.scrollLeft > 1;
            const hint = f.querySelector(".hint");
            const says = !!hint && hint.textContent.startsWith("scroll")
              && hint.checkVisibility({ visibilityProperty: true });
            const shade = getComputedStyle(f, "::after").opacity === "1";
            return says !== more || shade !== more; })
          .map((f) => f.textContent.trim().slice(0, 60))
        """
      let settle = "new Promise((done) => setTimeout(done, 400))"
      try withPage(width: 390) { page in
        try page.evaluate(settle)
        #expect(try page.number("document.querySelectorAll('.hint').length") > 3)
        #expect((try page.evaluate(wrong) as? [String]) == [])
        try page.evaluate(
          "document.querySelectorAll('.box').forEach((b) => { b.scrollLeft = 1e5; }); \(settle)")
        #expect((try page.evaluate(wrong) as? [String]) == [])
        try page.evaluate(
          "document.querySelectorAll('.box').forEach((b) => { b.scrollLeft = 0; }); \(settle)")
        #expect((try page.evaluate(wrong) as? [String]) == [])
        // A wide window has room for all of them.
        try page.size(width: 2400, height: 900)
        try page.evaluate(settle)
        #expect((try page.evaluate(wrong) as? [String]) == [])
        #expect(
          try page.number(
            "Array.from(document.querySelectorAll('.hint')).filter((h) => h.checkVisibility()).length"
          ) == 0)
      }
    }

    @Test("The figures of a tapped token open below its line and cover no token")
    func panel() throws {
      try withPage(width: 390) { page in
        for place in [0, 7, 61, 200, 399] {
          // A token that stands on one line, so that its middle is on it.
          let index = try page.number(
            """
            (() => { const spans = Array.from(document.querySelectorAll("\(Self.map) .t"));
            for (let i = \(place); i >= 0; i -= 1)
              if (spans[i].getClientRects().length === 1) return i;
            return 0; })()
            """)
          try page.click("\(Self.map) .t:nth-of-type(\(Int(index) + 1))")
          let faults = try page.evaluate(
            """
            (() => { const map = document.querySelector("\(Self.map)");
            const panel = map.closest(".tokens").querySelector(".readout");
            const spans = Array.from(map.querySelectorAll(".t"));
            const token = spans[\(Int(index))];
            const box = panel.getBoundingClientRect();
            const faults = [];
            if (!panel.textContent.includes("position")) faults.push("says nothing");
            if (token.getAttribute("aria-selected") !== "true") faults.push("not chosen");
            const own = Array.from(token.getClientRects()).pop();
            if (box.top < own.bottom - 4 || box.top > own.bottom + 40)
              faults.push("not below its line: " + box.top + " " + own.bottom);
            // Nothing lies under it.
            for (const other of spans) for (const r of other.getClientRects()) {
              if (r.width > 0 && r.top < box.bottom - 4 && r.bottom > box.top + 4
                && r.left < box.right && r.right > box.left)
                faults.push("covers " + other.textContent);
            }
            if (own.top < 0 || box.bottom > innerHeight) faults.push("out of sight: " + own.top
              + " to " + box.bottom);
            const style = getComputedStyle(panel).position;
            if (style === "sticky" || style === "fixed") faults.push(style);
            return faults; })()
            """)
          #expect((faults as? [String]) == [], "token \(place): \(faults ?? "")")
        }
        // A second tap closes it, and a wide window has it below the map again.
        let inside = "document.querySelector('\(Self.map) .readout') !== null"
        #expect(try page.evaluate(inside) as? Bool == true)
        try page.click("\(Self.map) .t:nth-of-type(400)")
        #expect(try page.evaluate(inside) as? Bool == false)
        try page.click("\(Self.map) .t:nth-of-type(400)")
        #expect(try page.evaluate(inside) as? Bool == true)
        try page.size(width: 1280, height: 900)
        try page.evaluate("new Promise((done) => setTimeout(done, 200))")
        #expect(try page.evaluate(inside) as? Bool == false)
      }
    }

    @Test("Keys move on with the figures open, page by page, too")
    func panelKeys() throws {
      try withPage(width: 390) { page in
        try page.click("\(Self.map) .t:nth-of-type(6)")
        for _ in 0..<3 { try page.press("ArrowRight", code: 39) }
        let chosen = """
          Array.from(document.querySelectorAll("\(Self.map) .t"))
            .findIndex((t) => t.getAttribute("aria-selected") === "true")
          """
        #expect(try page.number(chosen) == 8)
        try page.press("PageDown", code: 34)
        #expect(try page.number("document.querySelectorAll('\(Self.map) .t').length") == 400)
        #expect(try page.number(chosen) == 8)
        #expect(
          try page.text("document.querySelector('\(Self.map) .readout').textContent")
            .contains("position 409,"))
      }
    }

    @Test("Charts are as wide as the page at any width, and their text keeps its size")
    func charts() throws {
      for width in [390, 1280] {
        try withPage(width: width) { page in
          let faults = try page.evaluate(
            """
            (() => { const faults = [];
            const main = document.querySelector("main");
            const style = getComputedStyle(main);
            const room = main.clientWidth - parseFloat(style.paddingLeft)
              - parseFloat(style.paddingRight);
            for (const group of document.querySelectorAll(".charts")) {
              const charts = Array.from(group.querySelectorAll(".chart"));
              const right = Math.max(...charts.map((c) => c.getBoundingClientRect().right));
              const left = Math.min(...charts.map((c) => c.getBoundingClientRect().left));
              if (right - left < room - 2) faults.push("narrow: " + (right - left) + " of " + room);
            }
            for (const chart of document.querySelectorAll(".chart")) {
              const texts = Array.from(chart.querySelectorAll("svg text"))
                .filter((t) => t.checkVisibility()).map((t) => t.getBoundingClientRect());
              for (const box of texts) if (box.height < 12 || box.height > 24)
                faults.push("text " + box.height);
              texts.forEach((a, i) => texts.slice(i + 1).forEach((b) => {
                if (a.left < b.right && b.left < a.right && a.top < b.bottom - 2
                  && b.top < a.bottom - 2) faults.push("labels overlap in " + chart.id);
              }));
              const box = chart.getBoundingClientRect();
              if (texts.some((t) => t.right > box.right + 1 || t.left < box.left - 1))
                faults.push("label sticks out of " + chart.id);
            }
            return faults; })()
            """)
          #expect((faults as? [String]) == [], "\(width): \(faults ?? "")")
        }
      }
    }
  }
#endif
