/// The page's script: it switches, pages and searches, and draws the token maps. It makes no request
/// and writes text only as text.
enum PageScript {
  /// All of it.
  static let text = "\"use strict\";\n(() => {\n" + shared + charts + tokens + answers + "})();\n"

  private static let shared = #"""
    const root = document.documentElement;
    root.classList.add("scripted");
    const data = JSON.parse(document.getElementById("data").textContent);
    const all = (selector, from = document) => Array.from(from.querySelectorAll(selector));
    const make = (tag, name, text) => {
      const element = document.createElement(tag);
      if (name) element.className = name;
      if (text !== undefined) element.textContent = text;
      return element;
    };
    const fixed = (value, digits) => value.toFixed(digits).replace("-", "\u2212");
    const signed = (value, digits) => {
      const text = fixed(value, digits);
      return Number(value.toFixed(digits)) > 0 ? "+" + text : text.replace(/^\u2212(0\.?0*)$/, "$1");
    };
    const count = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ",");
    // Copies an arm's mark and name from wherever the page has it already.
    const chips = new Map();
    for (const chip of all(".arm")) {
      if (!chips.has(chip.textContent)) chips.set(chip.textContent, chip);
    }
    const chip = (arm) => chips.has(arm) ? chips.get(arm).cloneNode(true) : make("span", "arm", arm);

    const themes = ["automatic", "light", "dark"];
    const theme = document.getElementById("theme");
    theme.addEventListener("click", () => {
      const now = themes[(themes.indexOf(root.dataset.theme || themes[0]) + 1) % themes.length];
      if (now === themes[0]) delete root.dataset.theme; else root.dataset.theme = now;
      theme.querySelector("span").textContent = now;
    });

    // Groups of buttons: one is pressed, and the group tells its owner.
    const chosen = (group) => {
      const button = group.querySelector('[aria-pressed="true"]');
      return button ? button.dataset.value : null;
    };
    const press = (group, value) => {
      for (const button of all("button", group)) {
        button.setAttribute("aria-pressed", String(button.dataset.value === value));
      }
    };
    document.addEventListener("click", (event) => {
      const button = event.target.closest(".choice button");
      if (!button || button.disabled) return;
      const group = button.closest(".choice");
      press(group, button.dataset.value);
      group.dispatchEvent(new CustomEvent("choose", { bubbles: true,
        detail: { action: group.dataset.action, value: button.dataset.value } }));
    });

    // Boxes that scroll say so at their edges, and can be reached and scrolled with the keyboard. All are
    // measured before any is changed, so that the page is laid out once.
    const rest = (box) => box.scrollWidth - box.clientWidth - box.scrollLeft;
    const edges = (frame, before, after) => {
      frame.classList.toggle("before", before);
      frame.classList.toggle("after", after);
    };
    const boxes = () => {
      const wide = all(".box").map((box) => [box, box.scrollWidth > box.clientWidth + 1,
        box.scrollLeft > 1, rest(box) > 1]);
      for (const [box, scrolls, before, after] of wide) {
        const frame = box.parentElement;
        edges(frame, scrolls && before, scrolls && after);
        if (scrolls === box.hasAttribute("tabindex")) continue;
        if (scrolls) {
          const caption = box.querySelector("caption");
          box.tabIndex = 0;
          box.setAttribute("role", "region");
          box.setAttribute("aria-label", caption ? caption.textContent.trim() : "table");
          const hint = make("p", "hint", "scroll \u2192");
          hint.setAttribute("aria-hidden", "true");
          frame.prepend(hint);
        } else {
          for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
          frame.querySelector(".hint").remove();
        }
      }
    };
    document.addEventListener("scroll", (event) => {
      const box = event.target;
      if (box instanceof Element && box.matches(".box")) {
        edges(box.parentElement, box.scrollLeft > 1, rest(box) > 1);
      }
    }, { capture: true, passive: true });

    for (const owner of all(".switch")) {
      const show = (value) => {
        for (const panel of all(".panel", owner)) panel.hidden = panel.dataset.panel !== value;
      };
      owner.addEventListener("choose", (event) => { show(event.detail.value); boxes(); });
      const group = owner.querySelector(".choice");
      if (group) show(chosen(group));
    }

    """#

  private static let charts = #"""
    for (const figure of all(".chart")) {
      const plot = figure.querySelector(".plot");
      const at = plot.dataset.at.split(" ").map(Number);
      const cursor = figure.querySelector(".cursor");
      const readout = figure.querySelector(".readout");
      const heads = all("thead th", figure).slice(1);
      const rows = all("tbody tr", figure);
      const title = figure.querySelector("figcaption").textContent;
      let index = -1;
      plot.tabIndex = 0;
      plot.setAttribute("role", "slider");
      plot.setAttribute("aria-label", title);
      plot.setAttribute("aria-valuemin", "1");
      plot.setAttribute("aria-valuemax", String(at.length));
      plot.setAttribute("aria-valuenow", "1");
      plot.setAttribute("aria-valuetext", "no point chosen");
      const show = (next) => {
        index = Math.max(0, Math.min(at.length - 1, next));
        cursor.setAttribute("x1", `${at[index]}%`);
        cursor.setAttribute("x2", `${at[index]}%`);
        cursor.setAttribute("visibility", "visible");
        const row = rows[index];
        const name = row.querySelector("th").textContent;
        const cells = all("td", row);
        readout.replaceChildren();
        const corner = figure.querySelector("thead th").textContent;
        readout.append(make("b", "pair", `${corner} ${name}`));
        heads.forEach((head, place) => {
          const pair = make("span", "pair");
          for (const node of head.childNodes) pair.append(node.cloneNode(true));
          pair.append(` ${cells[place].textContent}`);
          readout.append(pair);
        });
        plot.setAttribute("aria-valuenow", String(index + 1));
        plot.setAttribute("aria-valuetext", readout.textContent);
      };
      const point = (event) => {
        const box = plot.querySelector("svg").getBoundingClientRect();
        const x = (event.clientX - box.left) / box.width * 100;
        let best = 0;
        at.forEach((place, i) => { if (Math.abs(place - x) < Math.abs(at[best] - x)) best = i; });
        show(best);
      };
      plot.addEventListener("pointermove", point);
      plot.addEventListener("pointerdown", point);
      plot.addEventListener("keydown", (event) => {
        const last = at.length - 1;
        const next = { ArrowRight: index + 1, ArrowUp: index + 1, ArrowLeft: index - 1,
          ArrowDown: index - 1, Home: 0, End: last }[event.key];
        if (next === undefined) return;
        event.preventDefault();
        show(next);
      });
    }

    """#
}
