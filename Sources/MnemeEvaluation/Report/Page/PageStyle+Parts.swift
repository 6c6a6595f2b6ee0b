extension PageStyle {
  static let charts = #"""
    .charts { display: grid; gap: 0 2.5rem;
      grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); }
    .chart { margin: 1.2rem 0 1.6rem; min-width: 0; container-type: inline-size; }
    .chart figcaption { font-weight: 600; font-size: .98rem; margin-bottom: .3rem; }
    .legend { list-style: none; display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; margin: 0 0 .4rem;
      padding: 0; font-size: .88rem; }
    .unit { margin: 0; color: var(--muted); font-size: .8rem; }
    .plot { touch-action: pan-y; }
    .plot { padding: .6rem 1rem 3.4rem 3.9rem; }
    .plot > svg { display: block; width: 100%; height: clamp(11rem, 38cqi, 17rem); overflow: visible; }
    .chart text { font-size: .8rem; fill: var(--muted); }
    @container (max-width: 30rem) { .chart .second { display: none; } }
    @container (max-width: 40rem) { .chart .dense { display: none; } }
    .chart .grid { stroke: var(--line); stroke-width: 1; }
    .chart .base { stroke: var(--strong); stroke-width: 1.2; }
    .chart .line { fill: none; stroke: var(--c); stroke-width: 2; stroke-linejoin: round; }
    .chart .mark { fill: var(--c); stroke: var(--page); stroke-width: .25; }
    .chart .cursor { stroke: var(--text); stroke-width: 1; stroke-dasharray: 3 3; }
    .readout { background: var(--sunken); border-radius: 6px; padding: .5rem .8rem; font-size: .88rem;
      min-height: 2.4rem; max-width: none; margin: .4rem 0; }
    .chart .readout { min-height: 4rem; }
    .readout .pair { display: inline-block; margin-right: 1.1rem; white-space: nowrap; }

    """#

  static let tokens = #"""
    .scripted .map { display: block; white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.95;
      font-size: .98rem; background: var(--surface); border: 1px solid var(--line);
      border-radius: 6px; padding: .8rem 1rem; margin: .6rem 0; unicode-bidi: isolate; }
    .map .t { cursor: pointer; border-radius: 2px; scroll-margin: 4rem 0 11rem; }
    .t { padding: .12em 0; border-bottom: 2px solid transparent; }
    .t:focus-visible, .t[aria-selected="true"] { outline: 2px solid var(--focus); outline-offset: 1px; }
    .h1 { background: var(--h1); } .h2 { background: var(--h2); } .h3 { background: var(--h3); }
    .h4 { background: var(--h4); }
    .h2, .h3, .h4 { border-bottom-color: var(--m1); }
    .x1 { background: var(--x1); } .x2 { background: var(--x2); } .x3 { background: var(--x3); }
    .x4 { background: var(--x4); }
    .x2, .x3, .x4 { border-bottom: 2px dotted var(--w); }
    .s1 { background: var(--s1); } .s2 { background: var(--s2); } .s3 { background: var(--s3); }
    .s4 { background: var(--s4); } .s5 { background: var(--s5); } .s6 { background: var(--s6); }
    .scripted .legend-tokens { display: flex; flex-wrap: wrap; gap: .3rem 0; font-size: .82rem; }
    .legend-tokens .t { padding: .1rem .6rem; }
    .tokens .readout { min-height: 7.4rem; }
    /* Opened in the text, below the line of its token. */
    .map .readout { min-height: 0; margin: .25rem -.4rem .45rem; padding: .6rem .8rem;
      white-space: normal; line-height: 1.5; border-left: 3px solid var(--focus); }
    .readout p { max-width: none; }
    .tokens .readout p { margin: 0 0 .3rem; }
    .readout .nats { display: flex; flex-wrap: wrap; gap: .15rem 1.6rem; margin: 0; padding: 0;
      list-style: none; }
    .scripted .pager { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center;
      margin: .7rem 0; font-size: .9rem; }
    .pager .where { padding: 0 .4rem; }

    """#

  static let answers = #"""
    .controls { margin: .4rem 0; }
    .search { display: flex; align-items: center; gap: .4rem; margin: .6rem 0; }
    .search label { color: var(--muted); font-size: .82rem; min-width: 3.6rem; }
    .search input { font: inherit; font-size: .92rem; color: var(--text); background: var(--surface);
      border: 1px solid var(--strong); border-radius: 6px; padding: .3rem .6rem; min-height: 2.1rem;
      width: 18rem; max-width: 100%; min-width: 0; }
    .found { font-size: .9rem; color: var(--muted); }
    .answers ol { list-style: none; margin: 0; padding: 0; }
    .answers li { display: block; border: 1px solid var(--line); background: var(--surface); border-radius: 8px;
      padding: .9rem 1.1rem 1rem; margin: 0 0 .9rem; }
    :root:not(.scripted) .answers li { content-visibility: auto; contain-intrinsic-size: auto 16rem; }
    .meta { display: flex; flex-wrap: wrap; gap: .1rem .9rem; margin: 0; color: var(--muted);
      font-size: .82rem; }
    .no { font-weight: 600; } .no::before { content: "#"; }
    .tag { border: 1px solid var(--line); border-radius: 4px; padding: 0 .4em; }
    .quote { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; }
    .prompt { font-size: 1.02rem; margin: .3rem 0 .4rem; max-width: 56rem; }
    .long { margin: 0; } .long summary { color: inherit; font: inherit; }
    .long .less, .long[open] .start { display: none; }
    .long[open] .less { display: inline; color: var(--accent); font-size: .88rem; }
    .expected { margin: 0 0 .8rem; }
    .expected .quote { font-weight: 600; }
    .expected .quote + .quote::before { content: " or "; font-weight: 400; color: var(--muted); }
    .said { display: grid; gap: .9rem 1.4rem;
      grid-template-columns: repeat(auto-fill, minmax(min(100%, 13.5rem), 1fr)); }
    .one { border-top: 1px solid var(--line); padding-top: .4rem; min-width: 0; font-size: .94rem; }
    .one p { margin: 0 0 .2rem; font-size: .88rem; }
    .one small { display: block; }
    .mark-right { color: var(--better); font-weight: 600; white-space: nowrap; }
    .mark-wrong { color: var(--worse); font-weight: 600; white-space: nowrap; }
    .mark-partly { color: var(--muted); font-weight: 600; white-space: nowrap; }
    @media (max-width: 40rem) { .answers li { padding: .8rem; } }

    """#

  static let print = #"""
    @media print {
    :root { --page: #fff; }
    body { font-size: 10.5pt; }
    .top, nav, main, footer { padding: 0; }
    nav, .theme, .choice, .controls, .pager, .skip, .found, .readout, .spoken, .tokens { display: none !important; }
    .box { overflow: visible; }
    .hint { display: none !important; }
    .frame::before, .frame::after { content: none; }
    section { padding: .6rem 0; }
    .suite { break-before: page; }
    h2, h3, h4, caption { break-after: avoid; }
    tr, figure, .answers li, .findings > div { break-inside: avoid; }
    table { font-size: 8pt; line-height: 1.3; }
    th, td { padding: .25rem .3rem; }
    tr > th:first-child { position: static; background: none; }
    tr > th:first-child::after { content: none !important; }
    .n, .arm, .verdict { white-space: normal; }
    .summary td b { font-size: 9.5pt; }
    table small { font-size: 7pt; }
    .draw, .forest, .effect { width: 7rem; min-width: 6rem; }
    .comparisons .draw { width: 7rem; min-width: 6rem; }
    .scripted .panel-name { display: block; }
    .comparisons th, .comparisons td { padding-inline: .25rem; }
    .charts { grid-template-columns: 1fr; }
    .chart { max-width: 34rem; }
    pre { white-space: pre-wrap; }
    a { color: inherit; text-decoration: none; }
    * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
    }

    """#
}
