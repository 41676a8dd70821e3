import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "@tracecore/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startChromium, type Browser } from "./harness/browser.ts";
import { folderWith, poll, run, start, type Running } from "./harness/collector.ts";
import { peerProgram } from "./harness/peer-programs.ts";
import { flavours, root, type Flavour } from "./harness/places.ts";

const [command] = flavours as readonly [Flavour];
const chromium = peerProgram("chromium", "chromium");
const HOSTILE = "<img src=x onerror=hacked=1>";

/** The example on free ports, with an exporter that reaches nobody and values that want to be markup. */
function config(port: number, more = ""): string {
  return `extensions:
  zpages: { endpoint: "localhost:${port}" }
  basicauth/client: { client_auth: { username: agent, password: hunter2 } }
receivers:
  clock: { collection_interval: 100ms }
  clock/second: { collection_interval: 100ms }
processors:
  attributes: { actions: [{ key: a, value: "${HOSTILE}", action: insert }] }
exporters:
  stdout: { verbosity: basic }
  otlphttp: { endpoint: "http://agent:hunter2@127.0.0.1:9", auth: { authenticator: basicauth/client }, sending_queue: { queue_size: 20 } }
service: { extensions: [zpages, basicauth/client] }
pipelines:
  metrics: { receivers: [clock, clock/second], processors: [attributes], exporters: [stdout, otlphttp] }
${more}`;
}

async function collector(flavour: Flavour = command): Promise<Running & { url: string; cwd: string; port: number }> {
  const port = await freePort();
  const cwd = await folderWith({ "tracecore.yaml": config(port) });
  const running = start(flavour, ["--config", "tracecore.yaml"], { cwd });
  await running.saw("tracecore running");
  return Object.assign(running, { url: `http://localhost:${port}/`, cwd, port });
}

/** The text of an element. */
const textOf = (selector: string): string => `document.querySelector(${JSON.stringify(selector)}).innerText`;

/** How many labels and boxes of the graphs lie under another one. */
const COVERED = `[...document.querySelectorAll(".graph")].flatMap((graph) => {
  const all = [...graph.querySelectorAll(".edge, .node")].map((one) => one.getBoundingClientRect());
  return all.filter((a, i) => all.some((b, k) => k > i &&
    a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1));
}).length`;

describe.skipIf(chromium.skip)("the status page in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium(chromium.path);
  });
  afterAll(async () => {
    await browser[Symbol.asyncDispose]();
  });

  test("shows the pipelines with their rates, and what is in trouble, and loads nothing from elsewhere", async () => {
    await using running = await collector();
    const tab = await browser.open(running.url);
    await tab.until(`${textOf("#overall")} === "1 component in trouble"`);
    await tab.until(
      `[...document.querySelectorAll(".edge span")].filter((one) => /^[1-9][\\d.]*\\/s$/.test(one.innerText)).length >= 3`,
    );
    const nodes = await tab.evaluate<string[]>(`[...document.querySelectorAll(".node b")].map((one) => one.innerText)`);
    expect(nodes).toEqual(["clock", "clock/second", "attributes", "stdout", "otlphttp"]);
    await tab.until(`/queue \\d+ %/.test(${textOf(".node.warn")})`);
    expect(await tab.evaluate(textOf(".pipeline .badge"))).toBe("1 component is not ok");
    const rows = await tab.evaluate<string>(textOf("#component-rows"));
    expect(rows).toContain('exporter "otlphttp"');
    expect(rows).toContain("connect ECONNREFUSED 127.0.0.1:9");
    expect(tab.complaints).toEqual([]);
    // The icon of the page is an empty one inside of it.
    const elsewhere = tab.requests.filter((url) => !url.startsWith(running.url) && url !== "data:,");
    expect(elsewhere).toEqual([]);
  });

  test("shows what the collector says as text, never as markup, and no secret", async () => {
    await using running = await collector();
    const tab = await browser.open(running.url);
    await tab.until(`${textOf("#config-rows")}.includes(${JSON.stringify(HOSTILE)})`);
    expect(await tab.evaluate("document.images.length + document.querySelectorAll('main b img').length")).toBe(0);
    expect(await tab.evaluate("typeof hacked")).toBe("undefined");
    expect(await tab.evaluate(textOf("#config-rows"))).toMatch(/client_auth\.password\s+\[redacted\]/);
    expect(await tab.evaluate("document.documentElement.outerHTML")).not.toContain("hunter2");
  });

  test("lets lines of the log and values of the config be searched", async () => {
    await using running = await collector();
    const tab = await browser.open(running.url);
    await tab.until(`${textOf("#log-lines")}.includes("tracecore running")`);
    const choose = (id: string, value: string, event: string): Promise<unknown> =>
      tab.evaluate(
        `{ const it = document.getElementById(${JSON.stringify(id)}); it.value = ${JSON.stringify(value)}; it.dispatchEvent(new Event(${JSON.stringify(event)})); }`,
      );
    await choose("log-level", "warn", "change");
    expect(await tab.evaluate(textOf("#log-lines"))).not.toContain("tracecore running");
    await choose("config-filter", "queue_size", "input");
    expect(await tab.evaluate(textOf("#config-rows"))).toMatch(
      /^exporters\.otlphttp\.sending_queue\.queue_size\s+20\s+tracecore\.yaml:11$/,
    );
  });

  test("draws no label over another where many send to many, and can leave out what is well", async () => {
    await using running = await collector();
    const many = "  metrics/many: { receivers: [clock, clock/second], exporters: [stdout, otlphttp] }\n";
    const calm = "  metrics/calm: { receivers: [clock], exporters: [stdout] }\n";
    await writeFile(join(running.cwd, "tracecore.yaml"), config(running.port, many + calm));
    running.kill("SIGHUP");
    const tab = await browser.open(running.url);
    await tab.until(`document.querySelectorAll(".pipeline").length === 3`);
    await tab.until(`[...document.querySelectorAll(".edge")].every((one) => one.innerText.includes("/s"))`);
    for (const width of [1280, 360]) {
      await tab.look({ width, height: 800 });
      await tab.until(`document.querySelectorAll(".edge").length >= 6`);
      await tab.until(`${COVERED} === 0`);
    }
    const shown = `[...document.querySelectorAll(".pipeline")].filter((one) => one.checkVisibility()).length`;
    await tab.evaluate(`document.querySelector("#trouble").click()`);
    expect(await tab.evaluate(shown)).toBe(2);
    expect(await tab.evaluate(`document.querySelector("#calm").checkVisibility()`)).toBe(false);
  });

  test("follows a reload, and says when the collector no longer answers", async () => {
    await using running = await collector();
    const tab = await browser.open(running.url);
    await tab.until(`document.querySelectorAll(".pipeline").length === 1`);
    const more = "  metrics/more: { receivers: [clock], exporters: [stdout] }\n";
    await writeFile(join(running.cwd, "tracecore.yaml"), config(running.port, more));
    running.kill("SIGHUP");
    await tab.until(`document.querySelectorAll(".pipeline").length === 2`);
    running.kill("SIGKILL");
    await running.ended;
    await tab.until(`${textOf("#overall")} === "no answer"`);
    expect(await tab.evaluate(textOf("#offline"))).toMatch(
      /^The collector does not answer \(.+\)\. What is shown is of \S+ UTC\.$/,
    );
  });

  test("can be used with the keyboard alone", async () => {
    await using running = await collector();
    const tab = await browser.open(running.url);
    await tab.until(`document.querySelectorAll(".node").length > 0`);
    const focused = "document.activeElement.innerText";
    await tab.press("Tab");
    expect(await tab.evaluate(focused)).toBe("To the pipelines");
    await tab.press("Tab");
    expect(await tab.evaluate(focused)).toBe("Pause");
    await tab.press("Enter");
    await tab.until(`document.activeElement.getAttribute("aria-pressed") === "true" && ${focused} === "Go on"`);
    for (let i = 0; i < 7; i++) await tab.press("Tab");
    // Behind the four links, the choice of what is in trouble and the graph, which can be scrolled with the arrow keys.
    expect(await tab.evaluate(focused)).toMatch(/^clock\n/);
    await tab.press("Enter");
    expect(await tab.evaluate("document.querySelector(':target').firstChild.innerText")).toBe('receiver "clock"');
  });

  test("fits a screen of 400 pixels, and is dark for those who like it dark", async () => {
    await using running = await collector();
    const tab = await browser.open(running.url);
    const background = "getComputedStyle(document.body).backgroundColor";
    await tab.look({ width: 400, height: 800 });
    await tab.until(`document.querySelectorAll(".node").length > 0 && ${textOf("#config-rows")} !== ""`);
    expect(await tab.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    const light = await tab.evaluate(background);
    await tab.look({ width: 1280, height: 800, dark: true });
    expect(await tab.evaluate(background)).not.toBe(light);
    // Side by side again: what receivers send goes to the right.
    await tab.until(`parseFloat(document.querySelectorAll(".node")[2].style.left) > 190`);
  });

  test.each([
    ["three processors", ["memory_limiter", "attributes", "batch"], 1],
    ["seven processors", ["memory_limiter", "attributes", "batch", "batch/2", "batch/3", "batch/4", "batch/5"], 3],
  ])("has room for receivers, %s and exporters on a screen of 1280 pixels", async (_, processors, lines) => {
    const port = await freePort();
    const more = processors.filter((name) => name !== "attributes").map((name) => `  ${name}: {}\n`);
    const long = config(port)
      .replace("processors:\n", `processors:\n${more.join("").replace("limiter: {}", "limiter: { limit_mib: 900 }")}`)
      .replace("processors: [attributes]", `processors: [${processors.join(", ")}]`);
    const cwd = await folderWith({ "tracecore.yaml": long });
    await using running = start(command, ["--config", "tracecore.yaml"], { cwd });
    await running.saw("tracecore running");
    const tab = await browser.open(`http://localhost:${port}/`);
    await tab.look({ width: 400, height: 800 });
    await tab.until(`document.querySelectorAll(".node").length === ${processors.length + 4}`);
    await tab.look({ width: 1280, height: 800 });
    await tab.until(`parseFloat(document.querySelectorAll(".node")[2].style.left) > 190`);
    const scroll = `document.querySelector(".scroll")`;
    expect(await tab.evaluate(`${scroll}.scrollWidth <= ${scroll}.clientWidth`)).toBe(true);
    const tops = `[...document.querySelectorAll(".node")].slice(2, -2).map((one) => one.style.top)`;
    expect(await tab.evaluate(`new Set(${tops}).size`)).toBe(lines);
    await tab.until(`${COVERED} === 0`);
  });

  test("is the same from the executable", async () => {
    const folder = await folderWith({});
    const executable = join(folder, "tracecore");
    const assembled = await run(command, [
      "assemble",
      "--config",
      join(root, "examples/status-page/tracecore.yaml"),
      "--output",
      executable,
    ]);
    expect(assembled).toMatchObject({ status: 0 });
    const [page, health, prom] = await Promise.all(Array.from({ length: 3 }, freePort));
    const example = readFileSync(join(root, "examples/status-page/tracecore.yaml"), "utf8");
    const cwd = await folderWith({
      "tracecore.yaml": example
        .replace("zpages: {}", `zpages: { endpoint: "localhost:${page}" }`)
        .replace("health_check: {}", `health_check: { endpoint: "localhost:${health}" }`)
        .replace("prom: {}", `prom: { endpoint: "localhost:${prom}" }`),
    });
    const env = { TRACECORE_RUNTIME_DIR: join(cwd, "run"), OTLP_ENDPOINT: "http://127.0.0.1:9" };
    const flavour: Flavour = { name: "the executable", command: [executable] };
    await using running = start(flavour, ["--config", "tracecore.yaml"], { cwd, env });
    await running.saw("tracecore running");
    await poll(`http://localhost:${health}/`, (_text, status) => status === 200);
    const tab = await browser.open(`http://localhost:${page}/`);
    await tab.until(`document.querySelectorAll(".node").length === 5`);
    expect(tab.complaints).toEqual([]);
    expect(await run(flavour, ["tap", "batch", "--limit", "1"], { cwd, env })).toMatchObject({ status: 0 });
  });
});
