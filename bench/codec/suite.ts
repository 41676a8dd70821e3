import { execFile } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Row } from "../compare.ts";
import { goPeer, rustPeer, type Peer } from "../peer-build.ts";
import { ITEMS, requestOf, type Kind } from "./requests.ts";
import { median, round, spread } from "../statistics.ts";
import type { Suite, SuiteOptions, SuiteResult } from "../suite.ts";

const run = promisify(execFile);
const signals = { numbers: "metrics", histograms: "metrics", logs: "logs", spans: "traces" } as const;
const ours = ["check", "decode", "encode", "pass on", "insert a resource attribute"] as const;
const COLD = "decode, every attribute set new";
const DROP = "drop every second";
const INSERT = "insert an attribute into each";
const javascript = ["protobufjs", "@bufbuild/protobuf"].flatMap((name) => [`${name} decode`, `${name} encode`]);
const SDK = "otlp-transformer encode";
/** What is measured of one kind and not of others. */
const further = { numbers: [COLD], histograms: [COLD], logs: [DROP, INSERT], spans: [DROP, INSERT] } as const;
const all = ["numbers", "histograms", "logs", "spans"] as const;
/** What the command sets when it has much to do (packages/cli/src/heap-growth.ts). */
const asBusyCollector = ["--heap-growing-percent=400"];
/** OTLP protobuf: checking, decoding, encoding and passing on. */
export const codecSuite: Suite = {
  name: "codec",
  describe: "CPU of reading and writing OTLP protobuf, requests of 10,000 items",
  async run({ rounds, quick, log }: SuiteOptions): Promise<SuiteResult> {
    const kinds = quick ? (["numbers", "logs"] as const) : all;
    const found = new Map<string, number[]>();
    const note = (key: string, ns: number): void => void found.set(key, [...(found.get(key) ?? []), ns]);
    const peers = compiledPeers();
    const files = requestFiles(kinds);
    for (let number = 1; number <= rounds; number++) {
      for (const kind of kinds) {
        for (const what of [
          ...ours,
          ...further[kind],
          ...javascript,
          ...(signals[kind] === "metrics" ? [SDK] : []),
          "memcpy",
        ]) {
          const file = join(import.meta.dirname, "variant.ts");
          const args = [...asBusyCollector, "--conditions=@tracecore/source", "--no-warnings", file, kind, what];
          const { stdout } = await run(process.execPath, args);
          log(`round ${number}/${rounds} ${kind} ${what}: ${Number(stdout).toFixed(1)}`);
          note(`${kind} ${what}`, Number(stdout));
        }
        for (const [name, peer] of Object.entries(peers)) {
          if ("missing" in peer) continue;
          for (const what of [
            "decode",
            "encode",
            ...(name === "Go pdata" && signals[kind] !== "metrics" ? [DROP] : []),
          ]) {
            const { stdout } = await run(peer.program, [
              signals[kind],
              what === DROP ? "drop" : what,
              files.get(kind)!,
              String(ITEMS),
            ]);
            log(`round ${number}/${rounds} ${kind} ${what} of ${name}: ${Number(stdout).toFixed(1)}`);
            note(`${kind} ${what} ${name}`, Number(stdout));
          }
        }
      }
    }
    const missing = Object.entries(peers).flatMap(([name, peer]) =>
      "missing" in peer ? [`${name} was left out: ${peer.missing}.`] : [],
    );
    return { rows: rowsOf(kinds, found), markdown: [table(kinds, found), ...missing].join("\n\n") };
  },
};

function rowsOf(kinds: readonly Kind[], found: ReadonlyMap<string, number[]>): Row[] {
  const best = (key: string): number => Math.min(...found.get(key)!);
  return kinds.flatMap((kind) => [
    { name: `codec/${kind} decode/protobufjs`, ratio: best(`${kind} decode`) / best(`${kind} protobufjs decode`) },
    { name: `codec/${kind} encode/protobufjs`, ratio: best(`${kind} encode`) / best(`${kind} protobufjs encode`) },
    { name: `codec/${kind} pass on/protobufjs`, ratio: best(`${kind} pass on`) / best(`${kind} protobufjs decode`) },
    ...["Go pdata", "Rust prost"].flatMap((name) =>
      ["decode", "encode"].flatMap((what) =>
        found.has(`${kind} ${what} ${name}`)
          ? [
              {
                name: `codec/${kind} ${what}/${name}`,
                ratio: best(`${kind} ${what}`) / best(`${kind} ${what} ${name}`),
              },
            ]
          : [],
      ),
    ),
  ]);
}

function compiledPeers(): Readonly<Record<"Go pdata" | "Rust prost", Peer>> {
  return {
    "Go pdata": goPeer("codec-go", join(import.meta.dirname, "go")),
    "Rust prost": rustPeer("codec-rust", join(import.meta.dirname, "rust"), "tracecore-bench-codec"),
  };
}

/** The requests, for programs of other languages. */
function requestFiles(kinds: readonly Kind[]): ReadonlyMap<Kind, string> {
  const folder = mkdtempSync(join(tmpdir(), "tracecore-bench-codec-"));
  return new Map(
    kinds.map((kind) => {
      const file = join(folder, `${kind}.bin`);
      writeFileSync(file, requestOf(kind));
      return [kind, file];
    }),
  );
}

function table(kinds: readonly string[], found: ReadonlyMap<string, number[]>): string {
  const lines = [
    "CPU nanoseconds per item, all threads: median [range] of the rounds; in brackets how many times cheaper tracecore is. Passing on and inserting attributes are compared with decoding and encoding, which is what the others do then, without the time that the change itself takes them.",
    "",
    "| request | work | tracecore | Go pdata | Rust prost | protobufjs | @bufbuild/protobuf | otlp-transformer | memcpy |",
    "|---|---|---|---|---|---|---|---|---|",
  ];
  for (const kind of kinds) {
    for (const what of [...ours, COLD, DROP, INSERT]) {
      const own = found.get(`${kind} ${what}`);
      if (own === undefined) continue;
      const peerWork = peerWorks[what] ?? ["decode"];
      const cells = ["Go pdata", "Rust prost", "protobufjs", "@bufbuild/protobuf", "otlp-transformer"].map((name) => {
        const parts = peerWork.map(
          (work) => found.get(`${kind} ${work} ${name}`) ?? found.get(`${kind} ${name} ${work}`),
        );
        if (parts.includes(undefined)) return "–";
        const ns = parts.reduce((sum, part) => sum + median(part!), 0);
        return `${round(ns)} (${round(ns / median(own))}×)`;
      });
      lines.push(
        `| ${kind} | ${what} | ${spread(own)} | ${cells.join(" | ")} | ${spread(found.get(`${kind} memcpy`)!)} |`,
      );
    }
  }
  return lines.join("\n");
}

/** What others do for the same end. */
const peerWorks: Readonly<Record<string, readonly string[]>> = {
  encode: ["encode"],
  "pass on": ["decode", "encode"],
  [DROP]: [DROP],
  "insert a resource attribute": ["decode", "encode"],
  [INSERT]: ["decode", "encode"],
};
