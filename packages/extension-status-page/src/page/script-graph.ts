/** The part of the page's script that draws pipelines. Whatever comes from the collector goes in as text, never as markup. */
export const graphScript: string = String.raw`
const SVG = "http://www.w3.org/2000/svg";
const WINDOW_MS = 30000;

function el(tag, props, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name === "text") made.textContent = value;
    else if (name === "class") made.className = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function statusClass(status) {
  if (status === "ok") return "good";
  if (status === "permanent_error" || status === "fatal_error") return "bad";
  return status === "recoverable_error" || status === "starting" || status === "stopping" ? "warn" : "";
}

function statusText(status) {
  return status.replaceAll("_", " ");
}

function short(value) {
  if (value >= 999.5e6) return (value / 1e9).toFixed(1) + "G";
  if (value >= 999.5e3) return (value / 1e6).toFixed(1) + "M";
  if (value >= 999.5) return (value / 1e3).toFixed(1) + "k";
  return value === 0 || value >= 9.95 ? value.toFixed(0) : value.toFixed(value < 0.095 ? 2 : 1);
}

const edgeKey = (edge) => JSON.stringify([edge.pipeline, edge.signal, edge.from, edge.to]);
const histories = new Map();

/** Notes the sums of every edge, and forgets those of edges that are gone. */
function noteEdges(snapshot) {
  const now = snapshot.now_unix_ms;
  const keys = new Set();
  for (const edge of snapshot.edges) {
    const key = edgeKey(edge);
    keys.add(key);
    const before = histories.get(key) ?? [];
    const last = before.at(-1);
    const anew = (name) => edge[name] < last[name];
    const fresh = last !== undefined && (now < last.now || ["accepted", "refused", "failed"].some(anew)) ? [] : before;
    fresh.push({ now, accepted: edge.accepted, refused: edge.refused, failed: edge.failed });
    while (fresh.length > 2 && now - fresh[1].now >= WINDOW_MS) fresh.shift();
    histories.set(key, fresh);
  }
  for (const key of histories.keys()) if (!keys.has(key)) histories.delete(key);
}

/** What an edge carries a second, over the window; undefined before there are two readings. */
function ratesOf(edge) {
  const history = histories.get(edgeKey(edge)) ?? [];
  const first = history[0];
  const last = history.at(-1);
  if (history.length < 2 || last.now <= first.now) return undefined;
  const per = (name) => ((last[name] - first[name]) * 1000) / (last.now - first.now);
  return { accepted: per("accepted"), refused: per("refused"), failed: per("failed") };
}

/** What a line of stages keeps free on both of its sides for edges that turn to the next one, and between two lines, in pixels. */
const TURN = 30;
const BETWEEN_LINES = 70;

/** Stages in lines of which each has room for boxes of this width, and about as many; in the end one for each. */
function linesOf(stages, inside, least, gapAfter) {
  const cut = (size) => stages.map((_, s) => s).filter((s) => s % size === 0).map((s) => [s, Math.min(s + size, stages.length)]);
  const fits = (lines) => lines.every(([from, to]) => roomIn(from, to, inside, gapAfter) >= least);
  let most = stages.length;
  while (most > 1 && !fits(cut(most))) most--;
  const even = cut(Math.ceil(stages.length / cut(most).length));
  return fits(even) ? even : cut(most);
}

/** What is left for each box of the stages from one to the other. */
function roomIn(from, to, inside, gapAfter) {
  let gaps = 0;
  for (let s = from; s + 1 < to; s++) gaps += gapAfter(s);
  return (inside - gaps) / (to - from);
}

/** Where the boxes of a pipeline stand: stages side by side, in as many lines as it takes, or one below the other on a narrow screen. */
function layout(pipeline, vertical) {
  const stages = [pipeline.receivers, ...pipeline.processors.map((one) => [one]), pipeline.exporters];
  const most = Math.max(...stages.map((stage) => stage.length));
  // Where many meet many, what the edges carry needs more room.
  const gapAfter = (s) => {
    const crossing = stages[s].length > 1 && stages[s + 1].length > 1;
    return vertical ? (crossing ? 170 : 74) : crossing ? 250 : 118;
  };
  const whole = document.documentElement.clientWidth - (vertical ? 66 : 74);
  // Three fit on a phone, and five stages on a screen of 1280 pixels.
  const [least, largest] = vertical ? [108, 170] : [142, 200];
  const isOneLine = vertical || roomIn(0, stages.length, whole, gapAfter) >= least;
  const side = isOneLine ? 0 : TURN;
  const inside = whole - 2 * side;
  const lines = isOneLine ? [[0, stages.length]] : linesOf(stages, inside, least, gapAfter);
  const room = vertical
    ? (inside + 12) / most - 12
    : Math.min(...lines.map(([from, to]) => roomIn(from, to, inside, gapAfter)));
  const box = { w: Math.min(largest, Math.max(least, Math.floor(room))), h: 76 };
  const [along, across] = vertical ? [box.h, box.w] : [box.w, box.h];
  const gapAcross = vertical ? 12 : 22;
  const breadth = (count) => count * (across + gapAcross) - gapAcross;
  const places = new Map();
  let longest = 0;
  let before = 0;
  lines.forEach(([from, to], line) => {
    const widest = Math.max(...stages.slice(from, to).map((stage) => breadth(stage.length)));
    let length = side;
    for (let s = from; s < to; s++) {
      const stage = stages[s];
      // In the middle, yet not out of sight where another stage has dozens.
      const offset = before + Math.min((widest - breadth(stage.length)) / 2, vertical ? 110 : 280);
      stage.forEach((key, i) => {
        const c = offset + i * (across + gapAcross);
        places.set(key, vertical ? { x: c, y: length, line } : { x: length, y: c, line, turn: before - BETWEEN_LINES / 2 });
      });
      length += along + (s + 1 < to ? gapAfter(s) : 0);
    }
    longest = Math.max(longest, length + side);
    before += widest + (line + 1 < lines.length ? BETWEEN_LINES : 0);
  });
  return { box, places, width: vertical ? before : longest, height: vertical ? longest : before };
}

/** From the end of a line of stages to the beginning of the next one, between the two. */
function turn(from, to, box) {
  const start = { x: from.x + box.w, y: from.y + box.h / 2 };
  const end = { x: to.x, y: to.y + box.h / 2 };
  const out = start.x + TURN;
  const back = end.x - TURN;
  const y = to.turn;
  const d = ["M", start.x, start.y, "C", out, start.y, out, y, start.x, y, "L", end.x, y, "C", back, y, back, end.y, end.x, end.y].join(" ");
  return { d, at: (t) => ({ x: start.x + (end.x - start.x) * t, y }), start, end };
}

function curve(from, to, box, vertical) {
  const start = vertical ? { x: from.x + box.w / 2, y: from.y + box.h } : { x: from.x + box.w, y: from.y + box.h / 2 };
  const end = vertical ? { x: to.x + box.w / 2, y: to.y } : { x: to.x, y: to.y + box.h / 2 };
  const mid = { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 };
  const bend = vertical
    ? [start.x, mid.y, end.x, mid.y]
    : [mid.x, start.y, mid.x, end.y];
  const at = (t) => {
    const blend = (a, b, c, d) => a * (1 - t) ** 3 + 3 * b * t * (1 - t) ** 2 + 3 * c * t * t * (1 - t) + d * t ** 3;
    return { x: blend(start.x, bend[0], bend[2], end.x), y: blend(start.y, bend[1], bend[3], end.y) };
  };
  return { d: "M" + start.x + " " + start.y + " C" + bend.join(" ") + " " + end.x + " " + end.y, at, start, end };
}

/** Where on its edge a label covers no other; undefined where there is no such place: the table has it then. */
function freePlace({ at, start, end }, taken, vertical) {
  const [w, h] = vertical ? [70, 70] : [112, 36];
  for (const t of [0.5, 0.32, 0.68, 0.22, 0.78, 0.4, 0.6]) {
    const place = at(t);
    const room = vertical ? Math.min(place.y - start.y, end.y - place.y) - h / 2 : Math.min(Math.abs(place.x - start.x), Math.abs(end.x - place.x)) - w / 2;
    if (room < 0) continue;
    if (taken.some((other) => Math.abs(other.x - place.x) < w && Math.abs(other.y - place.y) < h)) continue;
    taken.push(place);
    return place;
  }
  return undefined;
}

/** Builds the card of a pipeline; update() fills in what changes. */
function pipelineCard(pipeline, snapshot, anchors, vertical) {
  const { box, places, width, height } = layout(pipeline, vertical);
  const graph = el("div", { class: "graph" });
  graph.style.width = width + "px";
  graph.style.height = height + "px";
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("width", width);
  svg.setAttribute("height", height);
  svg.setAttribute("aria-hidden", "true");
  graph.append(svg);
  const rows = el("tbody");
  const edges = snapshot.edges.filter((edge) => edge.pipeline === pipeline.id);
  const drawn = [];
  const taken = [];
  for (const edge of edges) {
    const from = places.get(edge.from);
    const to = places.get(edge.to);
    const cells = [0, 1, 2, 3, 4].map(() => el("td", { class: "number" }));
    rows.append(el("tr", null, el("th", { scope: "row", text: edge.from + " → " + edge.to }), ...cells));
    let path, label;
    if (from !== undefined && to !== undefined) {
      const line = from.line === to.line ? curve(from, to, box, vertical) : turn(from, to, box);
      path = document.createElementNS(SVG, "path");
      path.setAttribute("d", line.d);
      svg.append(path);
      label = el("div", { class: "edge", "aria-hidden": "true" }, el("span"), el("i"));
      const place = freePlace(line, taken, vertical);
      if (place !== undefined) {
        label.style.left = place.x + "px";
        label.style.top = place.y + "px";
        graph.append(label);
      }
    }
    drawn.push({ key: edgeKey(edge), cells, path, label });
  }
  const nodes = [];
  for (const [key, place] of places) {
    const name = el("b");
    const line = el("small");
    const meter = el("span", { class: "meter", "aria-hidden": "true" }, el("span"));
    const queue = el("small", { class: "queue" }, el("span"), meter);
    const node = el("a", { class: "node", href: "#" + (anchors.get(key) ?? "components") }, name, line, queue);
    node.style.left = place.x + "px";
    node.style.top = place.y + "px";
    node.style.width = box.w + "px";
    node.style.height = box.h + "px";
    graph.append(node);
    nodes.push({ key, node, name, line, queue, fill: meter.firstChild });
  }
  const heads = ["Edge", "Items/s", "Accepted", "Refused", "Failed", "Failing/s"];
  const table = el("table", null, el("thead", null, el("tr", null, ...heads.map((text) => el("th", { scope: "col", text })))), rows);
  const state = el("span", { class: "badge" });
  const card = el(
    "article",
    { class: "pipeline" },
    el("div", null, el("h3", { text: pipeline.id }), state),
    el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Graph of the pipeline " + pipeline.id }, graph),
    el("details", null, el("summary", { text: "As a table" }), el("div", { class: "scroll" }, table)),
  );

  function update(now) {
    const components = new Map(now.components.map((one) => [one.key, one]));
    const sums = new Map(now.edges.map((edge) => [edgeKey(edge), edge]));
    for (const { key, node, name, line, queue, fill } of nodes) {
      const one = components.get(key);
      const status = one?.status ?? "none";
      const full = Math.round((one?.queue_ratio ?? 0) * 100);
      setText(name, one?.id ?? key);
      setText(line, status === "ok" && box.w >= 130 ? one.kind + " · ok" : statusText(status));
      queue.hidden = full === 0;
      setText(queue.firstChild, "queue " + full + " %");
      fill.style.width = full + "%";
      node.className = "node " + statusClass(status);
      node.title = key + (one?.error === undefined ? "" : ": " + one.error);
    }
    let lossy = false;
    for (const { key, cells, path, label } of drawn) {
      const edge = sums.get(key);
      if (edge === undefined) continue;
      const rates = ratesOf(edge);
      const failing = rates === undefined ? 0 : rates.refused + rates.failed;
      const rate = rates === undefined ? "…" : short(rates.accepted) + "/s";
      lossy ||= failing > 0;
      const texts = [rate, edge.accepted, edge.refused, edge.failed, rates === undefined ? "…" : short(failing)];
      texts.forEach((text, i) => setText(cells[i], typeof text === "number" ? text.toLocaleString("en") : text));
      if (path === undefined) continue;
      path.setAttribute("class", failing > 0 ? "fails" : rates?.accepted > 0 ? "flows" : "");
      setText(label.firstChild, rate);
      setText(label.lastChild, failing > 0 ? short(failing) + "/s not taken" : "");
    }
    const troubled = [...places.keys()].filter((key) => (components.get(key)?.status ?? "") !== "ok");
    const worst = troubled.some((key) => statusClass(components.get(key)?.status ?? "") === "bad") ? "bad" : "warn";
    state.className = "badge " + (troubled.length > 0 ? worst : lossy ? "warn" : "good");
    const well = lossy ? "items are not taken" : "ok";
    setText(state, troubled.length === 0 ? well : troubled.length + (troubled.length === 1 ? " component is not ok" : " components are not ok"));
  }
  return { card, update };
}
`;
