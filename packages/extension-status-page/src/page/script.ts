/** The part of the page's script that asks the collector and fills in everything but the graphs. */
export const script: string = String.raw`
const POLL_MS = 2000;
const TIMEOUT_MS = 5000;
const CONFIG_EVERY = 15;
const MOST_LINES = 2000;
const byId = (id) => document.getElementById(id);
const kinds = ["receiver", "processor", "connector", "exporter", "extension"];
const narrow = matchMedia("(max-width: 640px)");

let paused = false;
let polls = 0;
let signature = "";
let cards = [];
let lastLog = 0;
let logLines = [];
let configValues = [];
let started = 0;
let snapshot;

async function ask(path) {
  const response = await fetch(path, { signal: AbortSignal.timeout(TIMEOUT_MS), cache: "no-store" });
  if (!response.ok) throw new Error("status " + response.status);
  return response.json();
}

function age(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return s + " s";
  if (s < 3600) return Math.floor(s / 60) + " min";
  if (s < 86400) return Math.floor(s / 3600) + " h " + Math.floor((s % 3600) / 60) + " min";
  return Math.floor(s / 86400) + " d " + Math.floor((s % 86400) / 3600) + " h";
}

const clockTime = (ms) => new Date(ms).toISOString().slice(11, 19);

function showService(now) {
  setText(byId("version"), now.version);
  setText(byId("uptime"), "up " + age(now.now_unix_ms - now.started_unix_ms) + " · as of " + clockTime(now.now_unix_ms) + " UTC");
  const count = (name) => now.components.filter((one) => statusClass(one.status) === name).length;
  const [bad, warn] = [count("bad"), count("warn")];
  const many = (n, what) => n + (n === 1 ? " component " : " components ") + what;
  const [look, text] = !now.ready
    ? ["warn", "starting or stopping"]
    : bad > 0
      ? ["bad", many(bad, "failed")]
      : warn > 0
        ? ["warn", many(warn, "in trouble")]
        : ["good", "all well"];
  byId("overall").className = "badge " + look;
  setText(byId("overall"), text);
  document.title = "tracecore: " + text;
}

/** The boxes and rows are made anew only when the graph is another one: the focus stays where it is. */
function showGraph(now) {
  const next = JSON.stringify([narrow.matches, now.pipelines, now.components.map((one) => one.key), now.edges.map(edgeKey)]);
  if (next !== signature) {
    signature = next;
    const anchors = new Map(now.components.map((one, i) => [one.key, "component-" + i]));
    cards = now.pipelines.map((pipeline) => pipelineCard(pipeline, now, anchors, narrow.matches));
    byId("pipeline-list").replaceChildren(...cards.map(({ card }) => card));
    byId("component-rows").replaceChildren(...now.components.map(componentRow));
    loadConfig().catch(() => {}); // The next poll says that nobody answers.
  }
  for (const { update } of cards) update(now);
  now.components.forEach((one, i) => fillRow(byId("component-" + i), one, now.now_unix_ms));
}

function componentRow(one, i) {
  const labels = ["Status", "Since", "Restarts", "Queue", "Last error"];
  const cells = labels.map((label, n) => el("td", { "data-label": label, class: n >= 1 && n <= 3 ? "number" : "" }));
  cells[0].append(el("span", { class: "badge" }));
  return el("tr", { id: "component-" + i, tabindex: "-1" }, el("th", { scope: "row", text: one.key }), ...cells);
}

function fillRow(row, one, now) {
  const [, status, since, restarts, queue, error] = row.children;
  status.firstChild.className = "badge " + statusClass(one.status);
  setText(status.firstChild, statusText(one.status));
  setText(since, age(now - one.since_unix_ms));
  setText(restarts, String(one.restarts));
  setText(queue, !(one.queue_ratio > 0) ? "" : Math.round(one.queue_ratio * 100) + " %");
  setText(error, one.error ?? "");
}

async function loadLog() {
  const { last, lines } = await ask("api/v1/logs?after=" + lastLog);
  if (last < lastLog) {
    // Another process answers: its numbers begin anew.
    lastLog = 0;
    logLines = [];
    return loadLog();
  }
  const missed = lastLog > 0 && lines.length > 0 ? lines[0].seq - lastLog - 1 : 0;
  if (missed > 0) {
    const message = missed.toLocaleString("en") + " lines came faster than this page could read them, and are in the log of the process only";
    lines.unshift({ level: "warn", time_unix_ms: lines[0].time_unix_ms, message, fields: "" });
  }
  lastLog = last;
  if (lines.length === 0 && polls > 1) return;
  logLines = [...logLines, ...lines].slice(-MOST_LINES);
  showLog();
}

const ranks = ["debug", "info", "warn", "error"];

function showLog() {
  const least = ranks.indexOf(byId("log-level").value);
  const text = byId("log-filter").value.toLowerCase();
  const fits = (line) =>
    ranks.indexOf(line.level) >= least &&
    (line.level + " " + (line.component ?? "") + " " + line.message + " " + line.fields).toLowerCase().includes(text);
  const shown = logLines.filter(fits).slice(-500);
  const items = shown.toReversed().map((line) =>
    el(
      "li",
      null,
      el("span", { class: "quiet", text: clockTime(line.time_unix_ms) }),
      el("span", { class: "level " + ({ warn: "warn", error: "bad" }[line.level] ?? ""), text: line.level }),
      el("span", { class: "quiet", text: line.component ?? "" }),
      el("span", { text: line.message }),
      el("span", { class: "quiet", text: line.fields }),
    ),
  );
  byId("log-lines").replaceChildren(...items);
  byId("log-empty").hidden = items.length > 0;
  setText(byId("log-count"), shown.length + " of " + logLines.length + " lines");
}

async function loadConfig() {
  ({ values: configValues } = await ask("api/v1/config"));
  showConfig();
}

function showConfig() {
  const text = byId("config-filter").value.toLowerCase();
  const onlySet = byId("config-set").checked;
  const written = (value) => (typeof value === "string" ? value : JSON.stringify(value));
  const fits = ({ path, value, origin }) =>
    !(onlySet && origin === "default") && (path + " " + written(value) + " " + origin).toLowerCase().includes(text);
  const shown = configValues.filter(fits);
  byId("config-rows").replaceChildren(
    ...shown.map(({ path, value, origin }) =>
      el(
        "tr",
        null,
        el("th", { scope: "row", text: path }),
        el("td", { "data-label": "Value", text: written(value) }),
        el("td", { "data-label": "From", class: origin === "default" ? "quiet" : "", text: origin }),
      ),
    ),
  );
  setText(byId("config-count"), shown.length + " of " + configValues.length + " values");
}

async function poll() {
  if (paused || document.hidden) return;
  polls++;
  try {
    const now = await ask("api/v1/status");
    if (now.started_unix_ms !== started) {
      // A new process: nothing that was known of the one before holds.
      started = now.started_unix_ms;
      histories.clear();
      lastLog = 0;
      logLines = [];
      signature = "";
    }
    now.components.sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
    snapshot = now;
    noteEdges(now);
    showService(now);
    showGraph(now);
    await loadLog();
    if (polls % CONFIG_EVERY === 0) await loadConfig();
    byId("offline").hidden = true;
  } catch (error) {
    const since = snapshot === undefined ? "" : " What is shown is of " + clockTime(snapshot.now_unix_ms) + " UTC.";
    setText(byId("offline"), "The collector does not answer (" + error.message + ")." + since);
    byId("offline").hidden = false;
    byId("overall").className = "badge bad";
    setText(byId("overall"), "no answer");
    document.title = "tracecore: no answer";
  }
}

byId("pause").addEventListener("click", () => {
  paused = !paused;
  byId("pause").setAttribute("aria-pressed", String(paused));
  setText(byId("pause"), paused ? "Go on" : "Pause");
  void poll();
});
byId("log-level").addEventListener("change", showLog);
byId("log-filter").addEventListener("input", showLog);
byId("config-filter").addEventListener("input", showConfig);
byId("config-set").addEventListener("change", showConfig);
document.addEventListener("visibilitychange", () => void poll());
narrow.addEventListener("change", () => snapshot && showGraph(snapshot));

async function run() {
  for (;;) {
    await poll();
    await new Promise((resolve) => setTimeout(resolve, polls === 1 ? 500 : POLL_MS));
  }
}
void run();
`;
