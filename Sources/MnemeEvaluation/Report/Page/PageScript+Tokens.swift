extension PageScript {
  static let tokens = #"""
    const steps = { change: [0.01, 0.25, 1, 3], surprise: [0.25, 1, 2, 4, 6, 9] };
    const level = (value, list) => list.filter((step) => value >= step).length;
    for (const owner of all(".tokens")) {
      const text = data.texts[owner.id];
      const map = owner.querySelector(".map");
      const readout = owner.querySelector(".readout");
      const spoken = owner.querySelector(".spoken");
      const where = owner.querySelector(".where");
      const plain = text.surprisal[data.detached];
      const size = 400;
      const total = text.pieces.length;
      const pages = Math.max(1, Math.ceil(total / size));
      let arm = owner.dataset.arm;
      let mode = owner.dataset.mode;
      let page = 0;
      let current = 0;
      let spans = [];
      const groups = {};
      for (const group of all(".choice", owner)) groups[group.dataset.action] = group;

      // Nats saved against the plain model; null where one of the two has no figure.
      const saved = (index, name) => {
        const own = text.surprisal[name];
        if (!plain || !own || own[index] === null || plain[index] === null) return null;
        return plain[index] - own[index];
      };
      const shade = (index) => {
        if (mode === "surprise") {
          const value = text.surprisal[arm][index];
          return value === null ? "t" : `t s${level(value, steps.surprise)}`;
        }
        const value = saved(index, arm);
        if (value === null) return "t";
        const strength = level(Math.abs(value), steps.change);
        return strength === 0 ? "t" : `t ${value > 0 ? "h" : "x"}${strength}`;
      };
      const visible = (piece) => piece === "" ? "\u2205" : piece.replace(/\r?\n/g, "\u21b5\n");
      const first = () => page * size;
      const span = (index) => spans[index - first()];

      // On a small screen the figures open below the line of the chosen token, so that they cover no
      // text and stand where one reads. Elsewhere they stand below the map.
      const narrow = matchMedia("(max-width: 40rem)");
      const home = document.createComment("");
      let isOpen = false;
      let chosen = -1;
      readout.before(home);
      const dock = () => {
        const token = span(current);
        if (!narrow.matches || !isOpen || !token) {
          if (readout.parentNode === map) home.after(readout);
          return;
        }
        const top = token.getBoundingClientRect().top;
        home.after(readout);
        // Where a token ends: its space may hang at the end of the line before.
        const end = (element) => Array.from(element.getClientRects()).filter((r) => r.width > 0).pop();
        const line = end(token);
        let last = token;
        for (let next = last.nextElementSibling; next; next = next.nextElementSibling) {
          const box = end(next);
          if (box && line && box.top > line.top + line.height / 2) break;
          last = next;
        }
        last.after(readout);
        // What was above the token may have moved: the eye should not have to.
        scrollBy(0, token.getBoundingClientRect().top - top);
      };
      narrow.addEventListener("change", dock);
      addEventListener("resize", dock);

      const describe = (index) => {
        const piece = text.pieces[index].replace(/\n/g, "\u21b5");
        const line = make("p");
        line.append(make("b", "quote", `\u201c${piece}\u201d`),
          ` position ${count(text.positions[index])}, `
          + (text.earlier[index] === 0 ? "not seen before"
            : text.earlier[index] === 1 ? "seen once before"
              : `seen ${count(text.earlier[index])} times before`));
        const list = make("ul", "nats");
        for (const group of all("button", groups.arm)) {
          const name = group.dataset.value;
          const value = text.surprisal[name][index];
          const item = make("li");
          item.append(chip(name), value === null ? " \u2013" : ` ${fixed(value, 2)} nats`);
          const gain = name === data.detached ? null : saved(index, name);
          if (gain !== null) item.append(make("small", "", ` ${gain > 0.01 ? "helped"
            : gain < -0.01 ? "harmed" : "unchanged"} ${signed(-gain, 2)}`));
          list.append(item);
        }
        readout.replaceChildren(line, list);
        spoken.textContent = readout.textContent;
      };
      const select = (index, focus) => {
        const old = map.querySelector('[tabindex="0"]');
        if (old) { old.tabIndex = -1; old.setAttribute("aria-selected", "false"); }
        current = Math.max(0, Math.min(total - 1, index));
        if (Math.floor(current / size) !== page) draw(Math.floor(current / size));
        for (const other of all('[tabindex="0"]', map)) other.tabIndex = -1;
        const element = span(current);
        element.tabIndex = 0;
        element.setAttribute("aria-selected", "true");
        if (focus) element.focus({ preventScroll: true });
        describe(current);
        isOpen = true;
        dock();
        if (focus) element.scrollIntoView({ block: "nearest" });
      };
      const paint = () => {
        spans.forEach((element, place) => {
          element.className = shade(first() + place);
        });
        for (const legend of all(".legend-tokens", owner)) {
          legend.hidden = legend.dataset.for !== mode;
        }
        for (const button of all("button", groups.arm)) {
          button.disabled = mode === "change" && button.dataset.value === data.detached;
        }
      };
      const draw = (next) => {
        page = Math.max(0, Math.min(pages - 1, next));
        isOpen = false;
        dock();
        const pieces = document.createDocumentFragment();
        const end = Math.min(total, first() + size);
        for (let index = first(); index < end; index += 1) {
          const element = make("span", "t", visible(text.pieces[index]));
          element.tabIndex = -1;
          element.setAttribute("role", "option");
          element.setAttribute("aria-selected", "false");
          pieces.append(element);
        }
        map.replaceChildren(pieces);
        spans = Array.from(map.children);
        spans[0].tabIndex = 0;
        where.textContent = `Tokens ${count(first() + 1)}\u2013${count(end)} of ${count(total)}`;
        owner.querySelector('[data-go="previous"]').disabled = page === 0;
        owner.querySelector('[data-go="next"]').disabled = page === pages - 1;
        paint();
      };
      const place = (element) => first() + spans.indexOf(element);

      // The nearest token of the line above or below.
      const vertical = (sign) => {
        const from = span(current).getClientRects()[0];
        let best = null;
        let distance = Infinity;
        let row = null;
        for (let i = current + sign; i >= first() && i < Math.min(total, first() + size); i += sign) {
          const box = span(i).getClientRects()[0];
          if (!box || Math.abs(box.top - from.top) < box.height / 2) continue;
          if (row === null) row = box.top;
          if (Math.abs(box.top - row) > box.height / 2) break;
          const off = Math.abs(box.left - from.left);
          if (off < distance) { distance = off; best = i; }
        }
        return best === null ? current + sign : best;
      };
      map.addEventListener("keydown", (event) => {
        const moves = {
          ArrowRight: () => current + 1, ArrowLeft: () => current - 1,
          ArrowDown: () => vertical(1), ArrowUp: () => vertical(-1),
          Home: () => first(), End: () => first() + size - 1,
          PageDown: () => current + size, PageUp: () => current - size };
        const move = moves[event.key];
        if (!move || event.ctrlKey || event.altKey || event.metaKey) return;
        event.preventDefault();
        select(move(), true);
      });
      const over = (event) => {
        const element = event.target.closest(".t");
        if (element && !narrow.matches) describe(place(element));
      };
      map.addEventListener("pointerover", over);
      map.addEventListener("focusin", (event) => {
        const element = event.target.closest(".t");
        if (element && place(element) !== current) select(place(element), false);
        else if (element) describe(current);
      });
      map.addEventListener("click", (event) => {
        const element = event.target.closest(".t");
        if (!element) return;
        const isSame = isOpen && chosen === place(element);
        chosen = place(element);
        select(chosen, true);
        // A second tap closes what the first one opened.
        if (isSame && narrow.matches) { chosen = -1; isOpen = false; dock(); }
      });
      map.addEventListener("pointerleave", () => {
        if (map.contains(document.activeElement)) describe(current);
      });
      const extreme = (score) => {
        let best = 0;
        for (let i = 1; i < total; i += 1) if (score(i) > score(best)) best = i;
        return best;
      };
      owner.querySelector(".pager").addEventListener("click", (event) => {
        const go = event.target.dataset.go;
        if (!go) return;
        if (go === "previous" || go === "next") {
          draw(page + (go === "next" ? 1 : -1));
          current = first();
          return;
        }
        const low = (value) => value === null ? -Infinity : value;
        const worth = { helped: (i) => low(saved(i, arm)),
          harmed: (i) => { const v = saved(i, arm); return v === null ? -Infinity : -v; },
          surprising: (i) => low(text.surprisal[arm][i]) }[go];
        select(extreme(worth), true);
      });
      owner.addEventListener("choose", (event) => {
        if (event.detail.action === "arm") arm = event.detail.value;
        if (event.detail.action === "mode") {
          mode = event.detail.value;
          if (mode === "change" && arm === data.detached) {
            arm = owner.dataset.arm;
            press(groups.arm, arm);
          }
        }
        paint();
      });
      if (!plain) {
        for (const button of all('[data-go="helped"], [data-go="harmed"]', owner)) button.remove();
      }
      draw(0);
    }

    """#

  static let answers = #"""
    for (const owner of all(".answers")) {
      const items = all("li", owner);
      const size = Number(owner.dataset.size);
      const search = owner.querySelector("input");
      const found = owner.querySelector(".found");
      const where = owner.querySelector(".where");
      const back = owner.querySelector('[data-go="previous"]');
      const on = owner.querySelector('[data-go="next"]');
      const words = [];
      let page = 0;
      let versus = "0";
      let filter = "all";
      const faces = new Map();
      for (const button of all('[data-action="filter"] button', owner)) {
        faces.set(button, button.textContent);
      }
      const tally = () => {
        for (const [button, face] of faces) {
          const kind = button.dataset.value;
          const number = kind === "all" ? items.length
            : items.filter((item) => item.dataset["o" + versus] === kind).length;
          button.textContent = `${face} (${count(number)})`;
        }
      };
      const matches = (item, place, wanted) => {
        if (filter !== "all" && item.dataset["o" + versus] !== filter) return false;
        if (!wanted) return true;
        words[place] ??= item.textContent.toLowerCase();
        return words[place].includes(wanted);
      };
      const show = () => {
        const wanted = search.value.trim().toLowerCase();
        const kept = items.filter((item, place) => matches(item, place, wanted));
        const pages = Math.max(1, Math.ceil(kept.length / size));
        page = Math.max(0, Math.min(pages - 1, page));
        const shown = new Set(kept.slice(page * size, (page + 1) * size));
        for (const item of items) item.hidden = !shown.has(item);
        found.textContent = kept.length === items.length ? `${count(items.length)} items`
          : `${count(kept.length)} of ${count(items.length)} items`;
        where.textContent = `Page ${count(page + 1)} of ${count(pages)}`;
        back.disabled = page === 0;
        on.disabled = page === pages - 1;
        owner.querySelector(".pager").hidden = pages === 1;
      };
      owner.addEventListener("choose", (event) => {
        if (event.detail.action === "versus") { versus = event.detail.value; tally(); }
        if (event.detail.action === "filter") filter = event.detail.value;
        page = 0;
        show();
      });
      search.addEventListener("input", () => { page = 0; show(); });
      owner.querySelector(".pager").addEventListener("click", (event) => {
        const go = event.target.dataset.go;
        if (!go) return;
        page += go === "next" ? 1 : -1;
        show();
        owner.scrollIntoView({ block: "start" });
      });
      tally();
      show();
    }
    boxes();
    new ResizeObserver(boxes).observe(document.body);
    addEventListener("toggle", boxes, true);

    """#
}
