import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Row } from "../compare.ts";
import { median, round, spread } from "../statistics.ts";
import type { Suite, SuiteOptions, SuiteResult } from "../suite.ts";

const run = promisify(execFile);
const ours = ["check", "decode", "encode", "pass on", "insert a resource attribute"] as const;
const all = ["numbers", "histograms", "logs", "spans"] as const;
/** CPU ns per item of Go pdata and Rust prost for requests of the same shape, measured elsewhere; for scale. */
const elsewhere: Readonly<Record<string, readonly [go: string, rust: string]>> = {
  "numbers decode": ["3093", "2045"],
  "numbers encode": ["877", "1438"],
  "histograms decode": ["3558", "2979"],
  "histograms encode": ["1052", "2143"],
};

/** OTLP protobuf: checking, decoding, encoding and passing on. */
export const codecSuite: Suite = {
  name: "codec",
  describe: "CPU of reading and writing OTLP protobuf, requests of 10,000 items",
  async run({ rounds, quick, log }: SuiteOptions): Promise<SuiteResult> {
    const kinds = quick ? (["numbers", "logs"] as const) : all;
    const found = new Map<string, number[]>();
    for (let number = 1; number <= rounds; number++) {
      for (const kind of kinds) {
        const cold = kind === "numbers" || kind === "histograms" ? ["decode, every attribute set new"] : [];
        for (const what of [...ours, ...cold, "protobufjs decode", "protobufjs encode", "memcpy"]) {
          const file = join(import.meta.dirname, "variant.ts");
          const args = ["--conditions=@tracecore/source", "--no-warnings", file, kind, what];
          const { stdout } = await run(process.execPath, args);
          log(`round ${number}/${rounds} ${kind} ${what}: ${Number(stdout).toFixed(1)}`);
          const key = `${kind} ${what}`;
          found.set(key, [...(found.get(key) ?? []), Number(stdout)]);
        }
      }
    }
    return { rows: rowsOf(kinds, found), markdown: table(kinds, found) };
  },
};

function rowsOf(kinds: readonly string[], found: ReadonlyMap<string, number[]>): Row[] {
  const best = (key: string): number => Math.min(...found.get(key)!);
  return kinds.flatMap((kind) => [
    { name: `codec/${kind} decode/protobufjs`, ratio: best(`${kind} decode`) / best(`${kind} protobufjs decode`) },
    { name: `codec/${kind} encode/protobufjs`, ratio: best(`${kind} encode`) / best(`${kind} protobufjs encode`) },
    { name: `codec/${kind} pass on/protobufjs`, ratio: best(`${kind} pass on`) / best(`${kind} protobufjs decode`) },
  ]);
}

function table(kinds: readonly string[], found: ReadonlyMap<string, number[]>): string {
  const lines = [
    "CPU nanoseconds per item: median [range] of the rounds. Go pdata and Rust prost were measured with requests of the same shape on another day and machine, for scale.",
    "",
    "| request | work | tracecore | protobufjs | times cheaper | memcpy | Go pdata | Rust prost |",
    "|---|---|---|---|---|---|---|---|",
  ];
  for (const kind of kinds) {
    const memcpy = spread(found.get(`${kind} memcpy`)!);
    for (const what of [...ours, "decode, every attribute set new"]) {
      const own = found.get(`${kind} ${what}`);
      if (own === undefined) continue;
      const peerWork = what === "encode" ? "encode" : "decode";
      const peer = found.get(`${kind} protobufjs ${peerWork}`)!;
      const [go = "", rust = ""] = elsewhere[`${kind} ${what}`] ?? [];
      const times = round(median(peer) / median(own));
      lines.push(
        `| ${kind} | ${what} | ${spread(own)} | ${spread(peer)} (${peerWork}) | ${times} | ${memcpy} | ${go} | ${rust} |`,
      );
    }
  }
  return lines.join("\n");
}
