import Foundation
import Generation
import ModelFiles
import Synchronization
import TestSupport
import Testing

@Suite("Hostile templates neither crash nor hang nor eat memory") struct JinjaSafetyTests {
  /// What becomes of a template: nil for an error.
  private static func outcome(
    _ text: String, limits: JinjaLimits = JinjaLimits()
  ) -> Result<Int, JinjaError> {
    do throws(JinjaError) {
      let template = try JinjaTemplate(text, limits: limits)
      let list = JinjaValue.list([.text("a"), .text("b"), .text("c")])
      return .success(
        try template.render(["l": list, "s": .text("text")], clock: JinjaFixture.clock).text.count)
    } catch {
      return .failure(error)
    }
  }

  /// Runs on a stack as small as the smallest that a thread gets on the supported systems.
  private static func onSmallStack<Value: Sendable>(
    _ body: @escaping @Sendable () -> Value
  ) -> Value? {
    let result = Mutex<Value?>(nil)
    let finished = DispatchSemaphore(value: 0)
    let thread = Thread {
      let value = body()
      result.withLock { $0 = value }
      finished.signal()
    }
    thread.stackSize = 512 << 10
    thread.start()
    finished.wait()
    return result.withLock { $0 }
  }

  private static func times(_ text: String, _ count: Int) -> String {
    String(repeating: text, count: count)
  }

  /// Templates that nest as deep as they can, most of them deeper than allowed.
  static let deep: [String] = [10, 39, 70, 79, 200, 1000, 50_000].flatMap {
    brackets($0) + chains($0) + statements($0) + values($0)
  }

  private static func brackets(_ n: Int) -> [String] {
    var cases: [String] = []
    for (open, close) in [
      ("(", ")"), ("[", "]"), ("{1: ", "}"), ("s[", "]"), ("s(", ")"), ("s | default(", ")"),
      ("s is in [", "]"), ("(", ""), ("[", ""), ("{", ""),
    ] {
      cases.append("{{ " + times(open, n) + "1" + times(close, n) + " }}")
    }
    return cases
  }

  private static func chains(_ n: Int) -> [String] {
    var cases: [String] = []
    for prefix in ["-", "not ", "1 if 0 else ", "1 ** "] {
      cases.append("{{ " + times(prefix, n) + "1 }}")
    }
    for link in [
      " if 1", " + 1", " ~ 1", " < 2", ".x", "[0]", " | upper", "()", " or s", " and s", " * 1",
      " is defined", "[1:]",
    ] {
      cases.append("{{ s" + times(link, n) + " }}")
    }
    cases.append("{{ " + times("((((1", n / 4) + times(" + 1) + 1) + 1) + 1)", n / 4) + " }}")
    return cases
  }

  private static func statements(_ n: Int) -> [String] {
    var cases: [String] = []
    for (open, close) in [
      ("{% if s %}", "{% endif %}"), ("{% if s %}", ""), ("{% for x in l[:1] %}", "{% endfor %}"),
      ("{% set x %}", "{% endset %}"), ("{% macro m() %}", "{% endmacro %}"),
      ("{% with a = 1 %}", "{% endwith %}"), ("{% generation %}", "{% endgeneration %}"),
      ("{% filter upper %}", "{% endfilter %}"), ("{% call s() %}", "{% endcall %}"),
    ] {
      cases.append(times(open, n) + "x" + times(close, n))
    }
    cases.append("{% set " + times("(", n) + "a" + times(")", n) + " = 1 %}")
    cases.append("{% if 0 %}" + times("{% elif 0 %}", n) + "{% endif %}")
    return cases
  }

  /// Values and calls within each other while the template runs.
  private static func values(_ n: Int) -> [String] {
    let loop = "{% for i in range(\(n)) %}"
    return [
      """
      {% set ns = namespace(x=[]) %}\(loop){% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}\
      {{ ns.x | tojson }}{{ ns.x == [ns.x] }}
      """,
      """
      {% set ns = namespace(x={}) %}\(loop){% set ns.x = {'a': ns.x} %}{% endfor %}{{ ns.x }}
      """,
      """
      {% macro m(n) %}{% if n %}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(\(n)) }}
      """,
      """
      {% macro m(n) %}{% if n %}{% call m(n - 1) %}{{ [[[[n]]]] }}{% endcall %}{% endif %}\
      {{ caller() if caller }}{% endmacro %}{{ m(\(n)) }}
      """,
      """
      {% macro m(n) %}{{ (1 + (2 * (m(n - 1) | length if n else 0))) | default(1) }}{% endmacro %}\
      {{ m(\(n)) }}
      """,
      """
      {% for n in [\(n)] recursive %}{{ loop([n - 1]) if n }}{% endfor %}
      """,
      """
      {% set ns = namespace(x='1') %}\(loop){% set ns.x = '[' ~ ns.x ~ ']' %}{% endfor %}\
      {{ ns.x | fromjson }}
      """,
    ]
  }

  @Test func deepNestingEndsInErrors() throws {
    let refused = try #require(
      Self.onSmallStack {
        Self.deep.count { if case .failure = Self.outcome($0) { true } else { false } }
      })
    #expect(refused > Self.deep.count / 2)
    #expect(refused < Self.deep.count)
  }

  @Test func whatPeopleWriteIsNotTooDeep() throws {
    for text in [
      "{{ \(Self.times("(", 60))1\(Self.times(")", 60)) }}", "{{ 1\(Self.times(" + 1", 150)) }}",
      Self.times("{% if s %}", 40) + "x" + Self.times("{% endif %}", 40),
      "{% macro m(n) %}{% if n %}{% for x in [1] %}{{ m(n - 1) }}{% endfor %}{% endif %}"
        + "{% endmacro %}{{ m(12) }}",
    ] {
      #expect(throws: Never.self) { try JinjaTemplate(text).render(["s": .text("x")]) }
    }
  }

  /// Templates that would never end or need more memory than there is.
  static let greedy: [String] = #"""
    {% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}\#
    x{% endfor %}{% endfor %}{% endfor %}
    {% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}\#
    {% endfor %}
    {% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}\#
    {% endfor %}
    {% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}\#
    {% endfor %}
    {% set ns = namespace(x=[1]) %}{% for i in range(30) %}{% set ns.x = [ns.x, ns.x] %}\#
    {% endfor %}{{ ns.x }}
    {% set ns = namespace(x=[1]) %}{% for i in range(30) %}{% set ns.x = [ns.x, ns.x] %}\#
    {% endfor %}{{ ns.x | tojson }}
    {% set ns = namespace(x=[1], y=[1]) %}{% for i in range(30) %}\#
    {% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}
    {{ 'x' * 1000000000000 }}
    {{ [1] * 100000000000 }}
    {{ 'x' * 9223372036854775807 }}
    {{ range(100000000000) }}
    {{ range(-9223372036854775807, 9223372036854775807) }}
    {{ 10 ** 100 }}
    {{ 2 ** 9223372036854775807 }}
    {{ 9223372036854775807 + 1 }}
    {{ -9223372036854775807 - 2 }}
    {{ (-9223372036854775807 - 1) // -1 }}
    {{ (-9223372036854775807 - 1) | abs }}
    {{ -(-9223372036854775807 - 1) }}
    {{ 99999999999999999999 }}
    {{ 1e999 | int }}{{ 1e300 | int }}
    {% set x = 'a' * 4000000 %}{{ x | replace('', x) }}
    {{ ('a' * 8000000) | e | e | e }}
    {% set x = '<' * 3000000 %}{{ x | e | e | e | e }}
    {% set x = 'a' * 3000000 %}{{ x.join(['a'] * 100000) }}
    {% set x = ('a' * 2000000) ~ 'b' %}{% for i in range(9999) %}{{ x in ('a' * 4000000) }}\#
    {% endfor %}
    {{ ('a\n' * 100000) | indent(1000000) }}
    {{ [[[1]]] | tojson(indent=8000000) }}
    {{ 'x' | indent(9223372036854775807, true) }}
    {{ [1] | batch(99999999999, 1) | list }}
    {{ [1] | slice(99999999999) | list }}
    {% set x = ['a' * 100000] * 100000 %}{{ x | sort | length }}
    {{ range(99999) | map('string') | unique | list | length }}
    {% set x = 'a' * 1000000 %}{{ ([x] * 100000) | map('upper') | list | length }}
    {{ ('a ' * 4000000).split() | length }}
    {{ ('a' * 8000000) | list | length }}
    {% for a in 'a' * 250000 %}{% for b in 'a' * 250000 %}{% endfor %}{% endfor %}
    {% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}
    {% set ns = namespace() %}{% set ns.x = [ns] %}{{ ns }}
    {% set ns = namespace() %}{% macro m() %}{% endmacro %}{% set ns.m = m %}
    {% set ns = namespace(c=1) %}{% for i in range(99999) %}{% set ns.c = cycler(ns.c) %}\#
    {% endfor %}
    {% for x in [1] recursive %}{{ loop([x]) }}{% endfor %}
    {% for x in range(50) recursive %}{{ x }}{{ loop(range(50)) if loop.depth < 9 }}{% endfor %}
    {% set ns = namespace(x='ab') %}{% for x in [1] recursive %}{% set ns.x = ns.x * 2 %}\#
    {{ ns.x }}{{ loop([1, 1]) if loop.depth < 60 }}{% endfor %}
    {{ '%99999999999d' % 1 }}
    {{ '%9223372036854775808d' % 1 }}
    {{ '%.99999999999f' % 1 }}
    {{ '%*d' % (9223372036854775807, 1) }}
    {{ '%*d' % (-9223372036854775807, 1) }}
    {% for i in range(99999) %}{{ '%4000000d' % i }}{% endfor %}
    {% for i in range(99999) %}{{ '%.4000000f' % 1.5 }}{% endfor %}
    {{ ('%s' * 1000000) % ((('a' * 100),) * 200000) }}
    {{ '%d' % 1e300 }}
    {{ '%s' | format('x' * 8000000) }}
    {{ ('[' * 1000000) | fromjson }}
    {{ ('[' * 100 ~ ']' * 100) | fromjson }}
    {{ ('{"a":' * 1000000) | fromjson }}
    {{ '99999999999999999999' | fromjson }}
    {{ ('[' ~ '1,' * 999999 ~ '1]') | fromjson }}
    {% set x = '[' ~ '1,' * 99999 ~ '1]' %}{% for i in range(99999) %}\#
    {% set y = x | fromjson %}{% endfor %}
    {% set x = range(99999) | list %}{% for i in x %}{{ x | groupby(0) }}{% endfor %}
    {% set x = ['a' * 100000] * 100000 %}{{ x | groupby(0) }}
    {% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}
    {% set d = dict() %}{% for i in range(99999) %}{% set d = dict(d, a=i) %}\#
    {{ dict(d, b=d) }}{% endfor %}{% set ns = namespace(d={}) %}{% for i in range(99999) %}\#
    {% set ns.d = dict(ns.d, **{i | string: 1}) %}{% endfor %}
    {% set x = 'ab' * 2000000 %}{% for i in range(99999) %}{{ x.count('b') }}{% endfor %}
    {% set x = 'ab' * 2000000 %}{% for i in range(99999) %}{% if x == x ~ '' %}{% endif %}\#
    {% endfor %}
    {% set x = 'ab' * 2000000 %}{% for i in range(99999) %}{% set y = x[::-1] %}{% endfor %}
    {% set x = 'ab' * 2000000 %}{% for i in range(99999) %}{% set y = x[::2000000] %}\#
    {% endfor %}
    {% set x = 'ab' * 2000000 %}{% for i in range(99999) %}{% set y = x | length %}\#
    {{ x | trim }}{% endfor %}
    {% set x = range(99999) | list %}{% for i in x %}{% if i in x %}{% endif %}{% endfor %}
    {% set x = range(99999) | map('string') %}{% for i in range(99999) %}{{ x | first }}\#
    {% endfor %}{% for i in range(99999) %}{{ l[1:] }}{% for j in range(99) %}{% endfor %}\#
    {% endfor %}
    {% set x = 'a' * 1000000 %}{% set d = {x ~ 'b': 1, x ~ 'c': 2} %}{% set y = x ~ 'd' %}\#
    {% for i in range(99999) %}{% if y in d %}{% endif %}{{ d[y] }}{{ d.get(y) }}{% endfor %}
    {% set x = 'a' * 1000000 %}{% for i in range(99999) %}{{ 'b'.strip(x) }}{% endfor %}
    {% set x = 'a' * 1000000 %}{% for i in range(99999) %}{{ x is lower }}{% endfor %}
    {% set x = '1' * 1000000 %}{% for i in range(99999) %}{{ x | int }}{{ x | float }}{% endfor %}
    {% set x = 'a' * 1000000 %}{% for i in range(99999) %}{{ l[x] }}{{ s[x] }}{% endfor %}
    {% set x = 'a' * 1000000 %}{% for i in range(99999) %}{{ dict(**{x: 1}) }}{% endfor %}
    """#.split(separator: "\n").map(String.init)

  @Test func greedEndsInErrors() throws {
    let clock = ContinuousClock()
    var limits = JinjaLimits()
    let parameters = (0..<20_000).map { "p\($0)" }
    let long =
      "{% macro m(" + parameters.joined(separator: ", ") + ") %}{% endmacro %}"
      + "{% for i in range(99999) %}{{ m(p19999=1) }}{% endfor %}"
    let name = Self.times("n", 200_000)
    let names = "{% for i in range(99999) %}{{ \(name) }}{{ l.\(name) }}{% endfor %}"
    for (index, text) in (Self.greedy + [long, names]).enumerated() {
      // The first one with all it may have; less is enough for the others and takes less time.
      if index == 1 { limits.work /= 4 }
      let start = clock.now
      if case .success(let count) = Self.outcome(text, limits: limits) {
        Issue.record("\(text.prefix(200).debugDescription) gave \(count) characters")
      }
      let time = clock.now - start
      #expect(time < .seconds(30), "\(text.prefix(200).debugDescription) took \(time)")
    }
  }

  @Test func slicesOfAnyStep() throws {
    let ends = ["", "0", "1", "-1", "9223372036854775807", "-9223372036854775807 - 1"]
    for start in ends {
      for stop in ends {
        for step in ends where step != "0" {
          _ = Self.outcome("{{ s[\(start):\(stop):\(step)] }}{{ l[\(start):\(stop):\(step)] }}")
        }
      }
    }
    #expect(
      try JinjaTemplate("{{ s[5:-9223372036854775807:-9223372036854775807] }}")
        .render(["s": .text("abcdef")]).text == "f")
  }

  @Test func aTemplateIsNotLong() {
    guard case .failure(.limit) = Self.outcome(Self.times("a", 600_000)) else {
      Issue.record("600 kB were taken")
      return
    }
  }

  @Test func errorsSayWhatAndWhereButNotWhatUsersSay() throws {
    func error(_ text: String) -> JinjaError? {
      if case .failure(let error) = Self.outcome(text) { error } else { nil }
    }
    #expect(
      error("a\n\n{% if x %}b")
        == .syntax(
          line: 3, what: "the end of the template stands here",
          expected: "'{% elif %}' or '{% else %}' or '{% endif %}'"))
    #expect(error("\n{{ s | urlize }}") == .unsupported(line: 2, feature: "the filter 'urlize'"))
    #expect(error("{% include 'x' %}") == .unsupported(line: 1, feature: "'{% include %}'"))
    #expect(error("\n\n{{ raise_exception('no ' ~ 1) }}") == .raised(line: 3, message: "no 1"))
    let template = try JinjaTemplate("{{ raise_exception('role ' ~ m ~ '!') }}")
    let secret = JinjaValue.string(JinjaString("secret", origin: 0))
    #expect(throws: JinjaError.raised(line: 1, message: "role !")) {
      try template.render(["m": secret])
    }
    let explanation = try #require(error("{{ 1 / 0 }}")).explanation
    #expect(explanation.what == "a number is divided by zero")
    #expect(explanation.location == "the chat template, line 1")
  }

  /// Templates with random damage: each is rendered or refused, soon.
  @Test func damagedTemplatesAreRenderedOrRefused() throws {
    let fixture = try JinjaFixture.load()
    let sources =
      fixture.templates.map(\.template) + fixture.language.map(\.template).filter { $0.count > 20 }
    let pieces = [
      "{{", "}}", "{%", "%}", "{#", "#}", "-", "(", ")", "[", "]", "{", "}", "|", ".", ",", ":",
      "'",
      "\"", "\\", " if ", " else ", " for ", " in ", " not ", " is ", "loop.", "messages", " set ",
      "endfor", "0", "9", "-1", "**", "//", "~", "\n", "\u{1F999}", "none", "namespace(", "range(",
      "join", "split", "tojson", "| fromjson", "| groupby('role')",
      " recursive ", "loop(", "'%5.2f'", " % ", "| format(", "['content']", "* 99999", "[::-1]",
      "| list", "caller()",
    ]
    var limits = JinjaLimits()
    limits.work = 60_000
    let messages = fixture.conversations[4].messages
    var random = TestRandom(seed: 7)
    var rendered = 0
    let clock = ContinuousClock()
    var slowest = Duration.zero
    for round in 0..<4000 {
      var text = Array(sources[round % sources.count].unicodeScalars)
      for _ in 0..<(1 + Int(random.next() % 4)) where !text.isEmpty {
        let place = Int(random.next() % UInt64(text.count))
        let piece = Array(pieces[Int(random.next() % UInt64(pieces.count))].unicodeScalars)
        let end = min(text.count, place + Int(random.next() % 12))
        switch random.next() % 4 {
        case 0: text.insert(contentsOf: piece, at: place)
        case 1: text.removeSubrange(place..<end)
        case 2: text.replaceSubrange(place..<end, with: piece)
        default: text.insert(contentsOf: Array(text[place..<end]), at: place)
        }
      }
      let start = clock.now
      do throws(JinjaError) {
        let template = try JinjaTemplate(
          String(String.UnicodeScalarView(text)), limits: limits)
        _ = try template.render(
          [
            "messages": messages, "tools": fixture.tools.value(),
            "add_generation_prompt": .bool(true),
          ],
          clock: JinjaFixture.clock)
        rendered += 1
      } catch {
        #expect(!error.explanation.what.isEmpty)
      }
      slowest = max(slowest, clock.now - start)
    }
    #expect(rendered > 200 && rendered < 3900, "\(rendered) of 4000 still render")
    #expect(slowest < .seconds(10), "\(slowest)")
  }
}
