// Draws a lineage: cards in columns and the links between them. Where things stand vertically, and in which
// order, comes from layout.py; this file knows widths, what is traced, and what the reader does.
// Names come from outside: they are only ever text, never markup.

const SVG = "http://www.w3.org/2000/svg";
const LEFT = 18, TOP = 8, HEAD = 34, BOTTOM = 56;
const CARD_HEIGHT = 44, BETWEEN = 28;
const NARROWEST = 150, WIDEST = 260;
const STEP = 1.2, LEAST = 0.35, MOST = 2.5;
// Down to this size a drawing shrinks by itself to fit its room; a wider one scrolls.
const READABLE = 0.84;
// Identifiers of one layer mostly begin alike: of one that is too long this share is kept of its end.
const TAIL = 0.4;
const MOVE_MS = 220;
// Index into the theme's categorical colours, one a layer.
const INKS = [7, 4, 6, 5, 0, 2, 3];
const boards = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  let board = boards.get(parentElement);
  if (!board) {
    board = new Board(parentElement.querySelector(".board"));
    boards.set(parentElement, board);
  }
  board.tell = (what) => setTriggerValue("asked", what);
  board.show(data);
  return () => {
    board.end();
    boards.delete(parentElement);
  };
}

function make(name, marks, parent) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(marks)) element.setAttribute(key, value);
  if (parent) parent.append(element);
  return element;
}

class Board {
  constructor(root) {
    this.root = root;
    this.window = root.querySelector(".window");
    this.heads = root.querySelector("svg.heads");
    this.drawing = root.querySelector("svg.drawing");
    this.said = root.querySelector(".said");
    this.pen = document.createElement("canvas").getContext("2d");
    this.zoom = null;
    this.drawn = "";
    this.awaited = null;
    root.querySelector(".closer").onclick = () => this.scale(this.size() * STEP);
    root.querySelector(".farther").onclick = () => this.scale(this.size() / STEP);
    root.querySelector(".fit").onclick = () => this.fit();
    root.onkeydown = (event) => this.pressed(event);
    this.drawing.onclick = (event) => event.target === this.drawing && this.clear();
    this.watcher = new ResizeObserver(() => this.resized());
    this.watcher.observe(this.window);
    // Where fonts are still on their way, texts were cut by the width of others.
    if (document.fonts && document.fonts.status !== "loaded") document.fonts.ready.then(() => this.data && this.draw());
  }

  end() {
    this.watcher.disconnect();
  }

  show(data) {
    this.data = data;
    if (data.signature !== this.drawn) {
      this.drawn = data.signature;
      this.graph();
      this.draw();
    } else {
      this.colour();
    }
    // The server's word on an earlier click must not undo a later one.
    if (this.awaited !== null && this.awaited !== (data.focus ?? "")) return;
    this.awaited = null;
    this.trace(data.focus);
    if (data.focus !== this.seen) {
      this.seen = data.focus;
      this.reveal(data.focus);
    }
  }

  graph() {
    this.next = new Map();
    this.previous = new Map();
    for (const [source, target] of this.data.links) {
      if (!this.next.has(source)) this.next.set(source, []);
      if (!this.previous.has(target)) this.previous.set(target, []);
      this.next.get(source).push(target);
      this.previous.get(target).push(source);
    }
  }

  home(id) {
    return this.data.home[id] ?? id;
  }

  // ------------------------------------------------------------------ drawing

  pitch() {
    const room = (this.window.clientWidth - 2 * LEFT + BETWEEN) / this.data.layers.length;
    return Math.max(NARROWEST, Math.min(WIDEST, room));
  }

  left(column) {
    return LEFT + column * this.step;
  }

  draw() {
    const active = this.root.getRootNode().activeElement?.dataset?.id;
    const before = new Map([...(this.cards ?? [])].map(([id, card]) => [id, card.getAttribute("transform")]));
    this.step = this.pitch();
    this.wide = this.step - BETWEEN;
    this.width = 2 * LEFT + this.data.layers.length * this.step - BETWEEN;
    this.height = TOP + this.data.height + BOTTOM;
    // Asked once, and before anything is new: each answer costs the browser its styles of all that is.
    this.family = getComputedStyle(this.root).fontFamily;
    const heads = document.createDocumentFragment();
    this.sheet = document.createDocumentFragment();
    this.data.layers.forEach((layer, column) => {
      const head = make("text", { class: "head", x: this.left(column), y: 22 }, heads);
      head.textContent = this.cut(layer.name, this.wide, "600 12px");
    });
    this.places = new Map(this.data.boxes.map((box) => [box.id, box]));
    this.paths = this.data.paths.map((path) => this.path(path));
    this.cards = new Map(this.data.boxes.map((box) => [box.id, this.card(box)]));
    this.heads.replaceChildren(heads);
    this.drawing.replaceChildren(this.sheet);
    this.colour();
    this.sized();
    this.moved(before);
    this.trace(this.picked);
    if (active && this.cards.has(active)) this.cards.get(active).focus({ preventScroll: true });
  }

  // Cards that stay glide to their new places, so that the eye does not lose them.
  moved(before) {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    for (const [id, card] of this.cards) {
      const from = before.get(id), to = card.getAttribute("transform");
      if (!from || from === to) continue;
      const [x, y] = from.match(/-?[\d.]+/g), [tox, toy] = to.match(/-?[\d.]+/g);
      const ends = [`translate(${x}px, ${y}px)`, `translate(${tox}px, ${toy}px)`];
      card.animate({ transform: ends }, { duration: MOVE_MS, easing: "ease-out" });
    }
  }

  colour() {
    const inks = getComputedStyle(this.root).getPropertyValue("--st-chart-categorical-colors").split(",");
    for (const [id, card] of this.cards) {
      const layer = this.data.layers[this.places.get(id).column].layer;
      card.querySelector(".bar")?.setAttribute("fill", inks[INKS[layer]] ?? "currentColor");
    }
  }

  path({ source, target, via }) {
    const from = this.places.get(source), to = this.places.get(target);
    const middle = (box) => TOP + box.y + CARD_HEIGHT / 2;
    let line;
    if (to.column > from.column) {
      let x = this.left(from.column) + this.wide, y = middle(from);
      line = `M${x},${y}`;
      const bend = (tox, toy) => {
        const half = (tox - x) / 2;
        line += `C${x + half},${y} ${tox - half},${toy} ${tox},${toy}`;
        [x, y] = [tox, toy];
      };
      for (const [column, lane] of via) {
        bend(this.left(column), TOP + lane);
        x += this.wide;
        line += `H${x}`;
      }
      bend(this.left(to.column), middle(to));
    } else if (to.column === from.column) {
      const x = this.left(from.column) + this.wide, far = x + BETWEEN * 0.8;
      line = `M${x},${middle(from)}C${far},${middle(from)} ${far},${middle(to)} ${x},${middle(to)}`;
    } else {
      const x = this.left(from.column), tox = this.left(to.column) + this.wide;
      line = `M${x},${middle(from)}C${x - BETWEEN},${middle(from)} ${tox + BETWEEN},${middle(to)} ${tox},${middle(to)}`;
    }
    const element = make("path", { class: "path", d: line, "aria-hidden": "true" }, this.sheet);
    return { key: `${source}\n${target}`, element };
  }

  card(box) {
    const x = this.left(box.column), y = TOP + box.y, wide = this.wide;
    const group = make(
      "g",
      {
        class: `card ${box.kind}`,
        transform: `translate(${x},${y})`,
        role: "button",
        tabindex: "0",
        "aria-label": box.label,
      },
      this.sheet,
    );
    group.dataset.id = box.id;
    make("title", {}, group).textContent = box.label;
    make("rect", { class: "ring", x: -4, y: -4, width: wide + 8, height: CARD_HEIGHT + 8, rx: 11 }, group);
    make("rect", { class: "ground", width: wide, height: CARD_HEIGHT, rx: 8 }, group);
    if (box.kind === "thing") make("rect", { class: "bar", x: 7, y: 8, width: 3.5, height: 28, rx: 1.75 }, group);
    const indent = box.kind === "thing" ? 18 : 12;
    const room = wide - indent - 8;
    const name = make("text", { class: "name", x: indent, y: box.detail ? 18 : 27 }, group);
    name.textContent = this.cut(box.name, room, "600 12.5px", box.name.includes(" ") ? 0 : TAIL);
    const detail = make("text", { class: "detail", x: indent, y: 34 }, group);
    detail.textContent = this.cut(box.detail, room - (box.health ? 16 : 0), "400 11.5px");
    this.mark(box.health, wide - 14, 30, group);
    group.onclick = () => this.pick(box);
    return group;
  }

  mark(health, x, y, group) {
    if (health === "critical") {
      make("rect", { class: "critical", x: x - 5, y: y - 5, width: 10, height: 10 }, group);
    } else if (health === "watch") {
      make("path", { class: "watch", d: `M${x},${y - 6}L${x + 6.5},${y + 5}H${x - 6.5}Z` }, group);
    } else if (health === "healthy") {
      make("circle", { class: "healthy", cx: x, cy: y, r: 5.5 }, group);
    } else if (health === "unknown") {
      make("circle", { class: "unknown", cx: x, cy: y, r: 4.5 }, group);
    }
  }

  cut(text, room, font, share = 0) {
    this.pen.font = `${font} ${this.family}`;
    if (this.pen.measureText(text).width <= room) return text;
    const letters = [...text];
    const kept = (n) => {
      const tail = Math.floor(n * share);
      const end = letters.slice(letters.length - tail).join("").trimStart();
      return letters.slice(0, n - tail).join("").trimEnd() + "…" + end;
    };
    let low = 0, high = letters.length - 1;
    while (low < high) {
      const half = (low + high + 1) >> 1;
      [low, high] = this.pen.measureText(kept(half)).width <= room ? [half, high] : [low, half - 1];
    }
    return kept(low);
  }

  // ------------------------------------------------------------------ size

  resized() {
    if (!this.data) return;
    if (Math.abs(this.pitch() - this.step) > 1) this.draw();
    else this.sized();
  }

  size() {
    if (this.zoom !== null) return this.zoom;
    const fits = this.window.clientWidth / this.width;
    return fits >= READABLE && fits < 1 ? fits : 1;
  }

  sized() {
    const zoom = this.size();
    for (const [svg, height] of [[this.heads, HEAD], [this.drawing, this.height]]) {
      svg.setAttribute("viewBox", `0 0 ${this.width} ${height}`);
      svg.setAttribute("width", this.width * zoom);
      svg.setAttribute("height", height * zoom);
    }
  }

  scale(zoom) {
    const box = this.window, before = this.size();
    this.zoom = Math.max(LEAST, Math.min(MOST, zoom));
    const ratio = this.zoom / before;
    const x = (box.scrollLeft + box.clientWidth / 2) * ratio, y = (box.scrollTop + box.clientHeight / 2) * ratio;
    this.sized();
    box.scrollTo(x - box.clientWidth / 2, y - box.clientHeight / 2);
  }

  fit() {
    const limit = parseFloat(getComputedStyle(this.window).maxHeight) || Infinity;
    this.zoom = null;
    this.scale(Math.min(1, this.window.clientWidth / this.width, limit / (this.height + HEAD)));
    this.window.scrollTo(0, 0);
  }

  reveal(id) {
    const box = this.places.get(this.home(id ?? ""));
    if (!box) return;
    const zoom = this.size(), view = this.window;
    const x = this.left(box.column) * zoom, y = (TOP + box.y) * zoom;
    if (x < view.scrollLeft || x + this.wide * zoom > view.scrollLeft + view.clientWidth) {
      view.scrollLeft = x - (view.clientWidth - this.wide * zoom) / 2;
    }
    if (y < view.scrollTop || y + (HEAD + CARD_HEIGHT) * zoom > view.scrollTop + view.clientHeight) {
      view.scrollTop = y - view.clientHeight / 2;
    }
  }

  // ------------------------------------------------------------------ tracing

  reached(start, beside) {
    const found = new Set(), waiting = [start];
    while (waiting.length) {
      for (const other of beside.get(waiting.pop()) ?? []) {
        if (other !== start && !found.has(other)) {
          found.add(other);
          waiting.push(other);
        }
      }
    }
    return found;
  }

  trace(id) {
    const known = id && this.places.has(this.home(id));
    this.picked = known ? id : null;
    this.drawing.classList.toggle("tracing", Boolean(known));
    const up = known ? this.reached(id, this.previous) : new Set();
    const down = known ? this.reached(id, this.next) : new Set();
    const traced = new Set([id, ...up, ...down].map((one) => this.home(one ?? "")));
    const lines = new Set();
    for (const [source, target] of known ? this.data.links : []) {
      const above = (target === id || up.has(target)) && up.has(source);
      const below = (source === id || down.has(source)) && down.has(target);
      if (above || below) lines.add(`${this.home(source)}\n${this.home(target)}`);
    }
    for (const { key, element } of this.paths) {
      element.classList.toggle("traced", lines.has(key));
    }
    const inside = new Map();
    for (const one of [...up, ...down]) {
      inside.set(this.home(one), (inside.get(this.home(one)) ?? 0) + 1);
    }
    for (const [own, card] of this.cards) {
      const box = this.places.get(own);
      if (box.kind === "fold") {
        const n = inside.get(own);
        card.querySelector(".detail").textContent = this.cut(n ? `${n} traced` : box.detail, this.wide - 36, "400 11.5px");
      }
      card.classList.toggle("traced", traced.has(own));
      card.classList.toggle("picked", own === this.picked);
      card.setAttribute("aria-pressed", String(own === this.picked));
    }
    this.said.textContent = known
      ? `Traced: ${up.size} before it, ${down.size} after it, of what is shown.`
      : "";
  }

  // ------------------------------------------------------------------ what the reader does

  pick(box) {
    if (box.kind === "fold" || box.kind === "less") {
      this.tell({ verb: box.kind === "fold" ? "unfold" : "fold", layer: box.layer });
      return;
    }
    this.awaited = box.id;
    this.seen = box.id;
    this.trace(box.id);
    this.tell({ verb: "pick", id: box.id });
  }

  clear() {
    if (this.picked === null) return;
    // What is looked at where nothing is picked, the server says.
    this.awaited = null;
    this.trace(null);
    this.tell({ verb: "clear" });
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      this.clear();
      return;
    }
    const box = this.places?.get(event.target.dataset?.id);
    if (!box) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.pick(box);
      return;
    }
    const to = this.neighbour(box, event.key);
    if (to) {
      event.preventDefault();
      this.cards.get(to.id).focus();
      this.reveal(to.id);
    }
  }

  neighbour(box, key) {
    const along = { ArrowUp: -1, ArrowDown: 1 }[key];
    const across = { ArrowLeft: -1, ArrowRight: 1 }[key];
    const own = this.data.boxes.filter((one) => one.column === box.column + (across ?? 0));
    if (along) return own[own.indexOf(box) + along];
    if (!across) return undefined;
    return own.reduce((near, one) => (!near || Math.abs(one.y - box.y) < Math.abs(near.y - box.y) ? one : near), undefined);
  }
}
