import { canonicalKinds, canonicalReasons, otherKind } from "@tracecore/core/selftelemetry";
import { describe, expect, test } from "vitest";
import { read, sources, tableUnder } from "./repository.ts";

/**
 * Calls that count a failure under a kind that is not written in the call, by file and argument: where the kinds come from. A
 * call that is not here and has no literal fails the test, so that no kind escapes it.
 */
const passedOn: Readonly<Record<string, RegExp>> = {
  // `fail(error, kind)` of a scrape loop; its callers and its default are found as calls of their own.
  "packages/core/src/scrape.ts kind": /kind = ("\w+")/,
  "packages/receiver-dcgm/src/poll/failures.ts kind": /dcgmKinds = \[([^\]]*)\]/,
  "packages/exporter-prom/src/exporter.ts kind": /type RefusalReason = (.*);/,
  "packages/exporter-stdout/src/write-batches.ts kind": /lost = \(kind: (.*?),/,
  "packages/core/src/delivery/queued-delivery.ts result.kind": /type SendFailure = (.*);/,
  "packages/processor-cumulativetodelta/src/processor.ts DeltaDropReason": /type DeltaDropReason = (.*);/,
  "packages/processor-deltatocumulative/src/processor.ts SumDropReason": /type SumDropReason = (.*);/,
  "packages/receiver-otlp/src/intake.ts refusal.kind": /type RefusalKind = (.*);/,
};

/** Where the counters themselves are made, where a type that the caller names says it, and texts that `tracecore new` writes. */
const notEmitters = /^packages\/(core\/src\/(?:selftelemetry|temporality)|testkit\/src|cli\/src\/new-plugin)\//;
const counting =
  /\.(?:incError|incCallFailure)\(\s*([^()]*?)\s*,?\s*\)|\.incItemsDropped\([^,()]*,\s*([^()]*?)\s*,?\s*\)|\bfail\(\w+, ("\w+")\)|\brewritingStage<(\w+)>/g;

interface Emitted {
  readonly kind: string;
  /** The package, as `exporter-prom`. */
  readonly from: string;
}

function emittedKinds(): Emitted[] {
  const all = sources();
  const found: Emitted[] = [{ kind: otherKind, from: "core" }];
  for (const [file, text] of all) {
    if (notEmitters.test(file)) continue;
    const from = file.split("/")[1]!;
    for (const match of text.matchAll(counting)) {
      const argument = match.slice(1).find((one) => one !== undefined) ?? "";
      const place = `${file} ${argument}`;
      if (/^"\w+"$/.test(argument)) found.push({ kind: argument.slice(1, -1), from });
      else {
        const pattern = passedOn[place];
        if (pattern === undefined) throw new Error(`${place}: say in passedOn where this kind comes from`);
        const [declared = ""] = [...all.values()].flatMap((source) => pattern.exec(source)?.[1] ?? []);
        for (const [, kind = ""] of declared.matchAll(/"(\w+)"/g)) found.push({ kind, from });
      }
    }
  }
  return found;
}

describe("the kinds of the runbook", () => {
  const rows = tableUnder(read("docs/RUNBOOK.md"), "Error kinds").map((cells) =>
    cells.map((cell) => cell.replaceAll("`", "")),
  );
  const documented = rows.map(([kind = ""]) => kind);
  const emitted = emittedKinds();

  test("are found in the code where they are known to be", () => {
    expect(emitted).toEqual(
      expect.arrayContaining([
        { kind: "downstream", from: "core" },
        { kind: "read", from: "core" },
        { kind: "cardinality", from: "exporter-prom" },
        { kind: "conflict", from: "exporter-prom" },
        { kind: "name", from: "exporter-prom" },
        { kind: "marshal", from: "exporter-stdout" },
        { kind: "io", from: "exporter-stdout" },
      ]),
    );
  });

  test("hold every kind that code can emit, and no other but the canonical ones", () => {
    const possible = new Set([...emitted.map(({ kind }) => kind), ...canonicalKinds]);
    expect(documented.toSorted()).toEqual([...possible].sort());
  });

  test("name the component that emits a kind of its own", () => {
    const own = emitted.filter(({ kind, from }) => !canonicalKinds.includes(kind) && from !== "core");
    for (const { kind, from } of own) {
      const [component, type] = from.split("-");
      expect(rows.find(([name]) => name === kind)?.[1], kind).toContain(`${component} ${type}`);
    }
    expect(own.length).toBeGreaterThan(0);
  });

  test("say for each what it means and what to do", () => {
    for (const row of rows) expect(row.map((cell) => cell !== "")).toEqual([true, true, true, true]);
  });

  test("include every reason of a component without self-telemetry", () => {
    for (const reason of canonicalReasons) expect(read("docs/RUNBOOK.md")).toContain(`\`${reason}\``);
  });
});
