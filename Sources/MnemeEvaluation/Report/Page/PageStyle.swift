/// The page's style sheet.
enum PageStyle {
  /// All of it.
  static let text = """
    :root { color-scheme: light; \(light) }
    @media screen and (prefers-color-scheme: dark) {
    :root:not([data-theme="light"]) { color-scheme: dark; \(dark) }
    }
    @media screen { :root[data-theme="dark"] { color-scheme: dark; \(dark) } }
    \(base)\(tables)\(charts)\(tokens)\(answers)\(print)
    """

  private static let light = """
    --page: #fafaf8; --surface: #ffffff; --sunken: #f2f3f1; --text: #1b2129; --muted: #59626d;
    --line: #dcdfe2; --strong: #aab1b9; --accent: #1a57a8; --focus: #1a57a8;
    --better: #15549f; --better-bg: #e3eefb; --worse: #a83c0a; --worse-bg: #fdeae0;
    --m1: #1a66c9; --m2: #8a3fc0; --m3: #007a84; --m4: #c2347e; --m5: #66720a; --m6: #44508f; --d: #5b6470; --w: #c04a18;
    --f: #946500; --r: #2f7d32; --q: #7a5a44;
    --heat: #7fb4f0; --good: #eaf2fc; --help: #3f86d9; --harm: #e0763c; --same: #e3e6e8;
    --h1: #e4effc; --h2: #c3dcf9; --h3: #94c0f4; --h4: #62a3ef;
    --x1: #fdebdf; --x2: #fbd2b8; --x3: #f6b084; --x4: #ef8f57;
    --s0: transparent; --s1: #f1ecf8; --s2: #e2d6f2; --s3: #d0bdec; --s4: #bca1e4;
    --s5: #b294e1; --s6: #a580db; --shade: rgb(27 33 41 / .2);
    """

  private static let dark = """
    --page: #13171c; --surface: #1a2027; --sunken: #20272f; --text: #e5e8ec; --muted: #a0aab5;
    --line: #303943; --strong: #55606c; --accent: #8cbcff; --focus: #ffd166;
    --better: #9cc7ff; --better-bg: #183152; --worse: #ffb08a; --worse-bg: #4a2413;
    --m1: #6fb1ff; --m2: #c79bf2; --m3: #4fc7cf; --m4: #f08cc0; --m5: #c6d05c; --m6: #a9b4ee; --d: #a3adba; --w: #ff9466;
    --f: #e3b341; --r: #7fce82; --q: #c9a78e;
    --heat: #20589c; --good: #1b2a3c; --help: #4f93e2; --harm: #d9713a; --same: #3a434d;
    --h1: #1a2b40; --h2: #1b3a60; --h3: #1d4a82; --h4: #215ca6;
    --x1: #35241b; --x2: #52301d; --x3: #723f20; --x4: #934d22;
    --s0: transparent; --s1: #27242f; --s2: #342c44; --s3: #44365c; --s4: #554075;
    --s5: #684b90; --s6: #7a56a8; --shade: rgb(0 0 0 / .65);
    """

  private static let base = #"""
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; }
    body { margin: 0; background: var(--page); color: var(--text);
      font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial,
      "Liberation Sans", sans-serif; font-variant-numeric: tabular-nums lining-nums;
      overflow-wrap: break-word; }
    .top, nav, main, footer { max-width: 78rem; margin: 0 auto; padding: 0 1.5rem; }
    h1, h2, h3, h4 { line-height: 1.25; font-weight: 650; text-wrap: balance; }
    h1 { font-size: clamp(1.45rem, 1.1rem + 1.4vw, 2rem); letter-spacing: -0.015em; max-width: 66rem;
      text-wrap: pretty; margin: .35rem 0 .9rem; }
    h2 { font-size: 1.5rem; letter-spacing: -0.01em; margin: 0 0 .6rem; }
    h3 { font-size: 1.1rem; margin: 2.4rem 0 .7rem; }
    h4 { font-size: .98rem; margin: 1.8rem 0 .6rem; }
    p { margin: .5rem 0; max-width: 46rem; }
    a { color: var(--accent); text-underline-offset: .15em; }
    code { font: .88em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono",
      monospace; overflow-wrap: anywhere; }
    small { font-size: .8rem; color: var(--muted); }
    .muted { color: var(--muted); font-size: .9rem; }
    .vh { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
      white-space: nowrap; }
    .js { display: none; }
    .scripted .js { display: revert; }
    .scripted .no-js { display: none; }
    [hidden] { display: none !important; }
    :focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 3px; }
    main:focus { outline: none; }
    .skip { position: absolute; left: .5rem; top: -4rem; padding: .5rem 1rem; z-index: 9;
      background: var(--surface); border: 1px solid var(--strong); border-radius: 6px; }
    .skip:focus { top: .5rem; }
    .top { padding-top: 2.6rem; position: relative; }
    .over { color: var(--muted); font-size: .88rem; margin: 0; padding-right: 11rem; }
    .lead { margin: 0 0 .7rem; max-width: 72rem; }
    .lead .verdict { font-size: .9rem; margin-right: .4em; }
    .lead .figures { font-size: .95rem; }
    .advice { margin: 0 0 .7rem; max-width: 58rem; font-size: 1.05rem; }
    .advice::before { content: "\2192"; color: var(--accent); font-weight: 700; margin-right: .5em; }
    .scripted .theme { position: absolute; right: 1.5rem; top: 2.3rem; display: inline-block; }
    .banner { background: var(--worse-bg); border-left: 4px solid var(--worse); margin: 0 0 1.4rem;
      padding: .7rem 1rem; border-radius: 0 6px 6px 0; max-width: none; }
    .method .label { margin: 1rem 0 .3rem; }
    pre { background: var(--sunken); border-radius: 6px; padding: .7rem .9rem; margin: 0;
      white-space: pre-wrap; overflow-wrap: anywhere; }
    .facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(12.5rem, 1fr));
      gap: .9rem 1.8rem; margin: 0; padding: 1.1rem 0; border-block: 1px solid var(--line); }
    .facts dt, .label { color: var(--muted); font-size: .82rem; }
    .facts dd { margin: 0; }
    .facts .arm { margin-right: .7rem; }
    .facts .wide { grid-column: 1 / -1; }
    .facts .file { display: block; overflow-wrap: anywhere; }
    nav ol { list-style: none; margin: 0; padding: .8rem 0; display: flex; flex-wrap: wrap;
      gap: .2rem 1.2rem; font-size: .92rem; }
    nav a { text-decoration: none; display: inline-block; padding: .2rem 0; }
    nav a:hover { text-decoration: underline; }
    section { padding: 1.6rem 0 2.2rem; scroll-margin-top: 1rem; }
    .suite, #glossary { border-top: 1px solid var(--line); padding-top: 2.4rem; }
    .about { max-width: 50rem; }
    .findings { display: grid; gap: 1.2rem 2.4rem; background: var(--surface);
      grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr));
      border: 1px solid var(--line); border-top: 3px solid var(--accent); padding: 1.3rem 1.5rem;
      border-radius: 0 0 8px 8px; }
    .changes { list-style: none; margin: 0 0 1.6rem; padding: 0; max-width: none; }
    .changes li { display: grid; grid-template-columns: 6.2rem minmax(0, 1fr); gap: 0 1rem;
      padding: .7rem 0; border-bottom: 1px solid var(--line); }
    .changes p { margin: 0 0 .15rem; max-width: none; font-size: 1.05rem; }
    .changes a { font-size: .85rem; text-decoration: none; }
    .changes a:hover { text-decoration: underline; }
    .findings h3 { margin: 0 0 .5rem; font-size: 1rem; }
    .findings ul { margin: 0; padding: 0; list-style: none; font-size: .95rem; }
    .findings li + li { margin-top: .6rem; }
    .conclusions { list-style: none; margin: 1rem 0; padding: .2rem 0 .2rem 1rem;
      border-left: 3px solid var(--line); }
    .conclusions li + li { margin-top: .4rem; }
    .verdict { display: inline-block; font-size: .8rem; font-weight: 600; line-height: 1.5;
      padding: 0 .5em; border-radius: 4px; background: var(--sunken); color: var(--muted);
      white-space: nowrap; }
    .v-better { background: var(--better-bg); color: var(--better); }
    .v-worse { background: var(--worse-bg); color: var(--worse); }
    .arm { white-space: nowrap; font-weight: 500; }
    .key { width: 1em; height: 1em; margin-right: .35em; vertical-align: -.08em; fill: var(--c); overflow: visible; }
    .c-m1 { --c: var(--m1); } .c-m2 { --c: var(--m2); } .c-m3 { --c: var(--m3); }
    .c-m4 { --c: var(--m4); } .c-m5 { --c: var(--m5); } .c-m6 { --c: var(--m6); }
    .c-d { --c: var(--d); } .c-w { --c: var(--w); }
    .c-f { --c: var(--f); } .c-r { --c: var(--r); } .c-q { --c: var(--q); }
    button { font: inherit; font-size: .88rem; color: var(--text); background: var(--surface);
      border: 1px solid var(--strong); border-radius: 6px; padding: .25rem .7rem; min-height: 2.1rem;
      cursor: pointer; }
    button:hover { border-color: var(--accent); }
    button:disabled { color: var(--muted); border-color: var(--line); cursor: default; }
    button[aria-pressed="true"] { border-color: var(--accent); background: var(--better-bg);
      box-shadow: inset 0 -2px 0 var(--accent); }
    .scripted .choice { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem;
      margin: .6rem 0; }
    .choice .label { min-width: 3.6rem; }
    details { margin: .7rem 0; }
    summary { cursor: pointer; color: var(--accent); font-size: .92rem; padding: .15rem 0; }
    .terms { display: grid; gap: .9rem 2.4rem; font-size: .93rem; margin: 0;
      grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); }
    .terms dt { font-weight: 600; }
    .terms dd { margin: 0; color: var(--muted); }
    footer { color: var(--muted); font-size: .85rem; border-top: 1px solid var(--line);
      padding-block: 1rem 3rem; }
    @media (max-width: 40rem) {
    .top, nav, main, footer { padding-inline: 1rem; }
    .top { padding-top: 1.2rem; }
    .scripted .theme { position: static; margin: .6rem 0; }
    .over { padding-right: 0; }
    .changes li { grid-template-columns: minmax(0, 1fr); gap: .2rem; }
    h2 { font-size: 1.3rem; }
    .facts { grid-template-columns: 1fr; gap: .5rem; }
    .facts > div { display: grid; grid-template-columns: 7rem minmax(0, 1fr); }
    .findings { padding: 1.1rem; }
    button { min-height: 2.5rem; }
    }

    """#

  private static let tables = #"""
    .frame { position: relative; margin: .6rem 0 1.1rem; }
    .box { overflow-x: auto; position: relative; overscroll-behavior-x: contain; }
    .hint { margin: 0; max-width: none; text-align: right; font-size: .8rem; line-height: 1.5rem;
      color: var(--accent); visibility: hidden; }
    .after > .hint { visibility: visible; }
    .frame:not(:has(> .box[tabindex])) > .hint { display: none; }
    /* There is more beyond this edge. */
    .frame::after { content: ""; position: absolute; top: 1.5rem; right: 0; bottom: 0; width: 1.1rem;
      pointer-events: none; opacity: 0; transition: opacity .15s;
      background: linear-gradient(to left, var(--shade), transparent); }
    .after::after { opacity: 1; }
    .before tr > th:first-child::after { content: ""; position: absolute; top: 0; bottom: 0;
      right: -.7rem; width: .7rem; pointer-events: none;
      background: linear-gradient(to right, var(--shade), transparent); }
    /* Without the script the edge is shaded by the background, which the last column then covers. */
    :root:not(.scripted) .box { background:
      linear-gradient(to left, var(--page) 40%, transparent) right / 3rem 100% no-repeat local,
      linear-gradient(to left, var(--shade), transparent) right / 1.1rem 100% no-repeat scroll; }
    @media (prefers-reduced-motion: reduce) { .frame::after { transition: none; } }
    table { border-collapse: collapse; font-size: .92rem; line-height: 1.45;
      min-width: min(100%, 44rem); }
    .comparisons { min-width: 100%; }
    caption { text-align: left; color: var(--muted); font-size: .88rem; padding: 0 0 .5rem;
      max-width: min(46rem, calc(100vw - 2.5rem)); position: sticky; left: 0; }
    th, td { padding: .42rem .8rem; text-align: left; vertical-align: top;
      border-bottom: 1px solid var(--line); }
    th:first-child { padding-left: 0; }
    td:last-child, thead th:last-child { padding-right: .2rem; }
    thead th { color: var(--muted); font-weight: 550; font-size: .85rem; vertical-align: bottom;
      border-bottom: 1.5px solid var(--strong); }
    tbody th { font-weight: 500; }
    tr > th:first-child { position: sticky; left: 0; background: var(--page); z-index: 1; }
    tbody tr:hover > * { background: var(--sunken); }
    .n { text-align: right; white-space: nowrap; }
    .count { color: var(--muted); }
    .none { color: var(--muted); }
    .way { color: var(--muted); margin-left: .25em; }
    .summary td b { display: block; font-size: 1.08rem; font-weight: 620; }
    .summary td small { display: block; line-height: 1.4; }
    .summary th small, .checks th small { display: block; font-weight: 400; }
    .summary .verdict { margin: .15rem 0; }
    .summary tbody tr:hover > * { background: var(--page); }
    .draw { width: 12rem; min-width: 11rem; vertical-align: middle; }
    td.draw { padding-block: .1rem; }
    .comparisons th, .comparisons td { padding-inline: .55rem; }
    .comparisons th:first-child { padding-left: 0; }
    .comparisons .draw { width: 26%; min-width: 10.5rem; }
    .forest { display: block; width: 100%; min-width: 10rem; overflow: visible; }
    .forest .good { fill: var(--good); }
    .forest .zero { stroke: var(--strong); stroke-width: 1; fill: none; }
    .forest .whisker { stroke: var(--c); stroke-width: 1.8; fill: none; }
    .forest .mark { fill: var(--c); }
    .forest text { font-size: .74rem; fill: var(--muted); }
    .effect { display: block; width: 100%; min-width: 9rem; height: 1rem; margin: .25rem 0; }
    .effect .same { fill: var(--same); } .effect .harm { fill: var(--harm); }
    .effect .help { fill: var(--help); }
    .scale { display: flex; justify-content: space-between; }
    .heats { display: flex; flex-wrap: wrap; gap: .6rem 2.2rem; }
    .heats .frame { max-width: 100%; margin: .2rem 0; }
    .heat { min-width: 0; }
    .heat th, .heat td { border: 0; padding: .45rem .8rem; text-align: right; }
    .heat thead th { padding-block: .2rem; }
    .heat caption { color: var(--text); font-weight: 550; }
    .heat td { min-width: 4.2rem; border: 2px solid var(--page);
      background: color-mix(in oklab, var(--heat) calc(var(--v, 0) * 100%), var(--sunken)); }
    .heat tbody tr:hover > th { background: var(--page); }
    .heat tbody tr:hover > td { background: color-mix(in oklab,
      var(--heat) calc(var(--v, 0) * 100%), var(--sunken)); }
    .heat th { color: var(--muted); font-size: .85rem; vertical-align: middle; }
    .ramp { display: inline-block; width: 5rem; height: .7rem; margin: 0 .2rem; border-radius: 2px;
      background: linear-gradient(90deg, var(--sunken), var(--heat)); }
    .scripted .panel-name { display: none; }

    """#
}
